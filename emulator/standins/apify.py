"""Apify: runs of actors that find what a fixture file says, and their datasets.

A run has finished when it is first looked at. Any API token will do, but there has to be one.
"""

import re
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from emulator.standins.apify_errors import (
    ApifyError,
    BadInput,
    BadValue,
    NotBuilt,
    NoToken,
    PageNotFound,
)
from emulator.standins.apify_fixtures import Items, actors, items_of, limit_of
from emulator.standins.apify_runs import FINISHED, Run, Runs
from emulator.standins.standin import Asgi, Place
from emulator.wire.body import Receive
from emulator.wire.call import Scope
from emulator.wire.stream import Send

MAX_INPUT_BYTES = 9 * 1024**2
MAX_LIMIT = 250_000

Handler = Callable[[Request], Awaitable[Response]]


class Apify:
    """One account's part of Apify."""

    def __init__(self, place: Place) -> None:
        self._directory = place.settings.apify_fixtures
        self._runs = Runs(place.clock, place.ids)

    async def list_actors(self, request: Request) -> Response:
        known = [actor_json(one) for one in actors(self._directory)]
        return page(known, request)

    async def get_actor(self, request: Request) -> Response:
        actor = actor_of(request)
        items_of(actor, self._directory)
        return data(actor_json(actor))

    async def start(self, request: Request) -> Response:
        run = await self._start(request)
        waits = integer(request, "waitForFinish", 0) > 0
        return data(run.json(FINISHED if waits else "READY"), 201)

    async def run_sync(self, request: Request) -> Response:
        """The output of a run, which is nothing: these actors fill datasets only."""
        await self._start(request)
        return Response(status_code=201)

    async def run_sync_items(self, request: Request) -> Response:
        run = await self._start(request)
        return items(run.items, request, 201)

    async def list_runs(self, request: Request) -> Response:
        actor = actor_of(request) if "actor" in request.path_params else None
        return page([run.json() for run in self._runs.all(actor)], request)

    async def last_run(self, request: Request) -> Response:
        return data(self._runs.last(actor_of(request)).json())

    async def last_items(self, request: Request) -> Response:
        return items(self._runs.last(actor_of(request)).items, request)

    async def get_run(self, request: Request) -> Response:
        return data(self._run(request).json())

    async def run_dataset(self, request: Request) -> Response:
        return data(self._run(request).dataset_json())

    async def run_items(self, request: Request) -> Response:
        return items(self._run(request).items, request)

    async def run_log(self, request: Request) -> Response:
        run = self._run(request)
        return Response(f"{run.actor}: {len(run.items)} items\n", media_type="text/plain")

    async def list_datasets(self, request: Request) -> Response:
        return page([run.dataset_json() for run in self._runs.all()], request)

    async def get_dataset(self, request: Request) -> Response:
        return data(self._dataset(request).dataset_json())

    async def dataset_items(self, request: Request) -> Response:
        return items(self._dataset(request).items, request)

    async def record(self, request: Request) -> Response:
        body, kind = self._runs.record(request.path_params["store"], request.path_params["key"])
        return Response(body, media_type=kind)

    async def me(self, request: Request) -> Response:
        return data({"id": "cftwin00000000000", "username": "cloudflare-twin"})

    def _run(self, request: Request) -> Run:
        return self._runs.get(request.path_params["run"])

    def _dataset(self, request: Request) -> Run:
        return self._runs.with_dataset(request.path_params["dataset"])

    async def _start(self, request: Request) -> Run:
        actor = actor_of(request)
        found = items_of(actor, self._directory)
        body = await input_of(request)
        given = parsed(body)
        limit = limit_of(given.get("maxItems"), integer(request, "maxItems", 0))
        kind = request.headers.get("content-type", "application/json")
        return self._runs.start(actor, found[:limit], body, kind)


def create_app(place: Place) -> Asgi:
    apify = Apify(place)
    rows: tuple[tuple[str, str, Handler], ...] = (
        ("GET", "/v2/users/me", apify.me),
        ("GET", "/v2/acts", apify.list_actors),
        ("GET", "/v2/acts/{actor}", apify.get_actor),
        ("POST", "/v2/acts/{actor}/runs", apify.start),
        ("GET", "/v2/acts/{actor}/runs", apify.list_runs),
        ("GET", "/v2/acts/{actor}/runs/last", apify.last_run),
        ("GET", "/v2/acts/{actor}/runs/last/dataset/items", apify.last_items),
        ("POST", "/v2/acts/{actor}/run-sync", apify.run_sync),
        ("POST", "/v2/acts/{actor}/run-sync-get-dataset-items", apify.run_sync_items),
        ("GET", "/v2/acts/{actor}/run-sync-get-dataset-items", apify.run_sync_items),
        ("GET", "/v2/actor-runs", apify.list_runs),
        ("GET", "/v2/actor-runs/{run}", apify.get_run),
        ("GET", "/v2/actor-runs/{run}/dataset", apify.run_dataset),
        ("GET", "/v2/actor-runs/{run}/dataset/items", apify.run_items),
        ("GET", "/v2/actor-runs/{run}/log", apify.run_log),
        ("GET", "/v2/logs/{run}", apify.run_log),
        ("GET", "/v2/datasets", apify.list_datasets),
        ("GET", "/v2/datasets/{dataset}", apify.get_dataset),
        ("GET", "/v2/datasets/{dataset}/items", apify.dataset_items),
        ("GET", "/v2/key-value-stores/{store}/records/{key}", apify.record),
    )
    app = Starlette(
        routes=[Route(path, known(handler), methods=[method]) for method, path, handler in rows],
        exception_handlers={ApifyError: refused, HTTPException: no_such_page},
    )

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "path": with_tilde(scope["path"])}, receive, send)

    return front


