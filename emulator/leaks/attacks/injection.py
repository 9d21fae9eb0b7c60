"""SQL injection: quotes that break a statement, and conditions that decide what comes back.

Nothing here waits or deletes: an `OR` that could be true for rows of others, or a comment that
could cut off their owner's filter, is only sent where a route reads.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from emulator.leaks.attacks.aiming import Aim, guesses_of
from emulator.leaks.attacks.attacker import Attacker
from emulator.leaks.attacks.betraying import size
from emulator.leaks.settings import Spec
from emulator.leaks.stage import UNUSED

RULE = "attack/sql-injection"
WORD = "plainword"
# Of what breaks a statement, one of each kind.
BREAKING = (
    "{}'--", "{}' UNION SELECT NULL--", "{}')/*", "{};SELECT 1", "{}\\' OR 1=1--", "{}`",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Style:
    """How a text stands in a statement: what ends it, and what begins the rest."""

    name: str
    condition: str

    def text(self, base: str, word: str, left: str, right: str) -> str:
        return self.condition.format(base=base, op=word, left=left, right=right)


# `LIKE` holds where the rest of a pattern follows as well as where the end of a text does.
STYLES = (
    Style("a quoted text", "{base}' {op} '{left}' LIKE '{right}"),
    Style("a text in a call", "{base}') {op} ('{left}' LIKE '{right}"),
    Style("a number", "{base} {op} '{left}'='{right}'"),
    Style("a text in double quotes", '{base}" {op} "{left}" LIKE "{right}'),
)
WORDS = (("vqa", "vqb"), ("kfe", "kgo"), ("rju", "rwi"))


def attack(attacker: Attacker, spec: Spec) -> None:
    for aim in attacker.new_aims("injection", spec):
        for base in bases(attacker, aim):
            quotes(attacker, aim, base)
            conditions(attacker, aim, base)
        for template in BREAKING if aim.only_reads else ():
            attacker.fire(aim, template.format(base_of(attacker, aim)))
    guesses = guesses_of(spec)
    if guesses and reacts(attacker, guesses):
        for aim in guesses:
            quotes(attacker, aim, WORD)
            conditions(attacker, aim, WORD)


def bases(attacker: Attacker, aim: Aim) -> Iterator[str]:
    """What stands before the quote: of ids one that is there, and one that is not."""
    yield base_of(attacker, aim)
    if aim.kind and aim.only_reads:
        yield UNUSED


def base_of(attacker: Attacker, aim: Aim) -> str:
    return attacker.id_of(aim.spec, aim.kind) if aim.kind else WORD


def reacts(attacker: Attacker, guesses: Sequence[Aim]) -> bool:
    """Whether a list minds parameters that it was not said to have."""
    plain, quoted = (attacker.ask(with_all(guesses, text)) for text in (WORD, f"{WORD}'"))
    unasked = attacker.ask(guesses[0].spec)
    return len({size(plain), size(quoted), size(unasked)}) > 1


def with_all(guesses: Sequence[Aim], text: str) -> Spec:
    spec = guesses[0].spec
    given = {str(aim.steps[0]): text for aim in guesses}
    return replace(spec, query={**spec.query, **given})


def quotes(attacker: Attacker, aim: Aim, base: str) -> None:
    """An odd number of quotes fails where an even one is taken like any text."""
    for quote in ("'", '"'):
        odd = attacker.fire(aim, base + quote)
        even = attacker.fire(aim, base + quote * 2)
        if odd.status == even.status or odd.status < 400 or even.status >= 500:
            continue
        again = [attacker.fire(aim, base + quote * count) for count in (3, 4)]
        plain = attacker.fire(aim, base + "x")
        statuses = [one.status for one in (*again, plain)]
        if statuses == [odd.status, even.status, even.status]:
            message = f"{aim.where}: an odd number of {quote} is refused, an even number is not"
            rule = "attack/fts-syntax" if aim.is_search and quote == '"' else RULE
            attacker.report(rule, aim.spec, message, odd, aim.where)


def conditions(attacker: Attacker, aim: Aim, base: str) -> None:
    """True and false conditions are told apart by what comes back, three times of three."""
    word = "AND" if aim.kind and base != UNUSED else "OR"
    if word == "OR" and not aim.only_reads:
        return
    for style in STYLES:
        seen: set[tuple[tuple[int, int], tuple[int, int]]] = set()
        for left, right in WORDS:
            true = attacker.fire(aim, style.text(base, word, left, left))
            false = attacker.fire(aim, style.text(base, word, left, right))
            seen.add((size(true), size(false)))
            if size(true) == size(false) or len(seen) > 1:
                break
        else:
            message = f"{aim.where}: a condition after {style.name} decides what comes back"
            attacker.report(RULE, aim.spec, message, true, aim.where)
            return
