"""Uploads: whatever a file claims to be, it comes back in a way that no browser runs."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from emulator.leaks.actors import Actor
from emulator.leaks.attacks.attacker import Attacker
from emulator.leaks.attacks.betraying import INJECTED
from emulator.leaks.observations import NOBODY, Severity
from emulator.leaks.settings import Spec
from emulator.leaks.wire import Exchange

RULE = "attack/active-content"
ACTIVE = re.compile(
    r"(?i)html|svg|javascript|ecmascript|/xml|\+xml|x-shockwave|text/x-component|multipart/x-mixed"
)
SCRIPT = "<script>alert(document.domain)</script>"
PNG = "89504e470d0a1a0a"


@dataclass(frozen=True, slots=True)
class File:
    name: str
    type: str
    text: str
    hex: str = ""

    @property
    def told(self) -> Mapping[str, str]:
        return {"name": self.name, "type": self.type, "text": self.text, "hex": self.hex}


XHTML = f'<html xmlns="http://www.w3.org/1999/xhtml"><head>{SCRIPT}</head></html>'
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">{SCRIPT}</svg>'
PDF = "%PDF-1.4\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n%%EOF"
FILES = (
    File("page.html", "text/html", f"<html>{SCRIPT}</html>"),
    File("picture.svg", "image/svg+xml", SVG),
    File("page.xhtml", "application/xhtml+xml", XHTML),
    File("page.xml", "text/xml", XHTML),
    File("letter.pdf", "application/pdf", PDF),
    # Named and begun like a picture, and called a page.
    File("picture.png", "text/html", SCRIPT, PNG),
    File("picture.png", "image/svg+xml", SVG),
    File("picture.png", "image/png; charset=utf-8, text/html", SCRIPT, PNG),
    File("picture.png", f"text/html\r\n{INJECTED}: yes", SCRIPT, PNG),
    File("picture.html.png", "TEXT/HTML;x=1", SCRIPT, PNG),
)
NAMES = (
    f"a%0d%0a{INJECTED}: yes.png", f"a\\r\\n{INJECTED}: yes.png",
    f"a\u560d\u560a{INJECTED}: yes.png",
    'a\\"; filename=evil.html; x=\\".png', "a%22; filename=evil.html.png", "../../evil.png",
    "..%2f..%2fevil.png", "a\0.html.png", "x" * 300 + ".png", ".png", "a;b.png",
    "\u202egnp.html.png",
)  # fmt: skip


def attack(attacker: Attacker, spec: Spec) -> None:
    if not spec.files:
        return
    names = (File(name, "image/png", "x", PNG) for name in NAMES)
    for file in (*FILES, *names):
        asked = replace(
            spec, files={name: file.told for name in spec.files}, form=form_of(spec, file)
        )
        stored = attacker.ask(asked, where=f"the file {file.name[:40]!r}")
        if stored.is_served:
            for shown in shown_by(attacker, spec):
                judge(attacker, spec, shown, file)


def form_of(spec: Spec, file: File) -> Mapping[str, str]:
    """Fields that name the file are given its name."""
    return {name: file.name.replace("\0", "") if "{marker}" in text else text
            for name, text in spec.form.items()}  # fmt: skip


def shown_by(attacker: Attacker, spec: Spec) -> Iterator[tuple[Spec, Actor]]:
    """Routes that give a file back, and who asks them."""
    settings = attacker.stage.settings
    for one in settings.called:
        kinds = ",".join(one.ids.values()).split(",")
        if one.route.reads and spec.makes and spec.makes in kinds:
            yield one, attacker.user
    for probe in settings.active:
        if settings.specs[probe["upload"]].name == spec.name:
            yield settings.specs[probe["shown"]], Actor(NOBODY)


def judge(attacker: Attacker, spec: Spec, shown: tuple[Spec, Actor], file: File) -> None:
    reader, actor = shown
    exchange = attacker.stage.ask(actor, reader, holder=attacker.user)
    attacker.judge(reader, exchange, where=f"the file {file.name[:40]!r}")
    # JSON that tells of the file is not the file.
    if not exchange.is_served or "json" in exchange.header("content-type"):
        return
    if problem := problem_of(exchange):
        severity, message = problem
        told = f"{file.name[:40]!r} sent as {file.type[:40]!r} is served by {reader.name} {message}"
        attacker.report(RULE, spec, told, exchange, "file", severity, actor.name)


def problem_of(exchange: Exchange) -> tuple[Severity, str] | None:
    """What is wrong with the headers of a file that may hold script."""
    kind, disposition = exchange.header("content-type"), exchange.header("content-disposition")
    is_saved = disposition.lower().startswith("attachment")
    is_guessed = exchange.header("x-content-type-options").lower() != "nosniff"
    is_boxed = "sandbox" in exchange.header("content-security-policy")
    # Without what stands in quotes, where a name may say anything.
    if re.search(r"(?i)filename=evil", re.sub(r'"(?:[^"\\]|\\.)*"', '""', disposition)):
        return Severity.WARNING, f"with a name that its sender put into a header: {disposition}"
    if is_saved:
        return (Severity.NOTE, "without nosniff") if is_guessed else None
    if ACTIVE.search(kind) and not is_boxed:
        return Severity.ERROR, f"as {kind}, to be shown and not saved"
    if is_guessed:
        return Severity.WARNING, f"as {kind or 'nothing'} without nosniff: a browser may guess"
    return None
