"""Signed URLs: replayed late, altered, or with another key; and files that a browser would run."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlsplit

from emulator.leaks.actors import Actor
from emulator.leaks.calls import Call
from emulator.leaks.observations import NOBODY, Kind
from emulator.leaks.probes import parsed
from emulator.leaks.settings import Spec
from emulator.leaks.stage import Stage
from emulator.leaks.wire import Exchange

ACTIVE = re.compile(r"(?i)text/html|svg|xhtml|javascript|text/xml|application/xml")
SCRIPT = "<script>{marker}</script>"
PATIENCE_SECONDS = 2.2
Json = Mapping[str, Any]


def signed_urls(stage: Stage) -> None:
    """Nobody opens one that was altered, or that is over."""
    owner, nobody = stage.users[0], Actor(NOBODY)
    for probe in stage.settings.signed:
        spec, shown = stage.settings.specs[probe["route"]], stage.settings.specs[probe["opens"]]
        url = made(stage, owner, spec, probe, str(probe.get("long", 600)))
        short = made(stage, owner, spec, probe, "1")
        if not url or not opened(stage, nobody, shown, url).is_served:
            continue
        kinds = spec.ids[spec.route.variables[0]].split(",")
        keys = [key for kind in kinds for key in stage.holdings.of(owner.name, kind)]
        asked = [altered(url), *(with_key(url, key, other) for key in keys for other in keys)]
        for changed in dict.fromkeys(one for one in asked if one and one != url):
            exchange = opened(stage, nobody, shown, changed)
            if exchange.is_served:
                report(stage, shown, exchange, "a signed URL opens although it was altered")
        if short:
            stage.wire.wait(PATIENCE_SECONDS)
            exchange = opened(stage, nobody, shown, short)
            if exchange.is_served:
                report(stage, shown, exchange, "a signed URL opens after its time")


def made(stage: Stage, owner: Actor, spec: Spec, probe: Json, seconds: str) -> str:
    asked = replace(spec, query={**spec.query, probe["seconds"]: seconds})
    found = parsed(stage.ask(owner, asked), probe["url"])
    return str(found[0]) if found else ""


def opened(stage: Stage, actor: Actor, spec: Spec, url: str) -> Exchange:
    """By the API that is looked at, whatever host the URL names. What is in it, may be seen."""
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    exchange = stage.wire.send("GET", stage.api + target)
    stage.findings.matrix.called(spec.name, actor.name, exchange.status)
    return exchange


def altered(url: str) -> str:
    return url[:-1] + ("0" if url[-1] != "0" else "1")


def with_key(url: str, key: str, other: str) -> str:
    """The same signature for another key."""
    before, after = quote(key, safe=""), quote(other, safe="")
    return url.replace(before, after) if before in url else ""


def report(stage: Stage, spec: Spec, exchange: Exchange, message: str) -> None:
    owner = stage.users[0].name
    stage.findings.add(Kind.SIGNED_URL, spec.name, NOBODY, owner, message, exchange)


def active_content(stage: Stage) -> None:
    """A file that says it is a page must not be shown to others as one."""
    second, nobody = stage.users[1], Actor(NOBODY)
    for probe in stage.settings.active:
        spec, shown = (stage.settings.specs[probe[name]] for name in ("upload", "shown"))
        files = {
            name: {**file, "type": "text/html", "hex": "", "text": SCRIPT}
            for name, file in spec.files.items()
        }
        sent = stage.ask(second, replace(spec, files=files, open=True))
        stage.keep(second, spec, sent)
        exchange = stage.ask(nobody, shown, holder=second)
        if ACTIVE.search(exchange.header("content-type")) and b"<script>" in exchange.body:
            kind = exchange.header("content-type")
            stage.findings.add(
                Kind.MARKER, spec.name, second.name, "everybody",
                f"an uploaded page is served as {kind} by {shown.name}",
                exchange, rule="leak/active-content", request=sent.request, where="body",
            )  # fmt: skip


def outside(stage: Stage, control: str) -> None:
    """Flows by way of a service that a twin stands in for: somebody else's return is not mine."""
    owner, second, _ = stage.users
    for flow in stage.settings.flows:
        start, end = (stage.settings.specs[flow[name]] for name in ("start", "end"))
        for actor, claim in ((owner, ""), (second, owner.id)):
            found = parsed(stage.ask(actor, start), flow["url"])
            if not found:
                continue
            parts = urlsplit(str(found[0]))
            page = f"{control.rstrip('/')}/_outside/{parts.netloc}{parts.path}?{parts.query}"
            aimed = owner.name if claim else ""
            place = f"{end.name}|form"
            words = {
                name: text.replace(
                    "{marker}", stage.markers.new(actor.name, place, aimed_at=aimed).word
                )
                for name, text in flow["form"].items()
            }
            form = "&".join(f"{name}={quote(text, safe='')}" for name, text in words.items())
            kind = {"content-type": "application/x-www-form-urlencoded"}
            back = stage.wire.send("POST", page, kind, form.encode())
            query = urlsplit(back.header("location")).query
            if query:
                claimed = "".join(f"&{name}={claim}" for name in flow["claims"]) if claim else ""
                target = f"{end.route.path}?{query}{claimed}"
                exchange = stage.send(Actor(actor.name), end, Call("GET", target))
                for text in words.values():
                    for marker in stage.markers.in_text(text):
                        marker.request = exchange.request
