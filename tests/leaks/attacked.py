"""Attacks alone, without the rest of the lab."""

from collections.abc import Callable

from emulator.leaks.attacks.campaign import attack
from emulator.leaks.auth import auth_of
from emulator.leaks.findings import Findings
from emulator.leaks.observations import Matrix, Observation
from emulator.leaks.settings import Settings
from emulator.leaks.stage import Stage
from emulator.leaks.wire import Limits, Wire


def attacked(
    api: str,
    settings: Settings,
    user: str = "attacked",
    how: Callable[[Stage], None] = attack,
) -> tuple[Observation, ...]:
    wire = Wire(Limits(), settings.address_header)
    findings = Findings(Matrix(dict.fromkeys(spec.name for spec in settings.specs.values())))
    stage = Stage(api, settings, wire, findings, user)
    try:
        stage.enter(auth_of(wire, settings.sign_in, api).users(user))
        how(stage)
    finally:
        wire.close()
    return findings.all
