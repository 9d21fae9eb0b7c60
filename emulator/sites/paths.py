"""Which file a path means: HTML handling, and what is shown where there is none.

https://developers.cloudflare.com/workers/static-assets/routing/advanced/html-handling/ —
`/about` shows `about.html`, `/blog/` shows `blog/index.html`, other spellings of these lead there.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, unquote

# What a URL's path holds unescaped; all else is escaped when a URL is read.
PLAIN = "!$%&'()*+,/:;=@[]|~"
INCOMPLETE = re.compile(r"%(?![0-9A-Fa-f]{2})")
DOT = re.compile(r"\.|%2e", re.IGNORECASE)

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
    found, target = shown(path, exists, handling), elsewhere(path, exists, handling)
    if target is not None and (found is None or path.endswith((INDEX, HTML))):
        return Moved(target)
    return None if found is None else File(found)


def elsewhere(path: str, exists: Exists, handling: HtmlHandling) -> str | None:
    """The other path under which the page is shown that this one means."""
    if handling is HtmlHandling.NONE:
        return None
    for file, target in spellings(path, handling):
        # A file of just this name is no other page.
        mine = file == path or not exists(path)
        if mine and target != path and exists(file) and shown(target, exists, handling) == file:
            return target
    return None


def spellings(path: str, handling: HtmlHandling) -> list[tuple[str, str]]:
    """The pages that the path may mean, and where each of them is shown."""
    end = next((end for end in (f"{INDEX}{HTML}", INDEX, HTML, "/") if path.endswith(end)), "")
    stem = path.removesuffix(end)
    slash = f"{stem}/"
    folder = (f"{stem}{INDEX}{HTML}", stem or "/" if handling is HtmlHandling.DROP else slash)
    page = (f"{stem}{HTML}", slash if handling is HtmlHandling.FORCE else stem)
    return [folder, page] if end.startswith(INDEX) else [page, folder]


def shown(path: str, exists: Exists, handling: HtmlHandling) -> str | None:
    """The file that is shown under exactly this path."""
    if handling is HtmlHandling.NONE:
        return path if exists(path) else None
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


def normal(path: str) -> str:
    """The path as a browser would ask for it: escaped, without segments of dots."""
    kept: list[str] = []
    first, *segments = path.replace("\\", "/").split("/")
    for number, segment in enumerate(segments, 1):
        dots = DOT.sub(".", segment)
        if dots == "..":
            kept = kept[:-1]
        if dots not in (".", ".."):
            kept.append(segment)
        elif number == len(segments):
            kept.append("")
    return quote("/".join((first, *kept)), safe=PLAIN, errors="replace")


def decoded(path: str) -> str:
    """The path with its escapes undone once; slashes in a row are one, as in a manifest."""
    return re.sub("/+", "/", "/".join(map(decoded_segment, path.split("/"))))


def decoded_segment(segment: str) -> str:
    """As it is where it is not the escape of a text."""
    if INCOMPLETE.search(segment) is not None:
        return segment
    try:
        return unquote(segment, errors="strict")
    except UnicodeDecodeError:
        return segment


def encoded(path: str) -> str:
    """The one spelling under which a file is shown."""
    return quote(path, safe="/!~*'()")
