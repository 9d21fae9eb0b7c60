"""Takes away what the lab has made, by the routes that delete, and says what stays."""

import httpx

from emulator.leaks.actors import Actor
from emulator.leaks.auth import Auth
from emulator.leaks.calls import Slot, slots_of
from emulator.leaks.settings import USER, Spec
from emulator.leaks.stage import Stage
from emulator.leaks.wire import Exchange

GONE = (404, 410)


def delete_once(stage: Stage, user: Actor) -> dict[str, Exchange]:
    """Each route that deletes, called by somebody whose thing it is."""
    answers = {}
    for key, spec in stage.settings.specs.items():
        if spec.route.method != "DELETE" or spec.skip or spec.foreign_only:
            continue
        answers[key] = exchange = stage.ask(user, spec)
        if exchange.is_served:
            for slot in slots_of(spec):
                for kind in slot.kind.split(","):
                    for id in stage.holdings.of(user.name, kind)[-1:]:
                        stage.holdings.drop(user.name, kind, id)
    return answers


def clean(stage: Stage, auth: Auth) -> list[str]:
    """What could not be removed. Works on when one thing fails."""
    left = []
    for user in stage.users:
        for kind, id in list(stage.holdings.everything(user.name)):
            if spec := undo_of(stage, kind):
                if not is_removed(stage, user, spec, id):
                    left.append(f"{kind} {id} of {user.email or user.name}")
        if not removed(auth, user):
            left.append(f"the account {user.email}")
    return left


def removed(auth: Auth, user: Actor) -> bool:
    try:
        return auth.remove(user)
    except httpx.TransportError:
        return False


def undo_of(stage: Stage, kind: str) -> Spec | None:
    makers = [one for one in stage.settings.called if one.makes == kind and kind != USER]
    names = [one.undo for one in makers if one.undo]
    return stage.settings.specs.get(names[0]) if names else None


def is_removed(stage: Stage, user: Actor, spec: Spec, id: str) -> bool:
    """By whoever made it; where an owner could be chosen, by whose it became."""
    statuses = []
    for actor in (user, *(one for one in stage.users if one is not user)):
        exchange = asked(stage, actor, spec, id)
        if exchange is not None and exchange.is_served:
            return True
        statuses.append(exchange.status if exchange else 0)
    return statuses[0] in GONE


def asked(stage: Stage, actor: Actor, spec: Spec, id: str) -> Exchange | None:
    slot = Slot("path", spec.route.variables[-1], spec.ids[spec.route.variables[-1]])
    try:
        return stage.ask(actor, spec, {slot: id})
    except httpx.TransportError:
        return None
