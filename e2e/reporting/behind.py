"""What happened behind a case's requests, as far as the twin that they went to can tell.

The ray of an answer names the edge's event, and with it the span of time in which its request
was served. What the twin notes in that span, or after it and before the next request's, belongs
to the request: exactly so if nobody else uses the Worker meanwhile, and otherwise it is said.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from e2e.exchanges import Exchange
from e2e.reporting.bodies import Shown, cut, pretty
from e2e.reporting.masking import Mask
from e2e.target import Json, Target

EVENTS = 5_000
LINES = 1_000
# Of each list the report has the newest.
KEPT = 200
CHARACTERS = 4_000


@dataclass(frozen=True, slots=True)
class Trace:
    """One thing that happened. `request`: the number of the one that it belongs to; `late`: its
    answer was given by then. `milliseconds` since that request began.
    """

    kind: str
    request: int
    milliseconds: float
    late: bool
    title: str
    text: Shown
    bad: bool = False


@dataclass(frozen=True, slots=True)
class Behind:
    """`others`: how many requests of others the Worker has served meanwhile; `shared`: which of
    the case's own were served at the same time as another of them.
    """

    traces: tuple[Trace, ...]
    others: int
    shared: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Span:
    number: int
    start: float
    end: float


def behind(target: Target, exchanges: Sequence[Exchange], mask: Mask) -> Behind | None:
    """None if no request of the case has reached the twin. Raises `httpx.HTTPError`."""
    assert target.control is not None
    account = {"account_id": target.account_id}
    script = {**account, "script": target.worker}
    ask = asking(target.control)
    events = ask("events", "events", limit=EVENTS, **account)
    spans = spans_of(exchanges, events)
    if not spans:
        return None
    calls = ask("outbox", "calls", limit=KEPT, **script)
    mails = ask("inbox", "mails", limit=KEPT, **account)
    # Last: a line may come a moment after the answer.
    lines = ask("logs", "lines", limit=LINES, **script)
    told = Told(spans, mask)
    traces = [
        *told.of(lines, line_trace),
        *told.of([one for one in events if one["door"] == "binding"], binding_trace),
        *told.of(calls, call_trace),
        *told.of(mails, mail_trace),
    ]
    ordered = sorted(traces, key=lambda one: (one.request, one.milliseconds))
    elsewhere = others(events, spans, exchanges, target.worker)
    return Behind(tuple(ordered), elsewhere, tuple(shared(spans)))


def asking(control: httpx.Client) -> Callable[..., list[Json]]:
    def ask(what: str, member: str, **params: Any) -> list[Json]:
        answer = control.get(f"/_twin/{what}", params=params).raise_for_status()
        found: list[Json] = answer.json()[member]
        return found

    return ask


def spans_of(exchanges: Sequence[Exchange], events: Iterable[Json]) -> list[Span]:
    by_ray = {event["ray"]: event for event in events if event["door"] == "edge"}
    found = [
        Span(number, began(by_ray[ray]), by_ray[ray]["at"])
        for number, one in enumerate(exchanges)
        if (ray := one.headers.get("cf-ray")) in by_ray
    ]
    return sorted(found, key=lambda span: span.start)


def began(event: Json) -> float:
    """An event is of the moment when it was over."""
    at: float = event["at"]
    milliseconds: float = event.get("milliseconds", 0.0)
    return at - milliseconds / 1000


def others(
    events: Iterable[Json], spans: Sequence[Span], exchanges: Sequence[Exchange], worker: str
) -> int:
    """How many requests of others the Worker has served meanwhile."""
    own = {one.headers.get("cf-ray") for one in exchanges}
    return sum(
        event["door"] == "edge"
        and (event["detail"] or {}).get("script") == worker
        and event["at"] >= spans[0].start
        and event["ray"] not in own
        and event["method"] != "OPTIONS"
        for event in events
    )


def shared(spans: Sequence[Span]) -> Iterator[int]:
    for span in spans:
        if any(one.start < span.end and span.start < one.end for one in spans if one != span):
            yield span.number


class Told:
    """Puts what the twin tells where it belongs."""

    def __init__(self, spans: Sequence[Span], mask: Mask) -> None:
        self._spans = spans
        self._starts = [span.start for span in spans]
        self._mask = mask

    def of(
        self, found: Iterable[Json], tell: Callable[[Json], tuple[str, float, str, str, bool]]
    ) -> list[Trace]:
        told = [self._trace(*tell(one)) for one in found]
        return sorted(
            (one for one in told if one is not None),
            key=lambda one: (one.request, one.milliseconds),
        )[-KEPT:]

    def _trace(self, kind: str, at: float, title: str, text: str, bad: bool) -> Trace | None:
        place = bisect_right(self._starts, at) - 1
        if place < 0:
            return None
        span = self._spans[place]
        masked = self._mask.text(text[: 4 * CHARACTERS])
        return Trace(
            kind,
            span.number,
            round((at - span.start) * 1000, 1),
            at > span.end,
            self._mask.text(title),
            cut(masked, len(text), len(text) <= 4 * CHARACTERS, CHARACTERS),
            bad,
        )


def line_trace(line: Json) -> tuple[str, float, str, str, bool]:
    level = str(line["level"])
    return "log", line["at"], level, str(line["text"]), level in ("error", "warn")


def binding_trace(event: Json) -> tuple[str, float, str, str, bool]:
    """D1's statements; of the other bindings what was called."""
    detail: Mapping[str, Any] = event["detail"] or {}
    failed = event["status"] >= 400 and event["status"] != 404
    title = f"{event['operation']} · {event['milliseconds']:.1f} ms"
    if "sql" in detail:
        if "rows_read" in detail:
            title += f" · {detail['rows_read']} rows read, {detail['rows_written']} written"
        return "d1", began(event), title, statements(detail), failed
    facts = "".join(f"\n{name}: {value}" for name, value in detail.items())
    return (
        "binding",
        began(event),
        title,
        f"{event['method']} {event['path']} → {event['status']}{facts}",
        failed,
    )


def statements(detail: Mapping[str, Any]) -> str:
    """With their parameters, where the twin tells of them."""
    params = detail.get("params") or [None] * len(detail["sql"])
    return ";\n".join(
        f"{sql}\n-- {given}" if given else str(sql)
        for sql, given in zip(detail["sql"], params, strict=False)
    )


def call_trace(call: Json) -> tuple[str, float, str, str, bool]:
    title = f"{call['method']} {call['url']} → {call['status']} by {call['answered_by']}"
    bodies = [pretty(call[part]["text"]) for part in ("body", "answer") if call[part]["text"]]
    refused = call["answered_by"] == "refused" or call["status"] >= 500
    return "outbox", call["at"], title, "\n\n".join(bodies), refused


def mail_trace(mail: Json) -> tuple[str, float, str, str, bool]:
    title = f"to {mail['to']}: {mail['subject']}"
    return "inbox", mail["at"], title, str(mail["text"] or mail["html"]), False