# An actor's name has a tilde or, as some send it, a slash; `actors` is the newer word.
ACTOR = re.compile(
    r"/v2/(?:acts|actors)/(?P<user>[^/~]+)/(?!(?:runs|run-sync|run-sync-get-dataset-items)(?:/|$))"
)


def with_tilde(path: str) -> str:
    path = ACTOR.sub(r"/v2/acts/\g<user>~", path, count=1)
    return re.sub(r"^/v2/actors(?=/|$)", "/v2/acts", path)


def known(handler: Handler) -> Handler:
    """The handler, for who has a token: in a header, or in the query."""

    async def handle(request: Request) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        given = token if scheme.lower() == "bearer" else request.query_params.get("token")
        if not given:
            raise NoToken()
        return await handler(request)

    return handle


def actor_of(request: Request) -> str:
    return str(request.path_params["actor"])


def actor_json(actor: str) -> dict[str, Any]:
    user, _, name = actor.partition("~")
    return {"id": actor, "name": name, "username": user, "isPublic": True}


async def input_of(request: Request) -> bytes:
    """The run's input; clients compress it. Raises `BadInput`."""
    body = await request.body()
    encoding = request.headers.get("content-encoding", "identity").lower()
    if encoding == "gzip":
        try:
            body = zlib.decompressobj(wbits=31).decompress(body, MAX_INPUT_BYTES + 1)
        except zlib.error as error:
            raise BadInput(f"The input cannot be unzipped: {error}") from None
    elif encoding != "identity":
        raise NotBuilt(f"Content-Encoding {encoding} is not implemented by Cloudflare Twin")
    if len(body) > MAX_INPUT_BYTES:
        raise BadInput(f"The input is larger than {MAX_INPUT_BYTES} bytes")
    return body


def parsed(body: bytes) -> dict[str, Any]:
    """The input as JSON; a run without one has an empty one. Raises `BadInput`."""
    try:
        given = orjson.loads(body) if body else {}
    except orjson.JSONDecodeError as error:
        raise BadInput(f"Input is not valid JSON: {error}") from None
    return given if isinstance(given, dict) else {}


def integer(request: Request, name: str, default: int) -> int:
    """A number of the query, not below 0. Raises `BadValue`."""
    text = request.query_params.get(name)
    if text is None or text == "":
        return default
    if not text.isdecimal() or len(text) > 9:
        raise BadValue(f'Value of the parameter "{name}" has to be a non-negative integer')
    return int(text)


def flag(request: Request, name: str) -> bool:
    return request.query_params.get(name, "").lower() in ("1", "true")


def data(value: object, status: int = 200) -> Response:
    return json({"data": value}, status)


def json(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    kind = "application/json; charset=utf-8"
    return Response(orjson.dumps(value), status, headers, media_type=kind)


def page(rows: list[dict[str, Any]], request: Request) -> Response:
    """One page of a list, with what the clients count by."""
    offset, limit = integer(request, "offset", 0), integer(request, "limit", 1_000) or 1_000
    desc = flag(request, "desc")
    chosen = (rows[::-1] if desc else rows)[offset : offset + limit]
    return data(
        {
            "total": len(rows),
            "count": len(chosen),
            "offset": offset,
            "limit": limit,
            "desc": desc,
            "items": chosen,
        }
    )


def items(found: Items, request: Request, status: int = 200) -> Response:
    """A dataset's items: `offset`, `limit`, `desc`, `fields`, `omit`; as JSON or its lines."""
    offset, limit = integer(request, "offset", 0), integer(request, "limit", 0) or MAX_LIMIT
    desc = flag(request, "desc")
    chosen = (found[::-1] if desc else found)[offset : offset + limit]
    chosen = [shaped(item, request) for item in chosen]
    headers = {
        "x-apify-pagination-total": str(len(found)),
        "x-apify-pagination-offset": str(offset),
        "x-apify-pagination-count": str(len(chosen)),
        "x-apify-pagination-limit": str(limit),
        "x-apify-pagination-desc": str(desc).lower(),
    }
    format = request.query_params.get("format", "json")
    if format == "jsonl":
        lines = b"".join(orjson.dumps(item) + b"\n" for item in chosen)
        return Response(lines, status, headers, media_type="application/x-ndjson")
    if format != "json":
        raise NotBuilt(f"The format {format} is not implemented by Cloudflare Twin")
    return json(chosen, status, headers)


def shaped(item: dict[str, Any], request: Request) -> dict[str, Any]:
    wanted, unwanted = request.query_params.get("fields"), request.query_params.get("omit")
    if wanted:
        item = {name: item[name] for name in wanted.split(",") if name in item}
    if unwanted:
        item = {name: item[name] for name in item if name not in unwanted.split(",")}
    return item


async def refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApifyError)
    return json({"error": {"type": error.type, "message": str(error)}}, error.status)


async def no_such_page(request: Request, error: Exception) -> Response:
    return await refused(request, PageNotFound())
