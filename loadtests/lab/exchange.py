"""One operation under way: the requests it takes, how long they took, and whether all is right."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from loadtests.lab.twin import near

OK = (200, 201, 204)
SHOWN = 120


class Wrong(Exception):
    """An answer is not what was asked for; the text is short and has no id in it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` 0: there was none, and `error` says why."""

    status: int
    content: bytes
    headers: Mapping[str, str]
    milliseconds: float
    error: str = ""

    def json(self) -> Any:
        try:
            return orjson.loads(self.content)
        except orjson.JSONDecodeError:
            raise Wrong(f"{self.status}: no JSON") from None


Send = Callable[[str, str, dict[str, str], bytes | None], Answer]


@dataclass(slots=True)
class Exchange:
    """`rows`: how many more are stored than before, by what was acknowledged; `is_hit`: whether
    a cache had the answer, where one was asked.
    """

    send: Send
    edge: str = ""
    milliseconds: float = 0.0
    bytes: int = 0
    rows: int = 0
    is_hit: bool | None = field(default=None)

    def ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: Any = None,
        expect: tuple[int, ...] = OK,
    ) -> Answer:
        """`body` is bytes as they are, or JSON. Raises `Wrong`."""
        url, more = near(self.edge, url)
        sent = {**headers, **more}
        if body is not None and not isinstance(body, bytes):
            body = orjson.dumps(body)
            sent.setdefault("content-type", "application/json")
        answer = self.send(method, url, sent, body)
        self.milliseconds += answer.milliseconds
        self.bytes += len(answer.content)
        if answer.status not in expect:
            raise Wrong(told(answer))
        return answer


def told(answer: Answer) -> str:
    if not answer.status:
        return answer.error[:SHOWN] or "no answer"
    return f"{answer.status} {reason(answer)}".strip()[:SHOWN]


def reason(answer: Answer) -> str:
    """The code or message of the refusal, as any of the sides has it."""
    try:
        body = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        return ""
    if not isinstance(body, dict):
        return ""
    errors = body.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        return f"{errors[0].get('code')} {errors[0].get('message')}"
    return str(body.get("code") or body.get("message") or body.get("error") or "")
