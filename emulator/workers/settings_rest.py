"""Settings over Cloudflare's API v4: a version's, a script's, and the account's."""

from functools import partial
from typing import Any

from pydantic import BaseModel

from emulator.wire.body import parse
from emulator.wire.call import Call
from emulator.wire.envelope import ok
from emulator.wire.multipart import MalformedMultipart, is_multipart, parts_of
from emulator.wire.reply import Reply
from emulator.wire.routing import Route
from emulator.workers.desk_rest import (
    READ,
    SCRIPT,
    TRIGGERED_BY,
    WORKERS,
    WRITE,
    Desk,
    body_of,
    script_in,
    served_version,
)
from emulator.workers.errors import InvalidBody
from emulator.workers.models import Script, Version
from emulator.workers.shapes import NO_OBSERVABILITY, Shape, bindings_shape
from emulator.workers.upload_rest import SETTINGS, author_of

# Fields of a version, and those that are kept among its options.
FIELDS = ("bindings", "compatibility_date", "compatibility_flags", "usage_model")
OPTIONS = ("limits", "placement", "cache_options")


class ScriptSettings(BaseModel):
    logpush: bool | None = None
    observability: dict[str, Any] | None = None
    tags: list[str] | None = None
    tail_consumers: list[dict[str, Any]] | None = None


class VersionSettings(ScriptSettings):
    bindings: list[dict[str, Any]] | None = None
    compatibility_date: str | None = None
    compatibility_flags: list[str] | None = None
    usage_model: str | None = None
    limits: dict[str, Any] | None = None
    placement: dict[str, Any] | None = None
    cache_options: dict[str, Any] | None = None


class AccountSettings(BaseModel):
    default_usage_model: str = "standard"
    green_compute: bool = False


async def get_settings(call: Call) -> Reply:
    store = call.account.workers
    script = store.get_script(script_in(call))
    return ok(settings_shape(script, served_version(store, script.name)))


async def edit_settings(desk: Desk, call: Call) -> Reply:
    new, name, author = settings_in(call), script_in(call), author_of(call)
    given = new.model_dump(include=new.model_fields_set)
    changes = {field: value for field, value in given.items() if field in FIELDS}
    options = {field: value for field, value in given.items() if field in OPTIONS}
    script = {field: value for field, value in given.items() if field in SETTINGS}
    site = desk.site(call)
    known = served_version(site.store, name)
    if options and known is not None:
        changes["options"] = {**known.options, **options}
    version = await desk.releases.release(
        site,
        name,
        author,
        lambda drafts: drafts.of_settings(name, changes, without_null(script), author),
        {TRIGGERED_BY: "settings"},
    )
    return ok(settings_shape(site.store.get_script(name), version))


async def get_script_settings(call: Call) -> Reply:
    return ok(script_settings_shape(call.account.workers.get_script(script_in(call))))


async def edit_script_settings(call: Call) -> Reply:
    new = body_of(call, ScriptSettings)
    changes = without_null(new.model_dump(include=new.model_fields_set))
    return ok(script_settings_shape(call.account.workers.edit_script(script_in(call), changes)))


async def get_account_settings(call: Call) -> Reply:
    return ok(dict(call.account.workers.triggers.account_settings()))


async def put_account_settings(call: Call) -> Reply:
    settings = body_of(call, AccountSettings).model_dump()
    call.account.workers.triggers.put_account_settings(settings)
    return ok(settings)


def settings_in(call: Call) -> VersionSettings:
    """A form with one part, `settings`, or the same JSON alone."""
    content_type = call.header(b"content-type") or ""
    if not is_multipart(content_type):
        return body_of(call, VersionSettings)
    try:
        parts = {part.name: part.data for part in parts_of(call.body, content_type)}
    except MalformedMultipart as error:
        raise InvalidBody(reason=error) from None
    if "settings" not in parts:
        raise InvalidBody(reason="the form has no part named settings")
    return parse(VersionSettings, parts["settings"], InvalidBody)


def without_null(changes: dict[str, Any]) -> dict[str, Any]:
    """Null sets a setting back."""
    empty: dict[str, Any] = {
        "logpush": False,
        "observability": None,
        "tags": [],
        "tail_consumers": [],
    }
    return {name: empty[name] if value is None else value for name, value in changes.items()}


def script_settings_shape(script: Script) -> Shape:
    return {
        "logpush": script.logpush,
        "observability": script.observability or NO_OBSERVABILITY,
        "tags": list(script.tags),
        "tail_consumers": list(script.tail_consumers),
    }


def settings_shape(script: Script, version: Version | None) -> Shape:
    if version is None:
        return {"bindings": [], **script_settings_shape(script)}
    return {
        "bindings": bindings_shape(version),
        "compatibility_date": version.compatibility_date,
        "compatibility_flags": list(version.compatibility_flags),
        "usage_model": version.usage_model,
        "migration_tag": version.migration_tag,
        "limits": version.options.get("limits") or {},
        "placement": version.options.get("placement") or {},
        "annotations": dict(version.annotations),
        **script_settings_shape(script),
    }


def routes(desk: Desk) -> tuple[Route, ...]:
    settings, script = f"{SCRIPT}/settings", f"{SCRIPT}/script-settings"
    account = f"{WORKERS}/account-settings"
    edit = partial(edit_settings, desk)
    return (
        Route("GET", settings, "workers.settings.get", get_settings, READ),
        Route("PATCH", settings, "workers.settings.edit", edit, WRITE),
        Route("GET", script, "workers.script_settings.get", get_script_settings, READ),
        Route("PATCH", script, "workers.script_settings.edit", edit_script_settings, WRITE),
        Route("GET", account, "workers.account_settings.get", get_account_settings, READ),
        Route("PUT", account, "workers.account_settings.update", put_account_settings, WRITE),
    )
