"""Rate limits, in sequence and in parallel: just as many requests pass as a route says.

Requests are empty, so that whatever is counted is refused for its body before it costs anything.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from emulator.leaks.actors import Actor
from emulator.leaks.attacks.attacker import BUSY, Attacker
from emulator.leaks.attacks.bodies import plain_call
from emulator.leaks.calls import Call
from emulator.leaks.observations import Severity
from emulator.leaks.probes import remaining
from emulator.leaks.settings import Spec
from emulator.leaks.wire import Exchange

RULE = "attack/rate-limit"
# Of what is counted, and of routes that are tried.
MOST, LANES, BEYOND = 120, 8, 12
SPOOFED = ("x-forwarded-for", "x-real-ip", "true-client-ip", "x-client-ip", "forwarded")


def attack(attacker: Attacker) -> None:
    limited = sorted(counted(attacker), key=lambda one: one[0])
    for (_, spec), way in zip(limited, (in_sequence, in_parallel), strict=False):
        way(attacker, spec)
    if not limited:
        spec = attacker.stage.settings.called[0]
        message = "no route tells of a limit by user"
        attacker.report("attack/unlimited", spec, message, severity=Severity.NOTE)
    by_address(attacker)


def counted(attacker: Attacker) -> Iterator[tuple[int, Spec]]:
    """Routes that count a user's requests, and how many are left."""
    for spec in attacker.stage.settings.called:
        if spec.quota or spec.public or spec.variant or spec.admin or spec.foreign_only:
            continue
        if spec.route.method == "DELETE":
            continue
        user = attacker.stage.users[2]
        first, second = (remaining(knock(attacker, spec, user)) for _ in range(2))
        # A limit by address is the same for each of our addresses.
        if first is not None and second == first - 1 and 0 < second <= MOST:
            yield second, spec


def knock(
    attacker: Attacker, spec: Spec, user: Actor, headers: Mapping[str, str] | None = None
) -> Exchange:
    """Past the attacker, who would go on as somebody else."""
    plain = plain_call(attacker, spec)
    call = plain if spec.route.reads else Call(plain.method, plain.target, plain.headers, b"{}")
    whole = {**user.headers, **call.headers, **(headers or {})}
    exchange = attacker.stage.wire.send(
        call.method, attacker.stage.api + call.target, whole, call.body
    )
    attacker.stage.findings.matrix.called(spec.name, user.name, exchange.status)
    return exchange


def in_sequence(attacker: Attacker, spec: Spec) -> None:
    owner, _, third = attacker.stage.users
    was_busy = knock(attacker, spec, owner).status == BUSY
    last = knock(attacker, spec, third)
    left = remaining(last)
    if left is None or last.status == BUSY:
        return
    passed = 0
    while passed <= left + BEYOND:
        last = knock(attacker, spec, third)
        if last.status == BUSY:
            break
        passed += 1
    if passed != left:
        message = f"{left} requests were left, and {passed} passed one after the other"
        attacker.report(RULE, spec, message, last, "in sequence", actor=third.name)
    other = knock(attacker, spec, owner)
    if other.status == BUSY and not was_busy and remaining(other) == 0:
        message = f"{third.name} has used up the limit of {owner.name}, too"
        attacker.report(RULE, spec, message, other, "of another user")
    for name in SPOOFED:
        again = knock(attacker, spec, third, {name: f"203.0.113.{len(name)}"})
        if again.status != BUSY:
            message = f"another {name} begins the limit of a user anew"
            attacker.report(
                "attack/spoofed-address", spec, message, again, f"header {name}", actor=third.name
            )


def in_parallel(attacker: Attacker, spec: Spec) -> None:
    third = attacker.stage.users[2]
    first = knock(attacker, spec, third)
    left = remaining(first)
    if left is None or first.status == BUSY:
        return
    with ThreadPoolExecutor(LANES) as lanes:
        answers = list(lanes.map(lambda _: knock(attacker, spec, third), range(left + BEYOND)))
    passed = [one for one in answers if one.status != BUSY]
    if len(passed) != left:
        message = f"{left} requests were left, and {len(passed)} passed at the same time"
        attacker.report(RULE, spec, message, passed[-1] if passed else first, "in parallel",
                        actor=third.name)  # fmt: skip


def by_address(attacker: Attacker) -> None:
    """Where an edge sets the address, nothing that a client says is taken for it."""
    header = attacker.stage.settings.address_header
    if not header:
        return
    third, address = attacker.stage.users[2], {header: "2001:db8:ffff::1"}
    reading = next(
        (
            one
            for one in attacker.stage.settings.called
            if one.route.reads and not (one.public or one.quota or one.route.variables)
        ),
        None,
    )
    if reading is None:
        return
    first = knock(attacker, reading, third, address)
    left = remaining(first)
    if left is None or left > MOST:
        return
    for number in range(left + BEYOND):
        told = {name: f"203.0.113.{number}" for name in SPOOFED}
        if knock(attacker, reading, third, {**told, **address}).status == BUSY:
            break
    else:
        message = f"an address has {left} requests left, and more pass when headers name others"
        attacker.report(
            "attack/spoofed-address", reading, message, first, "by address", actor=third.name
        )
