"""What an answer says of its tokens, in each provider's words, streamed or whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite

import orjson

MAX_TOKENS = 2**53
# A line of a stream that is longer is not looked into.
MAX_LINE_BYTES = 1_048_576


@dataclass(frozen=True, slots=True)
class Usage:
    """`neurons` is Workers AI's own measure, None elsewhere."""

    tokens_in: int = 0
    tokens_out: int = 0
    neurons: float | None = None


NOTHING = Usage()


def usage_of(body: bytes) -> Usage:
    """The usage of a whole answer; nothing where it says nothing."""
    if b'"usage"' not in body:
        return NOTHING
    try:
        return usage_in(orjson.loads(body))
    except orjson.JSONDecodeError:
        return NOTHING


def usage_in(answer: object) -> Usage:
    # OpenAI and Anthropic, Workers AI's envelope, OpenAI's and Anthropic's streams.
    for part in parts_of(answer):
        usage = part.get("usage")
        if isinstance(usage, dict):
            neurons = number(usage.get("neurons"))
            return Usage(
                whole(usage.get("prompt_tokens") or usage.get("input_tokens")),
                whole(usage.get("completion_tokens") or usage.get("output_tokens")),
                neurons,
            )
    return NOTHING


def parts_of(answer: object) -> Iterator[dict[str, object]]:
    if isinstance(answer, dict):
        yield answer
        for name in ("result", "response", "message"):
            if isinstance(part := answer.get(name), dict):
                yield part


def number(value: object) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        if isfinite(value) and 0 <= value <= MAX_TOKENS:
            return float(value)
    return None


def whole(value: object) -> int:
    return int(number(value) or 0)


class StreamUsage:
    """Reads a stream of events along and remembers the highest counts it has told."""

    def __init__(self) -> None:
        self._line = b""
        self._skipping = False
        self.usage = NOTHING

    def feed(self, chunk: bytes) -> None:
        *lines, rest = (self._line + chunk).split(b"\n")
        for line in lines:
            if not self._skipping:
                self._read(line)
            self._skipping = False
        self._skipping = self._skipping or len(rest) > MAX_LINE_BYTES
        self._line = b"" if self._skipping else rest

    def _read(self, line: bytes) -> None:
        if not line.startswith(b"data:"):
            return
        told = usage_of(line[5:])
        if told is not NOTHING:
            known = self.usage
            self.usage = Usage(
                max(known.tokens_in, told.tokens_in),
                max(known.tokens_out, told.tokens_out),
                max(known.neurons or 0.0, told.neurons or 0.0) or None,
            )
