"""What the doors of Workers share: who releases, what a request is about, where paths begin."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from emulator.twin import Account
from emulator.wire.body import first_reason, parse
from emulator.wire.call import Call
from emulator.workers.errors import InvalidBody
from emulator.workers.models import Version
from emulator.workers.releases import Releases, Site
from emulator.workers.running import Resources
from emulator.workers.store import WorkersStore

WORKERS = "/accounts/{account_id}/workers"
SCRIPTS = f"{WORKERS}/scripts"
SCRIPT = f"{SCRIPTS}/{{script_name}}"
READ, WRITE = "workers:read", "workers:write"

TRIGGERED_BY = "workers/triggered_by"

Model = TypeVar("Model", bound=BaseModel)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Desk:
    """Handed to every handler that changes what is served."""

    releases: Releases
    resources_of: Callable[[Account], Resources]

    def site(self, call: Call) -> Site:
        account = call.account
        return Site(account.id, account.workers, self.resources_of(account))


def script_in(call: Call) -> str:
    return call.params["script_name"]


def body_of(call: Call, model: type[Model]) -> Model:
    """The JSON body. Raises `InvalidBody`."""
    return parse(model, call.body, InvalidBody)


def items_of(call: Call, adapter: TypeAdapter[list[T]]) -> list[T]:
    """A body that is a JSON array. Raises `InvalidBody`."""
    try:
        return adapter.validate_json(call.body)
    except ValidationError as error:
        raise InvalidBody(reason=first_reason(error)) from None


def flag_of(call: Call, name: str) -> bool:
    return call.query.get(name, "").lower() in ("true", "1")


def served_version(store: WorkersStore, script: str) -> Version | None:
    """The version a script shows itself by: that with most of the traffic, else the newest."""
    active = store.active_versions(script)
    return active[0] if active else store.latest(script)
