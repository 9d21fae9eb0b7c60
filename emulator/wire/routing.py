"""Routes and how a request finds one: a tree of path segments, walked once.

Segments are matched as they arrive and each is decoded once, so `a%2Fb` is one segment
with a slash in it. Empty segments do not count: `//accounts` is `/accounts`. The cost of
a look-up is the number of segments, whatever the number of routes, and next to nothing
below a resource that was asked for lately.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from emulator.core.errors import (
    CloudflareError,
    InvalidIdentifier,
    MethodNotAllowed,
    NoRoute,
    NotPermitted,
    UnknownCredentials,
)
from emulator.wire.call import Call
from emulator.wire.reply import Reply

Handler = Callable[[Call], Awaitable[Reply]]

MEGABYTE = 1_048_576
MAX_REMEMBERED_BYTES = 512


@dataclass(frozen=True, slots=True)
class Route:
    """One operation: where it is, what it is called, who may call it, how it refuses.

    `permission` is `product:read` or `product:write`; None needs no more than a known
    credential, and `public` not even that. `stream` leaves the body to the handler, who
    takes it with `call.chunks()`. `on_failure` is what `result` holds in a refusal.
    `wrong_account` is what a token of another account is told, `unknown_token` what one
    that nobody issued is.
    """

    method: str
    path: str
    name: str
    handler: Handler
    permission: str | None = None
    public: bool = False
    stream: bool = False
    max_body_bytes: int = MEGABYTE
    wrong_account: type[CloudflareError] = NotPermitted
    unknown_token: type[CloudflareError] = UnknownCredentials
    on_failure: object = None


@dataclass(slots=True)
class Node:
    literal: dict[bytes, "Node"] = field(default_factory=dict)
    parameter: "Node | None" = None
    rest: "Node | None" = None
    routes: dict[str, Route] = field(default_factory=dict)
    names: tuple[str, ...] = ()


class RouteTree:
    """All routes of one listener. `{name}` matches one segment, `{name:path}` the rest."""

    def __init__(self, routes: Iterable[Route], base: str = "") -> None:
        self._root = Node()
        self._base = base
        # Clients name the same few resources again and again, if not the same key.
        self._remembered = lru_cache(maxsize=4_096)(self._walk)
        self.routes: tuple[Route, ...] = tuple(routes)
        for route in self.routes:
            self._add(route)

    def match(self, method: str, raw_path: bytes) -> tuple[Route, dict[str, str]]:
        """The route and its decoded parameters; raises the refusal Cloudflare would."""
        node, values = self._find(raw_path)
        route = node.routes.get(method)
        if route is None:
            raise MethodNotAllowed()
        return route, dict(zip(node.names, values, strict=True))

    def _find(self, raw_path: bytes) -> tuple[Node, tuple[str, ...]]:
        """The node of the path and its parameters: all but the last segment are remembered."""
        head, _, last = raw_path.rpartition(b"/")
        walk_head = self._remembered if len(head) <= MAX_REMEMBERED_BYTES else self._walk
        node, values = walk_head(head)
        if node is not None and last:
            child = node.literal.get(last)
            if child is None:
                child = node.parameter
                if child is not None:
                    values = (*values, decoded(last, raw_path))
            node = child
        return (node, values) if node is not None and node.routes else self._search(raw_path)

    def _walk(self, path: bytes) -> tuple[Node | None, tuple[str, ...]]:
        """Where the path leads if a literal segment always wins; None for nowhere."""
        node = self._root
        values: list[str] = []
        for segment in path.split(b"/"):
            if not segment:
                continue
            child = node.literal.get(segment)
            if child is None:
                child = node.parameter
                if child is None:
                    return None, ()
                values.append(decoded(segment, path))
            node = child
        return node, tuple(values)

    def _search(self, raw_path: bytes) -> tuple[Node, tuple[str, ...]]:
        """The same by trying every way: a literal segment may have led to a dead end."""
        values: list[bytes] = []
        segments = [segment for segment in raw_path.split(b"/") if segment]
        node = walk(self._root, segments, 0, values)
        if node is None:
            raise NoRoute()
        return node, tuple(decoded(value, raw_path) for value in values)

    def _add(self, route: Route) -> None:
        node, names = self._root, []
        for segment in (self._base + route.path).strip("/").split("/"):
            if segment.startswith("{"):
                name, _, kind = segment[1:-1].partition(":")
                names.append(name)
                if kind == "path":
                    node.rest = node = node.rest or Node()
                else:
                    node.parameter = node = node.parameter or Node()
            else:
                node = node.literal.setdefault(segment.encode(), Node())
        if route.method in node.routes or node.names not in ((), tuple(names)):
            raise ValueError(f"two routes for {route.method} {route.path}")
        node.routes[route.method] = route
        node.names = tuple(names)


def walk(node: Node, segments: list[bytes], index: int, values: list[bytes]) -> Node | None:
    """The node at the end of the path; a literal segment wins over a parameter."""
    if index == len(segments):
        return node if node.routes else None
    segment = segments[index]
    if (child := node.literal.get(segment)) is not None:
        if (found := walk(child, segments, index + 1, values)) is not None:
            return found
    if node.parameter is not None:
        values.append(segment)
        if (found := walk(node.parameter, segments, index + 1, values)) is not None:
            return found
        values.pop()
    if node.rest is not None:
        values.append(b"/".join(segments[index:]))
        return node.rest
    return None


def decoded(segment: bytes, path: bytes) -> str:
    """A path segment as text. Bytes that are not UTF-8 name nothing."""
    try:
        return (unquote_to_bytes(segment) if b"%" in segment else segment).decode()
    except UnicodeDecodeError:
        raise InvalidIdentifier(path=path.decode("latin-1")) from None
