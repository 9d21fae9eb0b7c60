"""A running twin, as the command line speaks to it: its control plane, its API, its tails."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import orjson

from emulator.ready import FILE_NAME
from emulator.workers.tails import line_of

Json = dict[str, Any]


class NoTwin(Exception):
    """Nothing runs there, or it refuses what it was asked."""


def told(state: Path) -> Json:
    """What the twin on a data directory has told of itself. Raises `NoTwin`."""
    path = state / FILE_NAME
    if not path.is_file():
        raise NoTwin(f"no twin runs on {state}; start one with 'cftwin up'")
    found: Json = json.loads(path.read_bytes())
    return found


class RunningTwin:
    """Methods raise `NoTwin`."""

    def __init__(self, state: Path, account_id: str | None = None) -> None:
        ready = told(state)
        self._account_id = account_id or ready["account_id"]
        self._base = ready["api"].removesuffix("/client/v4")
        self._headers = {"Authorization": f"Bearer {ready['api_token']}"}

    def logs(self, script: str | None, limit: int) -> list[Json]:
        asked: dict[str, str | int] = {"account_id": self._account_id, "limit": limit}
        if script is not None:
            asked["script"] = script
        lines: list[Json] = self._ask("GET", "/_twin/logs", params=asked)["lines"]
        return lines

    def run_cron(self, script: str, cron: str | None, time: float | None) -> Json:
        asked = {"account_id": self._account_id, "script": script, "cron": cron, "time": time}
        return self._ask("POST", "/_twin/cron", json=asked)

    def crons(self) -> list[Json]:
        asked = {"account_id": self._account_id}
        found: list[Json] = self._ask("GET", "/_twin/cron", params=asked)["schedules"]
        return found

    def tail(self, script: str, filters: list[Json]) -> Iterator[Json]:
        """Trace events as they happen, until the twin ends the tail."""
        from websockets.exceptions import ConnectionClosed
        from websockets.sync.client import connect
        from websockets.typing import Subprotocol

        place = f"/client/v4/accounts/{self._account_id}/workers/scripts/{script}/tails"
        made = self._ask("POST", place, json={"filters": filters})["result"]
        try:
            with connect(made["url"], subprotocols=[Subprotocol("trace-v1")], proxy=None) as socket:
                for message in socket:
                    yield orjson.loads(message)
        except ConnectionClosed:
            return
        finally:
            with suppress(NoTwin):  # it may have ended before
                self._ask("DELETE", f"{place}/{made['id']}")

    def _ask(self, method: str, path: str, **options: Any) -> Json:
        try:
            with httpx.Client(base_url=self._base, timeout=120, trust_env=False) as client:
                answer = client.request(method, path, headers=self._headers, **options)
        except httpx.TransportError as error:
            raise NoTwin(f"no twin answers at {self._base}: {error}") from None
        if not answer.is_success:
            raise NoTwin(reason_in(answer))
        found: Json = answer.json()
        return found


def reason_in(answer: httpx.Response) -> str:
    try:
        errors = answer.json()["errors"]
        return "; ".join(error["message"] for error in errors)
    except (ValueError, KeyError, TypeError):
        return f"the twin answered {answer.status_code}"


def pretty(event: Mapping[str, Any]) -> Iterator[str]:
    """A trace event as lines for people."""
    happened = event.get("event") or {}
    outcome = event.get("outcome")
    if request := happened.get("request"):
        status = (happened.get("response") or {}).get("status", "")
        yield f"{request.get('method')} {request.get('url')} - {outcome} {status}".rstrip()
    elif "cron" in happened:
        yield f'"{happened["cron"]}" - {outcome}'
    else:
        yield f"{happened.get('message') or happened.get('rpcMethod') or 'event'} - {outcome}"
    for entry in event.get("logs") or ():
        yield f"  ({entry.get('level')}) {line_of(entry.get('message'))}"
    for thrown in event.get("exceptions") or ():
        yield f"  {thrown.get('name')}: {thrown.get('message')}"
        for line in str(thrown.get("stack") or "").splitlines():
            yield f"    {line.strip()}"
