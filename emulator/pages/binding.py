"""Sites of Pages: what a deployment's files answer, at the edge and by the binding `ASSETS`."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from functools import lru_cache
from typing import BinaryIO

from emulator.pages.models import Asset, Deployment, Stage
from emulator.pages.store import PagesStore
from emulator.sites import headers as header_rules
from emulator.sites import redirects as redirect_rules
from emulator.sites.first import parse_routes
from emulator.sites.headers import HeaderRules
from emulator.sites.paths import NotFoundHandling
from emulator.sites.redirects import Redirects
from emulator.sites.site import Answered, Asked, Product, Site, answer
from emulator.wire.binding import BindingCall, Door, refused_in_text
from emulator.wire.call import Scope
from emulator.wire.reply import Reply

BLOCK_BYTES = 262_144
WHOLE_BYTES = 65_536
DEFAULTS = (
    ("access-control-allow-origin", "*"),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    ("x-content-type-options", "nosniff"),
)


def runs_function(deployment: Deployment, path: str) -> bool:
    """Whether the deployment's Function answers for the path."""
    if deployment.function is None:
        return False
    routes = deployment.function.routes
    return routes is None or parse_routes(dict(routes)).mean(path)


def served(store: PagesStore, deployment: Deployment, scope: Scope) -> Reply:
    """What the files answer: with nothing there, the nearest 404.html or the application."""
    named = dict(scope["headers"])
    asked = Asked(
        scope["method"],
        scope["raw_path"].decode("latin-1"),
        scope["query_string"].decode("latin-1"),
        named.get(b"if-none-match", b"").decode("latin-1"),
        b"authorization" in named or b"range" in named,
    )
    site = site_of(deployment)
    found = answer(site, asked) or answer(replace(site, missing=NotFoundHandling.SPA), asked)
    if found is None and asked.method not in ("GET", "HEAD"):
        return Reply(b"", status=405, headers=((b"allow", b"GET, HEAD"),))
    return reply_of(store, deployment, found)


async def handle(call: BindingCall) -> Reply:
    """`env.ASSETS.fetch(…)` of a Function, whatever host the URL has."""
    call.operation = "pages.assets.fetch"
    project, _, deployment_id = call.binding.resource.partition(":")
    store = call.account.pages
    return served(store, store.get_deployment(project, deployment_id), call.scope)


DOOR = Door(handle, refused_in_text)


def site_of(deployment: Deployment) -> Site:
    hidden = (("x-robots-tag", "noindex"),) if deployment.stage is Stage.PREVIEW else ()
    return Site(
        deployment.files.__contains__,
        lambda path: deployment.files.get(path, ""),
        Product.PAGES,
        missing=NotFoundHandling.PAGE,
        redirects=parsed_redirects(deployment.redirects),
        headers=parsed_headers(deployment.headers),
        defaults=(*DEFAULTS, *hidden),
    )


@lru_cache(64)
def parsed_redirects(text: str) -> Redirects:
    return redirect_rules.parse(text)


@lru_cache(64)
def parsed_headers(text: str) -> HeaderRules:
    return header_rules.parse(text)


def reply_of(store: PagesStore, deployment: Deployment, found: Answered | None) -> Reply:
    if found is None:
        return Reply(b"", status=404, headers=())
    asset = store.files.find(deployment.files[found.file]) if found.file else None
    pairs = tuple((name.encode(), text.encode("utf-8")) for name, text in found.headers)
    if asset is None:
        return Reply(b"", status=found.status, headers=pairs)
    return Reply(body_of(store, asset), status=found.status, headers=pairs)


def body_of(store: PagesStore, asset: Asset) -> bytes | AsyncGenerator[bytes, None]:
    path = store.files.path(asset)
    # Opened now: a file that is removed meanwhile is still read to its end.
    return path.read_bytes() if asset.size_bytes <= WHOLE_BYTES else blocks(path.open("rb"))


async def blocks(file: BinaryIO) -> AsyncGenerator[bytes, None]:
    with file:
        while block := await asyncio.to_thread(file.read, BLOCK_BYTES):
            yield block
