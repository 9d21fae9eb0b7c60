"""What a case has asked its target, and what it was answered."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from e2e.contract import route_of

# In a request's extensions: whose it is.
PERSON = "e2e.person"


@dataclass(frozen=True, slots=True)
class Exchange:
    """`at`: when it was asked, in epoch seconds; `seconds` until the answer was there. `person`:
    who asked, as the case calls them. `route` is None for a path that is not in the contract.
    """

    at: float
    seconds: float
    method: str
    url: str
    path: str
    route: str | None
    person: str
    request_headers: Mapping[str, str]
    request_body: bytes
    status: int
    headers: Mapping[str, str]
    body: bytes


class Exchanges:
    """Of one case, in their order. `hooks` go into a client."""

    def __init__(self) -> None:
        self._all: list[Exchange] = []
        self.hooks: dict[str, list[Callable[..., Any]]] = {
            "request": [reading],
            "response": [self._note],
        }

    def __iter__(self) -> Iterator[Exchange]:
        return iter(tuple(self._all))

    def __len__(self) -> int:
        return len(self._all)

    @property
    def last(self) -> Exchange | None:
        return self._all[-1] if self._all else None

    def _note(self, response: httpx.Response) -> None:
        response.read()
        request, seconds = response.request, response.elapsed.total_seconds()
        path = request.url.raw_path.decode().partition("?")[0]
        self._all.append(
            Exchange(
                at=datetime.now(UTC).timestamp() - seconds,
                seconds=seconds,
                method=request.method,
                url=str(request.url),
                path=path,
                route=route_of(request.method, path),
                person=str(request.extensions.get(PERSON, "")),
                request_headers=dict(request.headers),
                request_body=request.content,
                status=response.status_code,
                headers=dict(response.headers),
                body=response.content,
            )
        )


def reading(request: httpx.Request) -> None:
    """So that its body can be told of afterwards."""
    request.read()
