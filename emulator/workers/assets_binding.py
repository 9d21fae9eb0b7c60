"""Static assets of a Worker: what the edge shows before the script, and the binding `ASSETS`.

https://developers.cloudflare.com/workers/static-assets/
"""

from enum import StrEnum
from typing import TypeVar

from emulator.sites import headers, redirects
from emulator.sites.first import Turn, turn
from emulator.sites.paths import HtmlHandling, NotFoundHandling
from emulator.sites.site import Answered, Site, answer
from emulator.wire.binding import BindingCall, Door, refused_in_text
from emulator.wire.call import Scope
from emulator.wire.reply import Reply
from emulator.wire.site import asked_in, reply_with
from emulator.workers.models import Asset, AssetSet, Version
from emulator.workers.store import WorkersStore

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
        redirects=redirects.parsed(str(config.get("_redirects") or "")),
        headers=headers.parsed(str(config.get("_headers") or "")),
    )


def chosen(kind: type[Choice], value: object, default: Choice) -> Choice:
    return next((one for one in kind if one == value), default)


def reply_of(store: WorkersStore, assets: AssetSet, found: Answered | None) -> Reply | None:
    """The answer with its file."""
    if found is None:
        return None
    asset = store.assets.find(assets.manifest, found.file) if found.file else None
    if asset is None:
        return reply_with(found, None, 0)
    return reply_with(found, store.assets.path(asset), asset.size_bytes, asset.content_type)


def not_found() -> Reply:
    return Reply(b"", status=404, headers=())
