"""JobMatch's reference Worker on the twin: a signed-in user's list and search, and its start."""

import json
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit

import httpx

from loadtests.bench.figures import rps, spread
from loadtests.bench.machine import wait_until_quiet
from loadtests.bench.paced import Asked, latencies_ms, p95
from loadtests.bench.process import ROOT, Command, Server, running
from loadtests.bench.report import Part
from loadtests.bench.rounds import Contestant, Stopwatch
from loadtests.bench.session import Session
from loadtests.bench.twin import twin_command
from loadtests.bench.verdict import Verdict, at_least, below
from loadtests.bench.wrk import Load

TITLE = "JobMatch's Worker: 50 users, 5,000 jobs, one user's list of 5,000"
PROJECT = ROOT / "fixtures" / "jobmatch"
USERS = 50
CONNECTIONS = 16
PACED_SECONDS = 5
LIST = "/api/jobs?page=3&limit=20"
# Requests a second, and the p95 in milliseconds that is wanted at that pace.
LIST_PACE, LIST_P95 = 40, 25
SEARCH_PACE, SEARCH_P95 = 20, 60
LIST_FLOOR = 250
WORDS = ("python backend", "night nurse", "content strategy", "c++", "warehouse shift lead")


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who is signed in. The Worker counts requests by address: each has its own."""

    base: str
    host: str
    token: str
    id: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Host": self.host}

    def list_jobs(self, number: int) -> Asked:
        return Asked("GET", self.base + LIST, self.headers | address(number))

    def search(self, number: int) -> Asked:
        # A text of its own each, so that none is embedded already.
        query = f"{WORDS[number % len(WORDS)]} {number}"
        body = {"query": query, "limit": 20, "searchType": "hybrid"}
        headers = self.headers | address(number)
        return Asked("POST", f"{self.base}/api/jobs/search", headers, body)


def address(number: int) -> dict[str, str]:
    high, low = divmod(number, 250)
    return {"CF-Connecting-IP": f"10.{high // 250}.{high % 250}.{low + 1}"}


def run(session: Session) -> Part:
    with ExitStack() as stack:
        began = perf_counter()
        server = stack.enter_context(running(command(session.directory), session.directory))
        start = perf_counter() - began
        users = [signed_in(server, one) for one in sign_ins(session.directory)]
        ada = users[0]

        def searched(number: int) -> Asked:
            # In turn: the Worker counts a user's searches, too.
            return users[number % len(users)].search(number)

        session.say("searching")
        search = paced_verdict(session, "hybrid search", SEARCH_PACE, SEARCH_P95, searched)
        give_all_jobs(server, ada.id)
        listed = paced_verdict(session, "GET /api/jobs", LIST_PACE, LIST_P95, ada.list_jobs)
        watch = Stopwatch(CONNECTIONS, session.stopwatch.seconds, session.stopwatch.rounds)
        headers = {**ada.headers, "CF-Connecting-IP": "10.9.<byte>.<byte>"}
        load = Load("GET", LIST, headers=headers)
        edge = replace(server, port=urlsplit(ada.base).port or 0)
        cells = watch.compare("GET /api/jobs", [Contestant("twin", edge, load)], session.say)
    rate = at_least("GET /api/jobs, saturated", LIST_FLOOR, "requests/s", rps(cells[0].samples))
    ready = below("ready with the medium seed and three environments", 90, "s", spread([start]))
    return Part(TITLE, tuple(cells), (listed, rate, search, ready))


def paced_verdict(
    session: Session, name: str, pace: int, ceiling: int, request: Callable[[int], Asked]
) -> Verdict:
    """The p95 of each round at a steady pace."""
    taken = []
    for number in range(session.stopwatch.rounds):
        first, count = number * PACED_SECONDS * pace, PACED_SECONDS * pace
        wait_until_quiet()
        taken.append(p95(latencies_ms([request(first + one) for one in range(count)], pace)))
        session.say(f"{name}, {pace} a second: p95 {taken[-1]:.1f} ms")
    return below(f"{name}, p95 at {pace} requests a second", ceiling, "ms", spread(taken))


def command(directory: Path) -> Command:
    state = directory / "jobmatch"
    shutil.rmtree(state, ignore_errors=True)
    config = ("--config", str(PROJECT / "wrangler.toml"), "--env", "*")
    return twin_command("twin", *config, "--seed", "medium", "--state", str(state))


def sign_ins(directory: Path) -> list[dict[str, str]]:
    """Address and password of everybody who owns jobs."""
    [path] = directory.glob("jobmatch/**/auth/users.jsonl")
    users = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [{name: one[name] for name in ("email", "password")} for one in users[:USERS]]


def signed_in(server: Server, sign_in: dict[str, str]) -> User:
    ready = json.loads(server.line)
    answer = httpx.post(
        f"{ready['supabase']}/auth/v1/token?grant_type=password",
        json=sign_in,
        headers={"apikey": ready["supabase_anon_key"]},
        trust_env=False,
    ).raise_for_status()
    session = answer.json()
    host = urlsplit(ready["scripts"]["jobmatch-ai-dev"]).netloc
    return User(ready["edge"], host, session["access_token"], session["user"]["id"])


def give_all_jobs(server: Server, user_id: str) -> None:
    """One user owns all jobs from now on."""
    ready = json.loads(server.line)
    httpx.post(
        f"{ready['api']}/accounts/{ready['account_id']}/d1/database/jobmatch-dev/query",
        headers={"Authorization": f"Bearer {ready['api_token']}"},
        json={"sql": "UPDATE jobs SET user_id = ?, is_archived = 0", "params": [user_id]},
        timeout=60,
        trust_env=False,
    ).raise_for_status()
