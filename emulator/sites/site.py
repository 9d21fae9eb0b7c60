"""What a site answers to one request: a redirect, a file, an error page, or nothing."""

import mimetypes
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from emulator.sites.headers import HeaderRules, Pairs
from emulator.sites.paths import (
    Exists,
    File,
    HtmlHandling,
    Moved,
    NotFoundHandling,
    decoded,
    encoded,
    normal,
    not_found,
    resolve,
)
from emulator.sites.redirects import REWRITE, Redirects

OCTETS = "application/octet-stream"
# Those that the table of this Python's system may lack or have otherwise.
TYPES = {
    ".avif": "image/avif",
    ".css": "text/css",
    ".html": "text/html",
    ".ico": "image/vnd.microsoft.icon",
    ".js": "text/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
}
UNCACHED = "public, max-age=0, must-revalidate"


class Product(StrEnum):
    """Whose defaults hold where a site says nothing."""

    WORKERS = "workers"
    PAGES = "pages"


@dataclass(frozen=True, slots=True)
class Site:
    """The rules of one set of files. `exists` and `tag` know the files by path."""

    exists: Exists
    tag: Callable[[str], str]
    product: Product = Product.WORKERS
    html: HtmlHandling = HtmlHandling.AUTO
    missing: NotFoundHandling = NotFoundHandling.NONE
    redirects: Redirects = field(default_factory=Redirects)
    headers: HeaderRules = field(default_factory=HeaderRules)
    # What every file has, unless a rule says otherwise.
    defaults: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: method, raw path, query without `?`, and lower-case headers that matter."""

    method: str
    path: str
    query: str = ""
    if_none_match: str = ""
    is_partial: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer's head, and the file that is its body."""

    status: int
    headers: Pairs
    file: str | None = None


def answer(site: Site, asked: Asked, *, missing: bool = True) -> Answered | None:
    """None if there is nothing to show. `missing` says whether error pages count."""
    path = normal(asked.path)
    found = found_in(site, asked, path, missing=missing)
    if found is None:
        return None
    defaults = site.defaults if found.file else ()
    headers = site.headers.apply(path, [*found.headers, *defaults])
    tags = [one.strip().removeprefix("W/") for one in asked.if_none_match.split(",")]
    if found.status == 200 and dict(found.headers).get("etag") in tags:
        return Answered(304, [pair for pair in headers if pair[0] != "content-type"])
    return Answered(found.status, headers, found.file)


def found_in(site: Site, asked: Asked, path: str, *, missing: bool) -> Answered | None:
    """The answer before the headers of the site's rules."""
    redirect = site.redirects.find(path)
    if redirect is not None and redirect.status != REWRITE:
        return Answered(redirect.status, [("location", with_query(redirect.target, asked.query))])
    shown = path if redirect is None else redirect.target.partition("?")[0].partition("#")[0]
    name = decoded(shown)
    found = resolve(name, site.exists, site.html)
    # What is shown in place of another is never the Worker's.
    if found is None and (missing or redirect is not None):
        found = not_found(name, site.exists, site.missing)
    if found is None:
        return None if redirect is None else Answered(404, [])
    if asked.method not in ("GET", "HEAD"):
        return Answered(405, [("allow", "GET, HEAD")])
    if isinstance(found, Moved):
        return moved(site, found.path, asked)
    if site.product is Product.WORKERS and encoded(name) != shown:
        return moved(site, name, asked)
    return file_answer(site, found, asked)


def moved(site: Site, path: str, asked: Asked) -> Answered:
    status = 307 if site.product is Product.WORKERS else 308
    return Answered(status, [("location", with_query(encoded(path), asked.query))])


def file_answer(site: Site, found: File, asked: Asked) -> Answered:
    tag = f'"{site.tag(found.path)}"'
    headers: Pairs = [("content-type", type_of(found.path)), ("etag", tag)]
    if found.status == 404:
        headers.append(("cache-control", "no-store"))
    elif not asked.is_partial:
        headers.append(("cache-control", UNCACHED))
    return Answered(found.status, headers, found.path)


def with_query(target: str, query: str) -> str:
    """The target with the request's query, if it has none of its own."""
    if not query or "?" in target:
        return target
    address, mark, fragment = target.partition("#")
    return f"{address}?{query}{mark}{fragment}"


def type_of(path: str) -> str:
    name = path.rpartition("/")[2]
    end = f".{name.rpartition('.')[2].lower()}" if "." in name else ""
    kind = TYPES.get(end) or mimetypes.guess_type(f"file{end}")[0] or OCTETS
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
