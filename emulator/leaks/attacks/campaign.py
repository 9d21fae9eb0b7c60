"""All attacks, one kind after the other; what spends the users' limits comes last."""

from collections.abc import Callable

import httpx

from emulator.leaks.attacks import (
    bodies,
    content,
    injection,
    limits,
    markup,
    paths,
    searching,
    tokens,
)
from emulator.leaks.attacks.attacker import Attacker, Busy, Exhausted
from emulator.leaks.observations import Severity
from emulator.leaks.settings import Spec
from emulator.leaks.stage import Stage

ROUNDS = 3
Attack = Callable[[Attacker, Spec], None]
# `searching` is before anything that stores wildcards.
BY_ROUTE: tuple[Attack, ...] = (
    searching.attack,
    injection.attack,
    markup.attack,
    bodies.attack,
    content.attack,
    paths.attack,
)


def attack(stage: Stage) -> None:
    """Raises `Spent`, `httpx.TransportError`."""
    attacker = Attacker(stage)
    refill(attacker)
    try:
        attacker.learn()
        for each in BY_ROUTE:
            for spec in attacked(stage):
                try:
                    each(attacker, spec)
                except (Busy, httpx.TransportError) as reason:
                    message = str(reason) or "the connection ended"
                    attacker.report("coverage/unattacked", spec, message, severity=Severity.NOTE)
            refill(attacker)
        tokens.attack(attacker)
        limits.attack(attacker)
    except Exhausted:
        message = "as many attacks were sent as may be"
        spec = stage.settings.called[0]
        attacker.report("coverage/unattacked", spec, message, severity=Severity.NOTE)


def attacked(stage: Stage) -> tuple[Spec, ...]:
    """Calls that cost something are left out; what deletes comes last."""
    specs = [one for one in stage.settings.called if not one.quota and not one.foreign_only]
    return tuple(sorted(specs, key=lambda spec: spec.route.method == "DELETE"))


def refill(attacker: Attacker) -> None:
    """Each user has something of each kind, whatever an attack has taken."""
    stage = attacker.stage
    for _ in range(ROUNDS):
        for user in stage.users:
            for spec in stage.settings.called:
                lost = spec.makes and not stage.holdings.of(user.name, spec.makes)
                if lost and not spec.quota and not spec.foreign_only:
                    stage.keep(user, spec, stage.ask(user, spec, term="nothing"))
