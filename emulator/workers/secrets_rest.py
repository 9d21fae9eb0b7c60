"""A script's secrets over Cloudflare's API v4. What a secret holds is never answered.

Setting or deleting one makes a new version and deploys it.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, Literal
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict

from emulator.wire.call import Call
from emulator.wire.envelope import ok
from emulator.wire.reply import Reply
from emulator.wire.routing import Route
from emulator.workers.desk_rest import (
    READ,
    SCRIPT,
    TRIGGERED_BY,
    WRITE,
    Desk,
    body_of,
    flag_of,
    script_in,
    served_version,
)
from emulator.workers.errors import BindingNotFound, InvalidBody
from emulator.workers.models import Binding, Version
from emulator.workers.shapes import secret_shape
from emulator.workers.upload_rest import author_of


class NewSecret(BaseModel):
    """A text, or a key with what it is for."""

    model_config = ConfigDict(extra="allow")

    name: str = ""
    type: Literal["secret_text", "secret_key"] = "secret_text"
    text: str | None = None

    def binding(self, name: str) -> Binding:
        """Raises `InvalidBody` for a secret that holds nothing."""
        fields: dict[str, Any] = self.model_dump(exclude_unset=True)
        if self.type == "secret_text" and self.text is None:
            raise InvalidBody(reason=f"secret {name} has no text")
        if self.type == "secret_key" and not fields.keys() & {"key_jwk", "key_base64"}:
            raise InvalidBody(reason=f"secret {name} has no key")
        return {**fields, "name": name, "type": self.type}


class SecretChanges(BaseModel):
    secrets: dict[str, NewSecret | None] = {}


async def list_secrets(call: Call) -> Reply:
    return ok([secret_shape(secret) for secret in secrets_of(call).values()])


async def get_secret(call: Call) -> Reply:
    name = name_in(call)
    secret = secrets_of(call).get(name)
    if secret is None:
        raise BindingNotFound(name=name)
    return ok(secret_shape(secret))


async def put_secret(desk: Desk, call: Call) -> Reply:
    new = body_of(call, NewSecret)
    if not new.name:
        raise InvalidBody(reason="the secret has no name")
    version = await change(desk, call, {new.name: new.binding(new.name)}, strict=True)
    return ok(secret_shape(version.secrets[new.name]))


async def delete_secret(desk: Desk, call: Call) -> Reply:
    await change(desk, call, {name_in(call): None}, strict=True)
    return ok(None)


async def change_secrets(desk: Desk, call: Call) -> Reply:
    given = body_of(call, SecretChanges).secrets
    changes = {name: None if new is None else new.binding(name) for name, new in given.items()}
    version = await change(desk, call, changes, strict=False)
    return ok({name: secret_shape(secret) for name, secret in version.secrets.items()})


async def change(
    desk: Desk, call: Call, changes: Mapping[str, Binding | None], *, strict: bool
) -> Version:
    script, author = script_in(call), author_of(call)
    return await desk.releases.release(
        desk.site(call),
        script,
        author,
        lambda drafts: drafts.of_secrets(script, changes, author, strict=strict),
        {TRIGGERED_BY: "secret"},
    )


def secrets_of(call: Call) -> Mapping[str, Binding]:
    store, script = call.account.workers, script_in(call)
    store.get_script(script)
    version = served_version(store, script)
    return {} if version is None else version.secrets


def name_in(call: Call) -> str:
    """The secret's name; a client that says so has encoded it once more than a path needs."""
    name = call.params["secret_name"]
    return unquote(name) if flag_of(call, "url_encoded") else name


def routes(desk: Desk) -> tuple[Route, ...]:
    secrets = f"{SCRIPT}/secrets"
    secret, bulk = f"{secrets}/{{secret_name}}", f"{SCRIPT}/secrets-bulk"
    put, delete = partial(put_secret, desk), partial(delete_secret, desk)
    change_all = partial(change_secrets, desk)
    return (
        Route("GET", secrets, "workers.secrets.list", list_secrets, READ),
        Route("PUT", secrets, "workers.secrets.update", put, WRITE),
        Route("GET", secret, "workers.secrets.get", get_secret, READ),
        Route("DELETE", secret, "workers.secrets.delete", delete, WRITE),
        Route("PATCH", bulk, "workers.secrets.bulk_update", change_all, WRITE),
    )
