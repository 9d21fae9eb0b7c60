"""Stored text: it comes back as it was sent, in JSON or escaped, whatever it holds."""

from collections.abc import Iterator

from emulator.leaks.attacks.aiming import Aim
from emulator.leaks.attacks.attacker import Attacker
from emulator.leaks.attacks.betraying import MARKUP, said, strings
from emulator.leaks.observations import Severity
from emulator.leaks.settings import Spec
from emulator.leaks.wire import Exchange

RULE = "attack/altered-text"
# The number makes each place's text its own.
HOSTILE = (
    f"{MARKUP}{{0}})</script>",
    # In a statement built of strings this would be two texts put together, and cut off nothing.
    "\"><img src=x onerror=alert({0})> o''clock '||' -- /* %_\\ {{{{7*7}}}}",
)


def attack(attacker: Attacker, spec: Spec) -> None:
    """Each text of a body by itself, because one that is refused would keep the others out."""
    if spec.route.reads or spec.admin:
        return
    for number, aim in enumerate(attacker.new_aims("markup", spec)):
        if aim.place != "body" or aim.kind or aim.is_search or is_normalised(aim):
            continue
        plain_word = f"plainword{number}"
        plain = attacker.fire(aim, plain_word)
        if not plain.is_served:
            continue
        readers = [one for one in shown_by(attacker, spec) if shows(attacker, one, plain_word)]
        for text in HOSTILE:
            hostile = text.format(number)
            whole = aim.around(hostile)
            stored = attacker.fire(aim, hostile)
            if stored.is_served:
                compare(attacker, aim, plain, stored, (aim.around(plain_word), whole))
                for reader in readers:
                    seen = attacker.ask(reader, where=aim.where)
                    if said(seen) is not None and whole not in set(strings(said(seen))):
                        report(attacker, aim, seen)


def is_normalised(aim: Aim) -> bool:
    """Addresses may come back written in another way."""
    return "://" in aim.template or "@" in aim.template


def compare(
    attacker: Attacker, aim: Aim, plain: Exchange, stored: Exchange, texts: tuple[str, str]
) -> None:
    before, after = (set(strings(said(one))) for one in (plain, stored))
    if texts[0] in before and texts[1] not in after:
        report(attacker, aim, stored)


def report(attacker: Attacker, aim: Aim, exchange: Exchange) -> None:
    message = f"{aim.where} does not come back as it was sent"
    attacker.report(RULE, aim.spec, message, exchange, aim.where, Severity.WARNING)


def shown_by(attacker: Attacker, spec: Spec) -> Iterator[Spec]:
    """Routes that read what this one has written."""
    collection = spec.route.path.partition("/:")[0]
    for one in attacker.stage.settings.called:
        if not one.route.reads or one.quota or one.variant:
            continue
        is_item = spec.makes and spec.makes in ",".join(one.ids.values()).split(",")
        if is_item or one.route.path == collection:
            yield one


def shows(attacker: Attacker, reader: Spec, word: str) -> bool:
    return word.encode() in attacker.ask(reader).body
