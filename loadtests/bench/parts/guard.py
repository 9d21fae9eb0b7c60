"""What the tenancy audit costs: a point read of D1 with it off and while it observes."""

import json
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from loadtests.bench.api import SELECT, Api
from loadtests.bench.corpus import ITEMS, fill_items
from loadtests.bench.figures import cpu_ratio, rps_ratio
from loadtests.bench.peers import Peers, PeersAbsent, find_peers
from loadtests.bench.process import Command, Server, running
from loadtests.bench.report import Part
from loadtests.bench.rounds import Cell, Contestant
from loadtests.bench.session import Session
from loadtests.bench.twin import open_account, twin_command
from loadtests.bench.verdict import Verdict, less_than_percent_more
from loadtests.bench.wrk import Load

TITLE = "The tenancy audit: D1 point SELECT while it observes, against off"
ROWS = 10_000
MOST_PERCENT = 10
HOST = "reads.twin.workers.localhost"
WORKER = f"""export default {{ async fetch(request, env) {{
  const id = new URL(request.url).searchParams.get("id");
  return Response.json(await env.DB.prepare({json.dumps(SELECT)}).bind(id).first());
}} }};""".encode()


@dataclass(frozen=True, slots=True)
class Filled:
    """A twin with rows, and with a Worker that reads them."""

    server: Server
    api: Api

    @property
    def edge(self) -> Server:
        port = urlsplit(json.loads(self.server.line)["edge"]).port
        assert port is not None
        return replace(self.server, port=port)


def run(session: Session) -> Part:
    try:
        peers = find_peers()
    except PeersAbsent as absent:
        return Part(TITLE, not_run=str(absent))
    with ExitStack() as stack:
        twins = []
        for mode in ("off", "observe"):
            directory = session.directory / "guard" / mode
            directory.mkdir(parents=True)
            command = twin(peers, directory, mode)
            twins.append(filled(session, stack.enter_context(running(command, directory))))
        cells = [
            *compare(session, "REST", twins, lambda one: (one.server, one.api.point_select(ROWS))),
            *compare(session, "binding, edge", twins, lambda one: (one.edge, read(one))),
        ]
    pairs = (cells[:2], cells[2:])
    return Part(TITLE, tuple(cells), tuple(verdict for pair in pairs for verdict in judge(*pair)))


def twin(peers: Peers, directory: Path, mode: str) -> Command:
    """With workerd where it is looked for."""
    (directory / "node_modules").symlink_to(peers.modules)
    command = twin_command(f"audit {mode}", "--state", "state")
    return replace(command, environment={**command.environment, "CFTWIN_GUARD_MODE": mode})


def filled(session: Session, server: Server) -> Filled:
    session.say(f"filling {server.name}")
    api = open_account(server)
    api.execute(ITEMS)
    fill_items(api, 1, ROWS)
    upload(server, api)
    return Filled(server, api)


def upload(server: Server, api: Api) -> None:
    url = f"http://127.0.0.1:{server.port}{api.base}/workers/scripts/reads"
    binding = {"type": "d1", "name": "DB", "id": api.database}
    metadata = {
        "main_module": "reads.js",
        "compatibility_date": "2026-01-01",
        "bindings": [binding],
    }
    files: dict[str, tuple[str | None, str | bytes, str]] = {
        "metadata": (None, json.dumps(metadata), "application/json"),
        "reads.js": ("reads.js", WORKER, "application/javascript+module"),
    }
    httpx.put(url, files=files, headers=api.headers, timeout=60).raise_for_status()
    turned = httpx.post(f"{url}/subdomain", json={"enabled": True}, headers=api.headers)
    turned.raise_for_status()


def read(one: Filled) -> Load:
    return Load("GET", "/?id=<id>", headers={"Host": HOST}, rows=ROWS)


def compare(
    session: Session,
    door: str,
    twins: Iterable[Filled],
    asked: Callable[[Filled], tuple[Server, Load]],
) -> tuple[Cell, ...]:
    contestants = [Contestant(one.server.name, *asked(one)) for one in twins]
    return session.stopwatch.compare(f"D1 point SELECT, {door}", contestants, session.say)


def judge(off: Cell, on: Cell) -> list[Verdict]:
    more, slower = cpu_ratio(off.samples, on.samples), rps_ratio(off.samples, on.samples)
    return [
        less_than_percent_more(f"{on.operation}, CPU while observing", MOST_PERCENT, more),
        less_than_percent_more(f"{on.operation}, time while observing", MOST_PERCENT, slower),
    ]
