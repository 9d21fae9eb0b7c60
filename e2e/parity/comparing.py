"""Where the answers of two targets to the same cases differ.

A difference names the route, what was recorded, what the other target answered, and the kind:
`missing` and `extra` are seen from the record.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from e2e.parity.answers import Answer
from e2e.parity.masks import Json, type_of
from e2e.parity.record import About, Case, Record

KINDS = ("missing", "extra", "type", "value")


@dataclass(frozen=True, slots=True)
class Found:
    """A difference within one answer. A `field` is `status`, `header x`, `body`, `request`, or a
    path of the body, which begins with `$`.
    """

    field: str
    recorded: Json
    other: Json
    kind: str


@dataclass(frozen=True, slots=True)
class Difference:
    """`request`: which of the case's, counted from 1."""

    case: str
    request: int
    route: str
    field: str
    recorded: Json
    other: Json
    kind: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """`apart`: why a case could not be compared. `failed`: cases whose own checks failed here."""

    recorded: About
    other: About
    alike: Sequence[str]
    differences: Sequence[Difference]
    apart: Mapping[str, str]
    failed: Sequence[str]

    @property
    def compared(self) -> int:
        return len(self.alike) + len(self.unlike)

    @property
    def note(self) -> str:
        """What to know before reading on."""
        if self.recorded.environment == self.other.environment:
            return ""
        return (
            "Two environments: only development has `stack` in refusals and an index at /api, and"
            " each says its name at /health."
        )

    @property
    def unlike(self) -> Sequence[str]:
        return sorted({one.case for one in self.differences})


def compare(recorded: Record, other: Record) -> Comparison:
    """Of the cases that have run on the other target."""
    apart = {name: why for name in other.cases if (why := why_apart(name, recorded, other))}
    both = sorted(name for name in other.cases if name not in apart)
    found = [
        difference
        for name in both
        for difference in differences(name, recorded.cases[name], other.cases[name])
    ]
    unlike = {one.case for one in found}
    alike = [name for name in both if name not in unlike]
    failed = [name for name in both if other.cases[name].outcome == "failed"]
    return Comparison(recorded.about, other.about, alike, found, apart, failed)


def why_apart(name: str, recorded: Record, other: Record) -> str:
    before, now = recorded.cases.get(name), other.cases[name]
    if now.outcome == "skipped":
        return now.reason or "skipped"
    if now.outcome == "failed" and not now.answers:
        return "failed before it was answered anything"
    if before is None:
        return "not in the record"
    if before.outcome == "passed":
        return ""
    return f"{before.outcome} when it was recorded{f': {before.reason}' if before.reason else ''}"


def differences(name: str, recorded: Case, other: Case) -> Iterator[Difference]:
    for at, before, now in aligned(recorded.answers, other.answers):
        answer = now if before is None else before
        assert answer is not None
        for found in between(before, now):
            yield Difference(
                name, at, answer.route, found.field, found.recorded, found.other, found.kind
            )


def aligned(
    recorded: Sequence[Answer], other: Sequence[Answer]
) -> Iterator[tuple[int, Answer | None, Answer | None]]:
    """Answers to the same request, side by side; None where one side did not ask it."""
    before, now = ([(one.route, one.person) for one in side] for side in (recorded, other))
    matcher = SequenceMatcher(None, before, now, autojunk=False)
    for tag, start, end, start_other, end_other in matcher.get_opcodes():
        if tag == "equal":
            pairs = zip(recorded[start:end], other[start_other:end_other], strict=True)
            yield from ((at, *pair) for at, pair in enumerate(pairs, start + 1))
            continue
        yield from ((at + 1, recorded[at], None) for at in range(start, end))
        yield from ((at + 1, None, other[at]) for at in range(start_other, end_other))


def between(recorded: Answer | None, other: Answer | None) -> Iterator[Found]:
    """An answer of another status is another answer: no more is told of it."""
    if recorded is None or other is None:
        yield requested(recorded, other)
    elif recorded.status != other.status:
        yield Found("status", recorded.status, other.status, "value")
    else:
        yield from between_headers(recorded.headers, other.headers)
        if recorded.kind != other.kind:
            yield Found("body", recorded.kind, other.kind, "type")
        else:
            yield from between_values("$", recorded.body, other.body)


def requested(recorded: Answer | None, other: Answer | None) -> Found:
    before, now = (None if one is None else one.status for one in (recorded, other))
    return Found("request", before, now, "missing" if now is None else "extra")


def between_headers(recorded: Mapping[str, str], other: Mapping[str, str]) -> Iterator[Found]:
    for name in sorted({*recorded, *other}):
        before, now = recorded.get(name), other.get(name)
        if before != now:
            kind = "missing" if now is None else "extra" if before is None else "value"
            yield Found(f"header {name}", before, now, kind)


def between_values(path: str, recorded: Json, other: Json) -> Iterator[Found]:
    if type_of(recorded) != type_of(other):
        yield Found(path, recorded, other, "type")
    elif isinstance(recorded, dict) and isinstance(other, dict):
        yield from between_members(path, recorded, other)
    elif isinstance(recorded, list) and isinstance(other, list):
        yield from between_items(path, recorded, other)
    elif recorded != other and type_of(recorded) not in ("list", "object"):
        yield Found(path, recorded, other, "value")


def between_members(
    path: str, recorded: Mapping[str, Json], other: Mapping[str, Json]
) -> Iterator[Found]:
    for name in {**recorded, **other}:
        inner = f"{path}.{name}"
        if name not in other:
            yield Found(inner, recorded[name], None, "missing")
        elif name not in recorded:
            yield Found(inner, None, other[name], "extra")
        else:
            yield from between_values(inner, recorded[name], other[name])


def between_items(path: str, recorded: Sequence[Json], other: Sequence[Json]) -> Iterator[Found]:
    for at, (before, now) in enumerate(zip(recorded, other, strict=False)):
        yield from between_values(f"{path}[{at}]", before, now)
    common = min(len(recorded), len(other))
    for at in range(common, len(recorded)):
        yield Found(f"{path}[{at}]", recorded[at], None, "missing")
    for at in range(common, len(other)):
        yield Found(f"{path}[{at}]", None, other[at], "extra")
