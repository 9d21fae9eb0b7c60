"""Which file a path means: HTML handling, and what is shown where there is none.

https://developers.cloudflare.com/workers/static-assets/routing/advanced/html-handling/ —
`/about` shows `about.html`, `/blog/` shows `blog/index.html`, other spellings of these lead there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

INDEX, HTML = "/index", ".html"

Exists = Callable[[str], bool]


class HtmlHandling(StrEnum):
    AUTO = "auto-trailing-slash"
    FORCE = "force-trailing-slash"
    DROP = "drop-trailing-slash"
    NONE = "none"


class NotFoundHandling(StrEnum):
    NONE = "none"
    PAGE = "404-page"
    SPA = "single-page-application"


@dataclass(frozen=True, slots=True)
class File:
    """A file to show, by its path in the manifest."""

    path: str
    status: int = 200


@dataclass(frozen=True, slots=True)
class Moved:
    """The path under which the file is shown."""

    path: str


def resolve(path: str, exists: Exists, handling: HtmlHandling) -> File | Moved | None:
    """What the (decoded) path means; None if there is nothing."""
    found = step(path, exists, handling)
    if not isinstance(found, Moved):
        return found
    # One redirect, not two.
    landed = step(found.path, exists, handling)
    return landed if isinstance(landed, Moved) else found


def step(path: str, exists: Exists, handling: HtmlHandling) -> File | Moved | None:
    if handling is HtmlHandling.NONE:
        return File(path) if exists(path) else None
    stem = stem_of(path)
    if stem is not None and (moved := canonical(stem, exists, handling)) not in (None, path):
        if moved is not None and shown(moved, exists, handling) is not None:
            return Moved(moved)
    found = shown(path, exists, handling)
    if found is not None:
        return File(found)
    other = canonical(path.rstrip("/") or "/", exists, handling)
    return None if other in (None, path) else Moved(other or "/")


def stem_of(path: str) -> str | None:
    """The path without `index`, `index.html` or `.html`, if it ends so."""
    for end in (f"{INDEX}{HTML}", INDEX):
        if path.endswith(end):
            return path.removesuffix(end) or "/"
    return path.removesuffix(HTML) if path.endswith(HTML) else None


def canonical(stem: str, exists: Exists, handling: HtmlHandling) -> str | None:
    """Under which path the page of that stem is shown."""
    base = "" if stem == "/" else stem
    folder = exists(f"{base}{INDEX}{HTML}")
    page = bool(base) and exists(f"{base}{HTML}")
    if not folder and not page:
        return None
    if not base:
        return "/"
    match handling:
        case HtmlHandling.FORCE:
            return f"{base}/"
        case HtmlHandling.DROP:
            return base
        case _:
            return base if page else f"{base}/"


def shown(path: str, exists: Exists, handling: HtmlHandling) -> str | None:
    """The file that is shown under exactly this path."""
    if path.endswith("/"):
        candidates = [f"{path}index.html"]
        if handling is HtmlHandling.FORCE and path != "/":
            candidates.append(f"{path[:-1]}{HTML}")
        if handling is HtmlHandling.DROP and path != "/":
            candidates = []
    else:
        candidates = [path]
        if handling is not HtmlHandling.FORCE:
            candidates.append(f"{path}{HTML}")
        if handling is HtmlHandling.DROP:
            candidates.append(f"{path}{INDEX}{HTML}")
    return next((candidate for candidate in candidates if exists(candidate)), None)


def not_found(path: str, exists: Exists, handling: NotFoundHandling) -> File | None:
    """What is shown where there is nothing: the application, the nearest `404.html`, or nothing."""
    if handling is NotFoundHandling.SPA:
        return File("/index.html") if exists("/index.html") else None
    if handling is NotFoundHandling.PAGE:
        directory = path
        while directory:
            directory = directory.rpartition("/")[0]
            if exists(f"{directory}/404.html"):
                return File(f"{directory}/404.html", 404)
    return None
