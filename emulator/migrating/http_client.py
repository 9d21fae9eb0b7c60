"""HTTP as a migration needs it: patient with what passes, exact about what is refused."""

from collections.abc import Callable, Mapping
from threading import Event
from typing import Any

import httpx

TRIES = 4
PASSING = frozenset({429, 500, 502, 503, 504})
TIMEOUT_SECONDS = 120


class Refusal(Exception):
    """The other side said no; the text is what it said."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{text} ({status})" if status else text)
        self.status = status


class Unreachable(Exception):
    """Nobody answers, or only that it cannot now."""


def client(base_url: str, headers: Mapping[str, str]) -> httpx.Client:
    return httpx.Client(
        base_url=base_url, headers=dict(headers), timeout=TIMEOUT_SECONDS, trust_env=True
    )


def ask(http: httpx.Client, method: str, path: str, **options: Any) -> httpx.Response:
    """The answer, tried again while that may help. Raises `Refusal`, `Unreachable`."""
    said = ""
    for attempt in range(TRIES):
        if attempt:
            Event().wait(0.5 * 3**attempt)
        try:
            response = http.request(method, path, **options)
        except httpx.TransportError as error:
            said = str(error) or type(error).__name__
            continue
        if response.is_success:
            return response
        said = reason(response)
        # D1 answers 500 to some statements that will never do.
        if response.status_code not in PASSING or is_final(response):
            raise Refusal(response.status_code, said)
    raise Unreachable(said)


def patiently(work: Callable[[], None]) -> None:
    """Do it, again while that may help. Raises what `work` raises."""
    for attempt in range(1, TRIES + 1):
        try:
            return work()
        except (Refusal, Unreachable) as error:
            passing = isinstance(error, Unreachable) or error.status in PASSING
            if not passing or attempt == TRIES:
                raise
        # R2 takes one write of a key each second.
        Event().wait(0.5 * 3 ** (attempt - 1))


def result(response: httpx.Response) -> Any:
    """What Cloudflare's envelope holds. Raises `Refusal` for an answer that is none of its."""
    return envelope(response)["result"]


def envelope(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict) or "result" not in body:
        raise Refusal(response.status_code, f"{response.url.host} is not Cloudflare's API")
    return body


def is_final(response: httpx.Response) -> bool:
    return response.status_code == 500 and "SQLITE" in response.text


def reason(response: httpx.Response) -> str:
    """What an answer says is wrong, whoever gave it."""
    try:
        body = response.json()
    except ValueError:
        return response.text[:300] or response.reason_phrase
    if isinstance(body, dict):
        errors = body.get("errors")
        if isinstance(errors, list) and errors and isinstance(errors[0], dict):
            return "; ".join(str(one.get("message")) for one in errors)
        for name in ("message", "msg", "error"):
            if isinstance(body.get(name), str):
                return str(body[name])
    return response.text[:300]
