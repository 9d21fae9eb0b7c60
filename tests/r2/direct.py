"""The S3 door asked without an HTTP client between: lies about lengths, and leaving early."""

from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from emulator import Twin
from emulator.app import create_s3
from tests.r2.signing import HOST

Message = MutableMapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was sent back; nothing to a client that has gone."""

    sent: list[Message]

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def body(self) -> bytes:
        return b"".join(message["body"] for message in self.sent[1:])

    @property
    def code(self) -> str:
        return self.body.partition(b"<Code>")[2].partition(b"</Code>")[0].decode()


def half_of(body: bytes) -> list[bytes]:
    """The first half, in a few pieces."""
    half = body[: len(body) // 2]
    step = max(1, len(half) // 3)
    return [half[at : at + step] for at in range(0, len(half), step)]


def scope_of(method: str, target: str, headers: Mapping[str, str | bytes]) -> dict[str, Any]:
    """Header values that are text go out as UTF-8, as clients send them."""
    raw_path, _, query = target.encode().partition(b"?")
    named = {"host": HOST} | dict(headers)
    return {
        "type": "http",
        "method": method,
        "path": raw_path.decode("latin-1"),
        "raw_path": raw_path,
        "query_string": query,
        "headers": [
            (name.encode(), value if isinstance(value, bytes) else value.encode())
            for name, value in named.items()
        ],
    }


async def ask(
    twin: Twin,
    method: str,
    target: str,
    headers: Mapping[str, str | bytes],
    chunks: Iterable[bytes] = (),
    *,
    leaves: bool = False,
) -> Answer:
    """What the door does with the request; `leaves`: the client goes behind the last chunk."""
    messages: list[Message] = [
        {"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks
    ]
    last = {"type": "http.disconnect"} if leaves else {"type": "http.request", "body": b""}
    incoming = iter([*messages, last])
    sent: list[Message] = []

    async def receive() -> Message:
        return next(incoming, {"type": "http.disconnect"})

    async def send(message: Message) -> None:
        sent.append(message)

    await create_s3(twin)(scope_of(method, target, headers), receive, send)
    return Answer(sent)
