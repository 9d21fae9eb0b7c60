"""Bodies that are too large, malformed, or of other types than are asked for."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from emulator.leaks.attacks.aiming import put, texts
from emulator.leaks.attacks.attacker import Attacker
from emulator.leaks.calls import BOUNDARY, Call, Filling, Slot, call_of
from emulator.leaks.observations import Severity
from emulator.leaks.settings import Spec

MIB = 1024 * 1024
DEEP = 20_000
JSON, FORM = "application/json", f"multipart/form-data; boundary={BOUNDARY}"
# For each text of a body; the first one is given the others as well.
VALUES: tuple[Any, ...] = ({}, ["a"], 2**63, "a\0b", "\ud800")
MORE: tuple[Any, ...] = (None, True, -1, 1.5, 2**200, "", " ", [[]], {"$gt": ""})


@dataclass(frozen=True, slots=True)
class Body:
    """`rule` is what serving it breaks; nothing where an API may take it."""

    name: str
    data: bytes
    type: str = JSON
    rule: str = ""
    encoding: str = ""


def attack(attacker: Attacker, spec: Spec) -> None:
    if spec.route.method in ("GET", "DELETE") or spec.variant:
        return
    plain = plain_call(attacker, spec)
    for body in bodies_of(spec, plain):
        headers = {"content-type": body.type} if body.type else {}
        if body.encoding:
            headers["content-encoding"] = body.encoding
        call = Call(plain.method, plain.target, headers, body.data)
        exchange = attacker.send(spec, call, where=f"body: {body.name}")
        if exchange.is_served and body.rule:
            severity = Severity.WARNING if body.rule == "attack/malformed-body" else Severity.NOTE
            message = f"a body is served that is {body.name}"
            attacker.report(body.rule, spec, message, exchange, f"body: {body.name}", severity)


def plain_call(attacker: Attacker, spec: Spec) -> Call:
    """The route as it is meant, with ids of the user's."""

    def id_of(slot: Slot) -> str:
        return attacker.id_of(spec, slot.kind)

    user = attacker.user
    return call_of(spec, Filling(id_of, lambda place: "plainword", user.id, user.email, "plain"))


def bodies_of(spec: Spec, plain: Call) -> Iterator[Body]:
    if spec.files:
        yield from multipart_of(plain.body)
    elif isinstance(spec.body, dict):
        yield from of_other_types(spec, plain)
        yield from malformed(plain.body)


def malformed(plain: bytes) -> Iterator[Body]:
    broken, large = "attack/malformed-body", "attack/oversized-body"
    first = next(iter(json.loads(plain)), "a")
    yield Body("empty", b"", rule=broken)
    yield Body("cut short", plain[:-1], rule=broken)
    yield Body("no JSON", b"{not json}", rule=broken)
    # JavaScript's way to read text puts U+FFFD for it.
    yield Body("not UTF-8", plain.replace(b"plainword", b"\xff\xfe\xc0\x80"))
    for constant in ("NaN", "-Infinity"):
        yield Body(constant, with_first(plain, first, constant), rule=broken)
    yield Body("a number beyond all", with_first(plain, first, "1e999"))
    yield Body("a list", b"[" + plain + b"]", rule=broken)
    yield Body("a text", b'"text"', rule=broken)
    yield Body("null", b"null", rule=broken)
    yield Body("two documents", plain + plain, rule=broken)
    yield Body("deep lists", with_first(plain, first, "[" * DEEP + "]" * DEEP))
    yield Body("deep objects", b'{"a":' * DEEP + b"1" + b"}" * DEEP)
    yield Body("a member twice", with_first(plain, first, '"a"'))
    yield Body("a prototype", with_first(plain, "__proto__", '{"admin":true}'))
    yield Body("with a byte order mark", b"\xef\xbb\xbf" + plain)
    yield Body("UTF-16", plain.decode().encode("utf-16"), rule=broken)
    # Spaces between tokens are JSON, so that only its size can be wrong.
    yield Body("above 1 MiB", plain[:-1] + b" " * (MIB + 1 - len(plain)) + b"} "[:1], rule=large)
    yield Body("of a megabyte of digits", with_first(plain, first, "9" * (MIB - 4096)))
    yield Body("packed with gzip", gzip.compress(plain), encoding="gzip")
    yield Body("said to be packed", plain, encoding="gzip")
    yield Body("a packed bomb", gzip.compress(b" " * (8 * MIB)), encoding="gzip", rule=broken)
    for kind in ("", "text/plain", "application/x-www-form-urlencoded", FORM, "x" * 300):
        yield Body(f"said to be {kind[:40] or 'nothing'}", plain, kind)


def with_first(plain: bytes, name: str, value: str) -> bytes:
    """One more member before the others; as it is there twice, either may count."""
    return b"{" + f"{json.dumps(name)}: {value}, ".encode() + plain[1:]


def of_other_types(spec: Spec, plain: Call) -> Iterator[Body]:
    """Each text of a body, as everything that is no text or no good one."""
    told = json.loads(plain.body)
    for number, (steps, _) in enumerate(texts(spec.body)):
        for value in VALUES if number else (*VALUES, *MORE):
            where = ".".join(map(str, steps))
            name = f"{where} as {json.dumps(value)[:20]}"
            yield Body(name, json.dumps(put(told, steps, value)).encode())


def multipart_of(plain: bytes) -> Iterator[Body]:
    """Forms that end early, have no end, or are none."""
    broken, mark = "attack/malformed-body", f"--{BOUNDARY}".encode()
    yield Body("empty", b"", FORM, broken)
    yield Body("a form without a boundary", plain, "multipart/form-data", broken)
    yield Body("a form with another boundary", plain, "multipart/form-data; boundary=other", broken)
    yield Body("a form cut in its head", plain[: plain.index(b"\r\n") + 12], FORM, broken)
    yield Body("a form without its end", plain[: plain.rindex(mark) - 2], FORM)
    yield Body("a form cut in its file", plain[: plain.rindex(mark) - 6], FORM)
    yield Body("no form", b'{"file": "a"}', JSON, broken)
    yield Body("a part without a name",
               mark + b"\r\ncontent-disposition: form-data\r\n\r\nx\r\n" + mark + b"--\r\n",
               FORM, broken)  # fmt: skip
    yield Body("a head of 100 kB", mark + b"\r\nx: " + b"a" * 100_000 + b"\r\n\r\n" + plain, FORM)
    part = mark + b'\r\ncontent-disposition: form-data; name="a"\r\n\r\nb\r\n'
    yield Body("of 2,000 parts", part * 2_000 + plain, FORM)
    yield Body("a boundary of 5,000 letters", plain, f"multipart/form-data; boundary={'b' * 5000}",
               broken)  # fmt: skip
    yield Body("packed with gzip", gzip.compress(plain), FORM, encoding="gzip")
