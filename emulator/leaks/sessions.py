"""Which cookies are somebody's session, whom two of them speak for, and what a refusal is."""

import re
from collections.abc import Iterator
from dataclasses import replace

from emulator.leaks.actors import Actor, two_sessions
from emulator.leaks.calls import Filling, Slot, call_of, slots_of
from emulator.leaks.cookies import only
from emulator.leaks.settings import Spec
from emulator.leaks.stage import Stage
from emulator.leaks.wire import Exchange

SIGN_IN_PAGE = re.compile(r"(?i)/(?:log|sign)[-_]?in\b")


def is_served(exchange: Exchange) -> bool:
    """Browsers are sent to sign in, and that is a refusal."""
    to = exchange.header("location").partition("?")[0]
    is_sent_away = 300 <= exchange.status < 400 and SIGN_IN_PAGE.search(to)
    return exchange.status < 400 and not is_sent_away


def tells_of(stage: Stage, owner: Actor, exchange: Exchange) -> bool:
    """Whether the answer has words of the owner's in it."""
    text = exchange.body.decode("utf-8", "replace")
    return any(one.owner == owner.name and not one.is_open for one in stage.markers.in_text(text))


def session_cookies(stage: Stage, owner: Actor) -> tuple[str, ...]:
    """Names of those without which the owner is refused; else of the first."""
    names = tuple(name for name, _ in owner.cookies)
    if len(names) < 2:
        return names
    bare = replace(owner, token="")
    for spec in plain_reads(stage):
        if not is_served(stage.ask(bare, spec)):
            continue
        needed = tuple(
            name
            for name in names
            if not is_served(
                stage.ask(replace(bare, cookies=only(owner.cookies, {*names} - {name})), spec)
            )
        )
        if needed:
            return needed
    return names[:1]


def undecided(stage: Stage, owner: Actor, other: Actor) -> Iterator[tuple[Actor, Actor]]:
    """Who holds two good sessions as the one of them that the API takes them for, and the one
    whose data they are not to see then.
    """
    for actor in two_sessions(owner, other):
        for spec in plain_reads(stage):
            exchange = sent(stage, actor, spec)
            if tells_of(stage, owner, exchange):
                yield replace(actor, session_of=owner.name), other
                break
            if tells_of(stage, other, exchange):
                yield replace(actor, session_of=other.name, id=other.id, email=other.email), owner
                break


def plain_reads(stage: Stage) -> list[Spec]:
    """Of one's own, without ids."""
    called = stage.settings.called
    return [
        one
        for one in called
        if one.route.reads and not (one.public or one.quota or one.variant or slots_of(one))
    ]


def sent(stage: Stage, actor: Actor, spec: Spec) -> Exchange:
    """Past the stage, which would blame an actor that nobody knows yet."""
    call = call_of(spec, Filling(no_id, str, actor.id, actor.email, "nothing"))
    return stage.wire.send(call.method, stage.api + call.target, actor.headers, call.body)


def no_id(slot: Slot) -> str:
    return ""
