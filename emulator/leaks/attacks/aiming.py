"""Every place of a route where text of an attacker's may stand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from emulator.leaks.calls import HOLE, Slot
from emulator.leaks.settings import Spec

SEARCHES = frozenset(("search", "q", "query", "keyword", "keywords", "term", "filter", "text"))
# What lists often take without saying so.
GUESSED = ("search", "q", "filter", "sort", "order", "orderBy", "status", "category")
Steps = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Aim:
    """`place` is `path`, `query`, `body` or `form`, `steps` lead to the text in it. `template` is
    what stands there otherwise; `kind` that of the id which it is.
    """

    spec: Spec
    place: str
    steps: Steps
    template: str = ""
    kind: str = ""

    @property
    def where(self) -> str:
        return f"{self.place} {'.'.join(map(str, self.steps))}"

    @property
    def is_search(self) -> bool:
        if self.spec.makes or self.kind:
            return False
        return "{term}" in self.template or str(self.steps[-1]).lower() in SEARCHES

    @property
    def only_reads(self) -> bool:
        return self.spec.route.reads or (self.spec.route.method == "POST" and self.is_search)

    def loaded(self, text: str) -> tuple[Spec, Mapping[Slot, str]]:
        """The route with a text there, and the ids that are given for it."""
        spec, name = self.spec, str(self.steps[0])
        if self.place == "path":
            return spec, {Slot("path", name, self.kind): text}
        whole = self.around(text)
        if self.place == "query":
            return replace(spec, query={**spec.query, name: whole}), {}
        if self.place == "form":
            return replace(spec, form={**spec.form, name: whole}), {}
        return replace(spec, body=put(spec.body, self.steps, whole)), {}

    def around(self, text: str) -> str:
        """Where a template has a hole, the text stands in it."""
        if "{marker}" in self.template or "{term}" in self.template:
            return self.template.replace("{marker}", text).replace("{term}", text)
        return text


def aims_of(spec: Spec) -> Iterator[Aim]:
    if not spec.variant:
        for name in spec.route.variables:
            kind = spec.ids.get(name, "")
            yield Aim(spec, "path", (name,), kind=kind)
    for name, text in spec.query.items():
        yield Aim(spec, "query", (name,), text, kind_of(text))
    for steps, text in texts(spec.body):
        yield Aim(spec, "body", steps, text, kind_of(text))
    for name, text in spec.form.items():
        yield Aim(spec, "form", (name,), text, kind_of(text))


def guesses_of(spec: Spec) -> tuple[Aim, ...]:
    """Parameters that a list may know besides those that are declared."""
    if not spec.route.reads or spec.variant or spec.route.variables:
        return ()
    return tuple(Aim(spec, "query", (name,)) for name in GUESSED if name not in spec.query)


def kind_of(template: str) -> str:
    found = HOLE.fullmatch(template)
    return found[1][3:] if found and found[1].startswith("id:") else ""


def texts(node: Any, steps: Steps = ()) -> Iterator[tuple[Steps, str]]:
    """Every text within a body; of a list the first member stands for all."""
    if isinstance(node, str) and steps:
        yield steps, node
    elif isinstance(node, dict):
        for name, one in node.items():
            yield from texts(one, (*steps, name))
    elif isinstance(node, list) and node:
        yield from texts(node[0], (*steps, 0))


def put(node: Any, steps: Steps, value: Any) -> Any:
    """A copy with another value at a place."""
    if not steps:
        return value
    first, *rest = steps
    if isinstance(node, list):
        return [put(one, tuple(rest), value) if place == first else one
                for place, one in enumerate(node)]  # fmt: skip
    return {**node, first: put(node.get(first), tuple(rest), value)}
