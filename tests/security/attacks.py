"""The attack table: who asks, as what, and what has to hold. The tests cross it with all routes.

A credential or a browser's mark is crossed with every route of a listener; the rest are requests
by themselves. Each row is refused, in the product's own words, and nothing has changed.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from emulator.core.errors import (
    CloudflareError,
    InvalidIdentifier,
    MalformedAuthorization,
    MissingCredentials,
    NotPermitted,
)
from emulator.wire.routing import Route
from tests.security.stage import Stage

Headers = Mapping[str, str]
Refusal = type[CloudflareError]
FORGED = "f" * 40


class Credential(NamedTuple):
    """What a caller shows. `refusal` is None for routes that it says nothing about."""

    name: str
    headers: Callable[[Stage], Headers]
    refusal: Callable[[Route], Refusal | None]


def bearer(token: str) -> Headers:
    return {"Authorization": f"Bearer {token}"}


def always(refusal: Refusal) -> Callable[[Route], Refusal | None]:
    return lambda route: refusal


def unknown(route: Route) -> Refusal:
    return route.unknown_token


def of_another_account(route: Route) -> Refusal | None:
    if "{zone_id}" in route.path:
        return InvalidIdentifier
    return route.wrong_account if "{account_id}" in route.path else None


def without_permission(route: Route) -> Refusal | None:
    """A zone that one may not use looks like one that nobody has."""
    if route.permission is None:
        return None
    return InvalidIdentifier if "{zone_id}" in route.path else NotPermitted


def without_write(route: Route) -> Refusal | None:
    return without_permission(route) if (route.permission or "").endswith(":write") else None


CREDENTIALS = (
    Credential("no token", lambda stage: {}, always(MissingCredentials)),
    Credential(
        "another scheme",
        lambda stage: {"Authorization": f"Basic {stage.owner}"},
        always(MalformedAuthorization),
    ),
    Credential(
        "no scheme", lambda stage: {"Authorization": stage.owner}, always(MalformedAuthorization)
    ),
    Credential(
        "two tokens",
        lambda stage: bearer(f"{stage.owner} {stage.owner}"),
        always(MalformedAuthorization),
    ),
    Credential("a forged token", lambda stage: bearer(FORGED), unknown),
    Credential("a token and more", lambda stage: bearer(stage.owner + "0"), unknown),
    Credential("most of a token", lambda stage: bearer(stage.owner[:-1]), unknown),
    Credential("a token's id", lambda stage: bearer(stage.account_id), unknown),
    Credential(
        "a forged global key",
        lambda stage: {"X-Auth-Email": "ada@example.com", "X-Auth-Key": stage.owner},
        unknown,
    ),
    Credential("another account's token", lambda stage: bearer(stage.stranger), of_another_account),
    Credential(
        "a token without the scope", lambda stage: bearer(stage.powerless), without_permission
    ),
    Credential("a token that only reads", lambda stage: bearer(stage.reader), without_write),
)


class Disguise(NamedTuple):
    """Another's resource, so written that a check and a look-up might read it differently."""

    name: str
    path: Callable[[Stage, str], str]


def below(prefix: str) -> Callable[[Stage, str], str]:
    """`{own}` is the caller's account, `{theirs}` the owner's."""

    def path(stage: Stage, rest: str) -> str:
        names = {"own": stage.stranger_id, "theirs": stage.account_id}
        shouted = {"SHOUTED": stage.account_id.upper()}
        return f"/client/v4{prefix.format(**names, **shouted)}{rest}"

    return path


DISGUISES = (
    Disguise("two slashes", below("//accounts//{theirs}")),
    Disguise("dot segments", below("/accounts/{own}/../{theirs}")),
    Disguise("encoded dot segments", below("/accounts/{own}/%2e%2e/{theirs}")),
    Disguise("an encoded slash", below("/accounts/{own}%2F..%2F{theirs}")),
    Disguise("an encoded first letter", below("/%61ccounts/{theirs}")),
    Disguise("upper case", below("/accounts/{SHOUTED}")),
    Disguise("a zero byte", below("/accounts/{theirs}%00{own}")),
    Disguise("a semicolon", below("/accounts/{theirs};{own}")),
    Disguise("a trailing space", below("/accounts/{theirs}%20")),
    Disguise("two accounts", below("/accounts/{own},{theirs}")),
    Disguise("the base twice", below("/client/v4/accounts/{theirs}")),
)


