"""Searches: the syntax of FTS5 and the wildcards of LIKE are letters like all others."""

from emulator.leaks.attacks.aiming import Aim, guesses_of
from emulator.leaks.attacks.attacker import Attacker
from emulator.leaks.attacks.betraying import size
from emulator.leaks.observations import Severity
from emulator.leaks.settings import Spec

RULE = "attack/fts-syntax"
SYNTAX = (
    '"', '"un balanced', "a AND", "OR", "NOT a", "AND OR NOT", "NEAR(a b)", "NEAR(a b, 2", "NEAR(",
    "title:a", "user_id : a", "{title company}: a", "- title : a", "*", "a*", "* a", "^a", "a ^ b",
    "(", ")", "(a OR", "a + b", "-a", "a:", "'", "\\", "{", ",", "a\0b", " ", "\t\n", "\u3000",
    "%", "_", "a" * 2_000,
)  # fmt: skip
TRIES = 6


def attack(attacker: Attacker, spec: Spec) -> None:
    for aim in (*attacker.new_aims("searching", spec), *guesses_of(spec)):
        if not aim.is_search:
            continue
        if aim.template or takes(attacker, aim):
            for text in SYNTAX:
                attacker.fire(aim, text, blame="" if "'" in text else RULE)
            wildcards(attacker, aim)


def takes(attacker: Attacker, aim: Aim) -> bool:
    """Whether a parameter that was guessed does anything: nothing holds such a word."""
    plain = attacker.ask(aim.spec)
    return size(plain) != size(attacker.fire(aim, "zxnothingholdsit"))


def wildcards(attacker: Attacker, aim: Aim) -> None:
    """A word of one's own is found; with a letter altered it is not, unless `_` stands there."""
    for word in own_words(attacker, aim)[:TRIES]:
        found, missed = (attacker.fire(aim, text) for text in (word, altered(word)))
        if not found.is_served or size(found) == size(missed):
            continue
        for sign, text in (("_", f"{word[:6]}_{word[7:]}"), ("%", f"{word[:6]}%{word[9:]}")):
            if size(attacker.fire(aim, text)) == size(found):
                message = f"{aim.where}: `{sign}` in a search stands for any letter"
                exchange = attacker.fire(aim, text)
                attacker.report(
                    "attack/like-wildcard", aim.spec, message, exchange, aim.where, Severity.WARNING
                )
        return


def own_words(attacker: Attacker, aim: Aim) -> list[str]:
    """Of something new, made where the search looks or above that."""
    words: list[str] = []
    for spec in attacker.stage.settings.called:
        if spec.makes and not spec.quota and f"{aim.spec.route.path}/".startswith(spec.route.path):
            sent = attacker.ask(spec).request.body.decode("utf-8", "replace")
            words += [one.word for one in attacker.stage.markers.in_text(sent)]
    return words


def altered(word: str) -> str:
    return f"{word[:6]}{'a' if word[6] != 'a' else 'b'}{word[7:]}"
