"""Every route that wants a token wants one of its own sign-in."""

from dataclasses import replace
from typing import Any

import httpx

from emulator.leaks.actors import Actor
from emulator.leaks.attacks.attacker import Attacker
from emulator.leaks.attacks.betraying import said
from emulator.leaks.attacks.forging import Known, forged
from emulator.leaks.observations import FORGED
from emulator.leaks.sessions import is_served
from emulator.leaks.settings import Spec

# So many routes are asked with all of the tokens, every other one with a few of them.
THOROUGHLY = 3
EACH = 2


def attack(attacker: Attacker) -> None:
    if not attacker.user.token:
        return
    actors = tuple(
        (one.name, replace(attacker.user, name=FORGED, token=one.token, cookies=()))
        for one in forged(attacker.user.token, known_of(attacker))
        if one.token.isascii()
    )
    for place, spec in enumerate(secured(attacker)):
        if place < THOROUGHLY:
            asked = actors
        else:
            asked = tuple(actors[(place * EACH + each) % len(actors)] for each in range(EACH))
        for name, actor in asked:
            believe(attacker, spec, name, actor)


def secured(attacker: Attacker) -> list[Spec]:
    """What only reads comes first."""
    called = attacker.stage.settings.called
    specs = [one for one in called if not (one.public or one.variant or one.admin)]
    return sorted(specs, key=lambda spec: (not spec.route.reads, len(spec.route.variables)))


def believe(attacker: Attacker, spec: Spec, name: str, actor: Actor) -> None:
    exchange = attacker.stage.ask(actor, spec, holder=attacker.user)
    attacker.judge(spec, exchange, where=f"token: {name}")
    if is_served(exchange):
        message = f"a token is believed: {name} ({exchange.status})"
        attacker.report("attack/token", spec, message, exchange, f"token: {name}", actor=FORGED)


def known_of(attacker: Attacker) -> Known:
    how = attacker.stage.settings.sign_in
    keys: list[dict[str, Any]] = []
    if how.supabase:
        url = f"{how.supabase.rstrip('/')}/auth/v1/.well-known/jwks.json"
        try:
            told = said(attacker.stage.wire.send("GET", url))
        except httpx.TransportError:
            told = None
        if isinstance(told, dict) and isinstance(told.get("keys"), list):
            keys = [one for one in told["keys"] if isinstance(one, dict)]
    return Known(keys, how.anon_key, how.service_key)
