"""Paths, methods and headers that say the same in another way must not get past the door."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

from emulator.leaks.actors import Actor
from emulator.leaks.attacks.attacker import Attacker
from emulator.leaks.attacks.betraying import INJECTED, members
from emulator.leaks.attacks.bodies import plain_call
from emulator.leaks.calls import Call
from emulator.leaks.observations import NOBODY, Severity
from emulator.leaks.settings import Spec
from emulator.leaks.wire import Exchange

# Routes below the same segments are guarded alike: the first one is tried in all ways.
AREA = 3
ALWAYS = ("a slash at the end", "capitals", "headers of a trusted proxy", "HEAD")
OVERRIDES = ("x-http-method-override", "x-http-method", "x-method-override")
REWRITES = ("x-original-url", "x-rewrite-url", "x-forwarded-uri", "x-forwarded-path")
TRUSTED = {
    "x-forwarded-for": "127.0.0.1", "x-real-ip": "127.0.0.1", "x-forwarded-host": "localhost",
    "x-forwarded-proto": "https", "forwarded": "for=127.0.0.1;host=localhost",
    "x-client-ip": "127.0.0.1",
}  # fmt: skip
BREAKS = (
    f"%0d%0a{INJECTED}:%20yes",
    f"%0a{INJECTED}:%20yes",
    f"%E5%98%8D%E5%98%8A{INJECTED}:%20yes",
)
ODD_IDS = (
    "%00", "%ff%fe", "%2e%2e%2f%2e%2e%2f", "%252e%252e%252f", "..%5c..%5c", "%c0%ae%c0%ae%2f", "%",
    "*", "9" * 400, "x" * 4_000, "%E2%80%AE",
)  # fmt: skip
ODD_QUERIES = (
    "limit=-1", "limit=1e9", "limit=NaN", "limit=0x10", "limit[]=1", "limit=%00",
    "limit=%ff", "limit=1&limit=2", "offset=-1", "offset=99999999999999999999", "page=-1",
    "page=1.5",
    "cursor=%ff", "cursor=AAAA", "[]=1",
    "=", "&&&", "%=1", "__proto__[a]=1",
)  # fmt: skip


def attack(attacker: Attacker, spec: Spec) -> None:
    if spec.variant:
        return
    if not spec.public:
        without_token(attacker, spec)
    odd_targets(attacker, spec)
    reader = attacker.stage.settings.specs.get(f"GET {spec.route.path}")
    if spec.route.method == "DELETE" and reader is not None:
        overrides(attacker, spec, reader)


def without_token(attacker: Attacker, spec: Spec) -> None:
    """None of them is served to nobody, whatever the route's own check is tied to."""
    nobody, plain = Actor(NOBODY), plain_call(attacker, spec)
    ways = (*tricks(plain), *rewrites(attacker, plain))
    area = "/".join(spec.route.path.split("/")[:AREA])
    if area in attacker.areas:
        ways = tuple(way for way in ways if way[0] in ALWAYS)
    attacker.areas.add(area)
    for name, call in ways:
        exchange = attacker.send(spec, call, user=nobody, where=f"path: {name}")
        if is_open(attacker, exchange):
            message = f"{name}: served without a token ({exchange.status})"
            attacker.report(
                "attack/path-bypass", spec, message, exchange, f"path: {name}", actor=NOBODY
            )


def is_open(attacker: Attacker, exchange: Exchange) -> bool:
    """Served, and not with what is there for everybody."""
    if not exchange.is_served:
        return False
    told = members(exchange)
    is_public = told is None or told in attacker.open_forms
    return exchange.request.method == "HEAD" or not is_public


def tricks(plain: Call) -> Iterator[tuple[str, Call]]:
    path, mark, query = plain.target.partition("?")
    head, _, last = path.rpartition("/")
    first = f"%{ord(last[0]):02x}{last[1:]}" if last else ""
    ways = {
        "a slash at the end": f"{path}/",
        "two slashes": f"{head}//{last}",
        "two slashes before all": f"/{path}",
        "a dot segment": f"{head}/%2e/{last}",
        "a way back": f"{head}/x/%2e%2e/{last}",
        "an encoded way back": f"{head}/x%2f%2e%2e%2f{last}",
        "encoded twice": f"{head}%252f{last}",
        "an encoded slash": f"{head}%2f{last}",
        "an encoded letter": f"{head}/{first}",
        "capitals": path.upper(),
        "a parameter": f"{path};x=1",
        "a parameter's way back": f"{head}/x/..;/{last}",
        "a blank at the end": f"{path}%20",
        "NUL at the end": f"{path}%00",
        "an ending": f"{path}.json",
        "a backslash": f"{head}%5c{last}",
        "an encoded question mark": f"{path}%3f",
    }
    for name, way in ways.items():
        # Or a host is what is altered.
        if way.startswith("/"):
            yield name, Call(plain.method, way + mark + query, plain.headers, plain.body)
    yield "headers of a trusted proxy", replace(plain, headers={**plain.headers, **TRUSTED})
    if plain.method == "GET":
        yield "HEAD", replace(plain, method="HEAD")


def rewrites(attacker: Attacker, plain: Call) -> Iterator[tuple[str, Call]]:
    """An open route's path, and another one in a header."""
    called = attacker.stage.settings.called
    public = [one for one in called if one.public and one.route.reads and not one.route.variables]
    for spec in public[:1]:
        told = {**dict.fromkeys(REWRITES, plain.target), **dict.fromkeys(OVERRIDES, plain.method)}
        headers = {**plain.headers, **told}
        yield "a path in a header", Call("GET", spec.route.path, headers)
        if plain.method != "GET":
            yield "a method in a header", Call("GET", plain.target, headers)


def odd_targets(attacker: Attacker, spec: Spec) -> None:
    """Ids and queries that are no text, and line breaks that would begin a header."""
    plain = plain_call(attacker, spec)
    for name in spec.route.variables:
        own = quote(attacker.id_of(spec, spec.ids.get(name, "")), safe="")
        for odd in (*ODD_IDS, *BREAKS):
            target = plain.target.replace(own, odd, 1)
            call = replace(plain, target=target)
            attacker.send(spec, call, where=f"path {name}")
    if spec.route.reads:
        for odd in BREAKS if spec.route.variables else (*BREAKS, *ODD_QUERIES):
            mark = "&" if "?" in plain.target else "?"
            target = f"{plain.target}{mark}{odd if '=' in odd else f'next={odd}'}"
            attacker.send(spec, replace(plain, target=target), where="query")


def overrides(attacker: Attacker, spec: Spec, reader: Spec) -> None:
    """What is only read must still be there."""
    plain = plain_call(attacker, reader)
    asked = replace(plain, headers=dict.fromkeys(OVERRIDES, "DELETE"))
    if not attacker.send(reader, plain).is_served:
        return
    for call in (asked, replace(asked, method="POST"), with_query(plain)):
        exchange = attacker.send(reader, call, where="method override")
        if attacker.send(reader, plain).status == 404:
            message = f"a header or a member of the query turns {call.method} into DELETE"
            attacker.report(
                "attack/method-override", spec, message, exchange, "method override",
                Severity.WARNING,
            )  # fmt: skip
            return


def with_query(plain: Call) -> Call:
    mark = "&" if "?" in plain.target else "?"
    return replace(plain, method="POST", target=f"{plain.target}{mark}_method=DELETE")
