"""What one user does must not change what another is answered: counters, caches, searches."""

import json
import re
from collections.abc import Mapping
from typing import Any

from emulator.leaks.actors import Actor
from emulator.leaks.holdings import at
from emulator.leaks.masking import TIME
from emulator.leaks.observations import NOBODY, Kind
from emulator.leaks.settings import Spec, with_body
from emulator.leaks.stage import Stage
from emulator.leaks.wire import Exchange

REMAINING = re.compile(r"(?i)^(x-)?ratelimit-remaining$")
TRIES = 40
PAUSE_SECONDS = 0.05
COUNTERS = 3
Json = Mapping[str, Any]


def counters(stage: Stage, answers: Mapping[str, Exchange]) -> None:
    """A limit that counts users must not count them together; one by address may."""
    tried = 0
    owner, second, _ = stage.users
    nobody = Actor(NOBODY)
    for key, exchange in answers.items():
        spec = stage.settings.specs[key]
        left = remaining(exchange)
        if left is None or left < 8 or spec.variant or spec.public or tried == COUNTERS:
            continue
        empty = with_body(spec, {})
        first = remaining(stage.ask(owner, empty, term="x"))
        stage.ask(nobody, empty, holder=owner, term="x")
        next_one = remaining(stage.ask(owner, empty, term="x"))
        if first is None or next_one is None or next_one != first - 1:
            continue
        tried += 1
        stage.ask(second, empty, term="x")
        seen = stage.ask(owner, empty, term="x")
        if (now := remaining(seen)) is not None and now < next_one - 1:
            message = f"a request of {second.name} is counted as one of {owner.name}"
            stage.findings.add(Kind.INTERFERENCE, spec.name, second.name, owner.name, message, seen)


def remaining(exchange: Exchange) -> int | None:
    for name, value in exchange.headers:
        if REMAINING.match(name) and value.strip().isdigit():
            return int(value)
    return None


def crowds(stage: Stage) -> None:
    """Many better hits of another user must not push out one's own."""
    for probe in stage.settings.crowds:
        owner, second, _ = stage.users
        make, search = (stage.settings.specs[probe[name]] for name in ("make", "search"))
        near, nearer = (
            stage.markers.new(second.name, f"{make.name}|crowd", is_open=True).word for _ in "12"
        )
        asked = with_body(search, probe["body"])
        filled = with_body(make, {**(make.body or {}), **probe["fill"]})
        words = f"{near} {nearer}"
        stage.keep(owner, make, stage.ask(owner, filled, term=near))
        if hits(stage, owner, asked, probe["found"], words) is None:
            continue
        for _ in range(int(probe.get("count", 6))):
            stage.keep(second, make, stage.ask(second, filled, term=words))
        if hits(stage, second, asked, probe["found"], words, holding=nearer) is None:
            continue
        if hits(stage, owner, asked, probe["found"], words, tries=5) is None:
            last = stage.ask(owner, asked, term=words)
            message = f"what {second.name} has pushes out what {owner.name} would find"
            stage.findings.add(
                Kind.INTERFERENCE, search.name, owner.name, second.name, message, last
            )


def hits(
    stage: Stage,
    actor: Actor,
    search: Spec,
    found: str,
    words: str,
    *,
    holding: str = "",
    tries: int = TRIES,
) -> Exchange | None:
    """The answer that has a hit; None: none came, however often it was asked."""
    for _ in range(tries):
        exchange = stage.ask(actor, search, term=words)
        listed = [one for list_ in parsed(exchange, found) for one in list_]
        if listed and holding in json.dumps(listed):
            return exchange
        stage.wire.wait(PAUSE_SECONDS)
    return None


def parsed(exchange: Exchange, path: str) -> list[Any]:
    try:
        return list(at(json.loads(exchange.body), path.split(".")))
    except ValueError:
        return []


def shared(stage: Stage) -> None:
    """Two users have the same thing by name: what is computed for one is not the other's."""
    for probe in stage.settings.shared:
        owner, second, _ = stage.users
        make, call = (stage.settings.specs[probe[name]] for name in ("make", "call"))
        word = stage.markers.new(owner.name, f"{make.name}|shared", is_open=True).word
        same = with_body(make, {**(make.body or {}), **probe["fill"]})
        answers = []
        for actor in (owner, second):
            stage.keep(actor, make, stage.ask(actor, same, term=word))
            answers.append(stage.ask(actor, call))
        moments = set(TIME.findall(answers[0].body.decode("utf-8", "replace")))
        again = moments & set(TIME.findall(answers[1].body.decode("utf-8", "replace")))
        if any("." in one for one in again):
            message = f"the answer was made for {owner.name} at {min(again)}, and kept for all"
            stage.findings.add(
                Kind.MARKER, call.name, second.name, owner.name, message, answers[1],
                rule="leak/shared-cache", where="body",
            )  # fmt: skip
