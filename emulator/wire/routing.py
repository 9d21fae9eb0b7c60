"""Routes and how a request finds one: a tree of path segments, walked once.

Segments are matched as they arrive and each is decoded once, so `a%2Fb` is one segment
with a slash in it. Empty segments do not count: `//accounts` is `/accounts`. The cost of
a look-up is the number of segments, whatever the number of routes.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from emulator.core.errors import (
    CloudflareError,
    InvalidIdentifier,
    MethodNotAllowed,
    NoRoute,
    NotPermitted,
)
from emulator.wire.call import Call
from emulator.wire.reply import Reply

Handler = Callable[[Call], Awaitable[Reply]]

MEGABYTE = 1_048_576


@dataclass(frozen=True, slots=True)
class Route:
    """One operation: where it is, what it is called, who may call it, how it refuses.

    `permission` is `product:read` or `product:write`; None needs no more than a known
    credential, and `public` not even that. `on_failure` is what `result` holds in a
    refusal. `wrong_account` is what a token of another account is told.
    """

    method: str
    path: str
    name: str
    handler: Handler
    permission: str | None = None
    public: bool = False
    max_body_bytes: int = MEGABYTE
    wrong_account: type[CloudflareError] = NotPermitted
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

    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = Node()
        self.routes: tuple[Route, ...] = tuple(routes)
        for route in self.routes:
            self._add(route)

    def match(self, method: str, raw_path: bytes) -> tuple[Route, dict[str, str]]:
        """The route and its decoded parameters; raises the refusal Cloudflare would."""
        segments = [segment for segment in raw_path.split(b"/") if segment]
        values: list[bytes] = []
        node = walk(self._root, segments, 0, values)
        if node is None:
            raise NoRoute()
        route = node.routes.get(method)
        if route is None:
            raise MethodNotAllowed()
        return route, dict(zip(node.names, (decode(v, raw_path) for v in values), strict=True))

    def _add(self, route: Route) -> None:
        node, names = self._root, []
        for segment in route.path.strip("/").split("/"):
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


def decode(segment: bytes, raw_path: bytes) -> str:
    """A path segment as text; bytes that are not UTF-8 name nothing."""
    try:
        return (unquote_to_bytes(segment) if b"%" in segment else segment).decode()
    except UnicodeDecodeError:
        raise InvalidIdentifier(path=raw_path.decode("latin-1")) from None
