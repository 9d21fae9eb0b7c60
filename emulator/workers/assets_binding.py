"""Static assets of a Worker: what the edge shows before the script, and the binding `ASSETS`.

https://developers.cloudflare.com/workers/static-assets/
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import BinaryIO, TypeVar

from emulator.sites import headers as header_rules
from emulator.sites import redirects as redirect_rules
from emulator.sites.first import Turn, turn
from emulator.sites.headers import HeaderRules
from emulator.sites.paths import HtmlHandling, NotFoundHandling
from emulator.sites.redirects import Redirects
from emulator.sites.site import Answered, Asked, Site, answer
from emulator.wire.binding import BindingCall, Door, refused_in_text
from emulator.wire.call import Scope
from emulator.wire.reply import Reply
from emulator.workers.models import Asset, AssetSet, Version
from emulator.workers.store import WorkersStore

BLOCK_BYTES = 262_144
WHOLE_BYTES = 65_536
# With it, or from that date on, pages that a browser opens are shown before the script runs.
NAVIGATION = "assets_navigation_prefers_asset_serving"
NO_NAVIGATION = "assets_navigation_has_no_effect"
NAVIGATION_DATE = "2025-04-01"

Choice = TypeVar("Choice", bound=StrEnum)


def first(store: WorkersStore, version: Version, scope: Scope) -> Reply | None:
    """What is shown in place of running the script; None: the script answers."""
    if version.assets is None:
        return None
    asked = asked_in(scope)
    whose = turn(version.assets.config.get("run_worker_first"), asked.path)
    has_script = version.main is not None
    if has_script and whose is Turn.SCRIPT:
        return None
    site = site_of(store, version.assets)
    if not has_script or whose is Turn.FILES:
        return reply_of(store, version.assets, answer(site, asked)) or not_found()
    shown = answer(site, asked, missing=is_navigation(version, scope))
    return None if shown is None else reply_of(store, version.assets, shown)


async def handle(call: BindingCall) -> Reply:
    """`env.ASSETS.fetch(…)`: all of a site's rules, whatever host the URL has."""
    call.operation = "assets.fetch"
    script, _, version_id = call.binding.resource.partition(":")
    store = call.account.workers
    version = store.get_version(script, version_id)
    if version.assets is None:
        return not_found()
    found = answer(site_of(store, version.assets), asked_in(call.scope))
    return reply_of(store, version.assets, found) or not_found()


DOOR = Door(handle, refused_in_text)


def asked_in(scope: Scope) -> Asked:
    named: Mapping[bytes, bytes] = dict(scope["headers"])
    return Asked(
        scope["method"],
        scope["raw_path"].decode("latin-1"),
        scope["query_string"].decode("latin-1"),
        named.get(b"if-none-match", b"").decode("latin-1"),
        b"authorization" in named or b"range" in named,
    )


def is_navigation(version: Version, scope: Scope) -> bool:
    """Whether a browser opens a page, and that matters to a script of this date."""
    flags = version.compatibility_flags
    on = NAVIGATION in flags or (
        version.compatibility_date >= NAVIGATION_DATE and NO_NAVIGATION not in flags
    )
    return on and (b"sec-fetch-mode", b"navigate") in scope["headers"]


def site_of(store: WorkersStore, assets: AssetSet) -> Site:
    def found(path: str) -> Asset | None:
        return store.assets.find(assets.manifest, path)

    def tag(path: str) -> str:
        asset = found(path)
        return "" if asset is None else asset.blob

    config = assets.config
    return Site(
        lambda path: found(path) is not None,
        tag,
        html=chosen(HtmlHandling, config.get("html_handling"), HtmlHandling.AUTO),
        missing=chosen(NotFoundHandling, config.get("not_found_handling"), NotFoundHandling.NONE),
        redirects=parsed_redirects(str(config.get("_redirects") or "")),
        headers=parsed_headers(str(config.get("_headers") or "")),
    )


def chosen(kind: type[Choice], value: object, default: Choice) -> Choice:
    return next((one for one in kind if one == value), default)


@lru_cache(64)
def parsed_redirects(text: str) -> Redirects:
    return redirect_rules.parse(text)


@lru_cache(64)
def parsed_headers(text: str) -> HeaderRules:
    return header_rules.parse(text)


def reply_of(store: WorkersStore, assets: AssetSet, found: Answered | None) -> Reply | None:
    """The answer with its file, whose own type goes before the one its name means."""
    if found is None:
        return None
    asset = store.assets.find(assets.manifest, found.file) if found.file else None
    headers = dict(found.headers)
    if asset is not None and asset.content_type:
        headers["content-type"] = asset.content_type
    pairs = tuple((name.encode(), text.encode("utf-8")) for name, text in headers.items())
    if asset is None:
        return Reply(b"", status=found.status, headers=pairs)
    path = store.assets.path(asset)
    # Opened now: a file that is removed meanwhile is still read to its end.
    body = path.read_bytes() if asset.size_bytes <= WHOLE_BYTES else blocks(path.open("rb"))
    return Reply(body, status=found.status, headers=pairs)


async def blocks(file: BinaryIO) -> AsyncGenerator[bytes, None]:
    with file:
        while block := await asyncio.to_thread(file.read, BLOCK_BYTES):
            yield block


def not_found() -> Reply:
    return Reply(b"", status=404, headers=())
