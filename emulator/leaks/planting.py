"""Gives each user something of everything that the API lets them make."""

from collections.abc import Iterable

from emulator.leaks.actors import Actor
from emulator.leaks.calls import slots_of
from emulator.leaks.observations import Kind, Severity
from emulator.leaks.settings import USER, Spec
from emulator.leaks.stage import Stage
from emulator.leaks.wire import Exchange

ROUNDS = 4
REFUSED = (401, 403)


def plant(stage: Stage, user: Actor) -> dict[str, Exchange]:
    """Calls each route as its user means it to be called, in an order in which ids are there
    when they are needed; what is deleted comes last, in `cleaning`. Answers by the spec's key.
    """
    answers: dict[str, Exchange] = {}
    waiting = [
        (key, spec)
        for key, spec in stage.settings.specs.items()
        if not spec.skip and not spec.foreign_only and spec.route.method != "DELETE"
    ]
    waiting.sort(key=lambda one: (one[1].route.reads, not one[1].makes))
    for last in (*(False,) * ROUNDS, True):
        left = []
        for key, spec in waiting:
            if last or is_ready(stage, user, spec):
                answers[key] = exchange = stage.ask(user, spec, term="nothing")
                stage.keep(user, spec, exchange)
            else:
                left.append((key, spec))
        waiting = left
    return answers


def is_ready(stage: Stage, user: Actor, spec: Spec) -> bool:
    kinds = {slot.kind for slot in slots_of(spec)}
    return all(kind == USER or stage.holdings.of(user.name, kind) for kind in kinds)


def again(stage: Stage, user: Actor, kind: str) -> None:
    """Makes one more of a kind, in place of one that is lost."""
    for spec in stage.settings.makers_of(kind)[:1]:
        stage.keep(user, spec, stage.ask(user, spec, term="nothing"))


def is_covered(spec: Spec, exchange: Exchange) -> bool:
    if spec.admin and exchange.status in REFUSED:
        return True
    return exchange.status < 400 or exchange.status in spec.expect


def report_uncovered(stage: Stage, answers: Iterable[tuple[Spec, Exchange]]) -> None:
    """Every route that its owner could not call, whatever way it was tried in."""
    tried: dict[str, list[Exchange]] = {}
    covered = set()
    for spec, exchange in answers:
        tried.setdefault(spec.name, []).append(exchange)
        if is_covered(spec, exchange):
            covered.add(spec.name)
    for spec in stage.settings.specs.values():
        if spec.variant or spec.name in covered:
            continue
        last = tried.get(spec.name, [None])[-1]
        told = f"its owner was answered {last.status}" if last else "it was not called"
        severity = Severity.NOTE if spec.skip else Severity.ERROR
        message = f"left out: {spec.skip}" if spec.skip else told
        stage.findings.add(
            Kind.UNCOVERED, spec.name, stage.users[0].name, stage.users[0].name, message, last,
            severity=severity, rule="coverage/uncovered",
        )  # fmt: skip
        if not spec.skip:
            stage.findings.matrix.uncovered(spec.name)