class Mark(NamedTuple):
    """What a browser says of where a request is from. `methods` empty: of any."""

    name: str
    headers: Headers
    methods: frozenset[str] = frozenset()


CHANGES = frozenset(("POST", "PUT", "PATCH", "DELETE"))
PLAIN = {"Content-Type": "text/plain"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
EVIL = "http://evil.example"

REBINDINGS = (
    Mark("a domain that leads here", {"Host": "evil.example"}),
    Mark("the same, with the port", {"Host": "evil.example:8788"}),
    Mark("and as its own origin", {"Host": "evil.example:8788", "Origin": f"{EVIL}:8788"}),
    Mark("an address as a domain's label", {"Host": "127.0.0.1.evil.example"}),
    Mark("localhost as a domain's label", {"Host": "localhost.evil.example"}),
    Mark("a domain behind another's name", {"Host": "evil.example#localhost"}),
    Mark("a domain with a final dot", {"Host": "evil.example."}),
    Mark("a domain in upper case", {"Host": "EVIL.EXAMPLE"}),
    Mark("a domain that ends as ours do", {"Host": "evil-localhost.example"}),
    Mark("user and host", {"Host": "localhost@evil.example"}),
)
CROSSINGS = (
    Mark("a page of elsewhere", {"Origin": EVIL}),
    Mark("a page of elsewhere, in secret", {"Origin": "https://evil.example"}),
    Mark("a page without an origin", {"Origin": "null"}),
    Mark("a file", {"Origin": "file://"}),
    Mark("an extension", {"Origin": "chrome-extension://abcdefghijklmnop"}),
    Mark("a page whose name begins as ours", {"Origin": "http://localhost.evil.example"}),
    Mark("a page whose name ends as ours", {"Origin": "http://evil-localhost"}),
    Mark("a page with our name as its user", {"Origin": "http://localhost@evil.example"}),
    Mark("a public address", {"Origin": "http://203.0.113.5"}),
    Mark("a simple request of text", {"Origin": EVIL, **PLAIN}),
    Mark("a form", {"Origin": EVIL, **FORM}),
    Mark("a form without a referrer", {"Origin": "null", **FORM}),
    Mark("an old browser's mark alone", {"Sec-Fetch-Site": "cross-site", **PLAIN}, CHANGES),
)
# Of the control plane alone: what is served on this machine may use stand-ins, but not this.
CONTROL_CROSSINGS = (
    Mark("a Worker's page", {"Origin": "http://shop.twin.workers.localhost:8787"}),
    Mark("another port of this machine", {"Origin": "http://127.0.0.1:3000"}),
    Mark("a picture's address", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}),
)
# What has to go on: clients without a browser, and sites of this machine that call stand-ins.
ALLOWED = (
    Mark("no browser", {}),
    Mark("localhost", {"Host": "localhost:8788"}),
    Mark("an IPv6 address", {"Host": "[::1]:8788"}),
    Mark("an address of the network", {"Host": "192.168.1.5:8788"}),
    Mark("a container's name", {"Host": "twin:8788"}),
    Mark("a container's host", {"Host": "host.docker.internal:8788"}),
    Mark("a name below localhost", {"Host": "api.localhost:8788"}),
    Mark("Cloudflare's own name", {"Host": "api.cloudflare.com"}),
    Mark("a site of Pages", {"Origin": "http://shop.pages.localhost:8787"}),
    Mark("a development server", {"Origin": "http://localhost:5173", **PLAIN}),
    Mark("the same by its address", {"Origin": "http://127.0.0.1:5173"}),
    Mark("a site on the same host", {"Host": "twin:8788", "Origin": "http://twin:8787"}),
    Mark("a link in a mail", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}),
)
