"""Sites of Pages: what a deployment's files answer, at the edge and by the binding `ASSETS`."""

from dataclasses import replace

from emulator.pages.models import Deployment, Stage
from emulator.pages.store import PagesStore
from emulator.sites import headers, redirects
from emulator.sites.first import parse_routes
from emulator.sites.paths import NotFoundHandling
from emulator.sites.site import Answered, Product, Site, answer
from emulator.wire.binding import BindingCall, Door, refused_in_text
from emulator.wire.call import Scope
from emulator.wire.reply import Reply
from emulator.wire.site import asked_in, reply_with

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
    asked = asked_in(scope)
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
        redirects=redirects.parsed(deployment.redirects),
        headers=headers.parsed(deployment.headers),
        defaults=(*DEFAULTS, *hidden),
    )


def reply_of(store: PagesStore, deployment: Deployment, found: Answered | None) -> Reply:
    if found is None:
        return Reply(b"", status=404, headers=())
    asset = store.files.find(deployment.files[found.file]) if found.file else None
    if asset is None:
        return reply_with(found, None, 0)
    return reply_with(found, store.files.path(asset), asset.size_bytes)
