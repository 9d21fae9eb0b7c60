"""What a request goes through on its way to a real deployment, and what is noted of it."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from e2e.contract import ROUTES
from e2e.real.creations import CREATIONS, UNROUTED
from e2e.real.ledger import Ledger, Run, Thing
from e2e.real.pacing import Budget, BudgetSpent, Pacer
from e2e.real.traffic import Traffic
from e2e.real.transport import Guarded
from tests.e2e.clock import Clock

API = "https://api.dev.example.com"
SUPABASE = "https://auth.dev.example.com"
Answer = Callable[[httpx.Request], httpx.Response]


class Deployment:
    """Answers as it is told, behind the traffic's rules."""

    def __init__(self, folder: Path, answer: Answer, budget: int | None = None) -> None:
        self.clock = Clock()
        self.asked: list[httpx.Request] = []
        self.ledger = Ledger(folder / "ledger.jsonl")
        self.ledger.begin(Run(API, SUPABASE, "development", "", "2026-01-01T00:00:00Z"))
        pacer = Pacer(100, self.clock.now, self.clock.wait)
        self.traffic = Traffic(API, SUPABASE, pacer, Budget(budget), self.ledger)
        inner = httpx.MockTransport(lambda request: self.answered(request, answer))
        self.client = httpx.Client(base_url=API, transport=Guarded(inner, self.traffic))

    def answered(self, request: httpx.Request, answer: Answer) -> httpx.Response:
        self.asked.append(request)
        return answer(request)


def always(status: int, body: Any = None, **headers: str) -> Answer:
    return lambda request: httpx.Response(status, json=body, headers=headers)


def bearer(**claims: Any) -> dict[str, str]:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return {"authorization": f"Bearer head.{payload}.signature"}


def test_what_a_request_creates_is_noted_with_the_way_to_delete_it(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path, always(201, {"job": {"id": "j1"}}))

    answer = deployment.client.post("/api/jobs", json={}, headers=bearer(sub="u1"))

    assert answer.json() == {"job": {"id": "j1"}}
    assert answer.elapsed.total_seconds() >= 0
    assert deployment.ledger.left() == [
        Thing("row", "j1", "u1", "/api/jobs/j1"),
        Thing("vector", "job:j1", "u1"),
    ]


def test_a_file_is_known_by_its_key(tmp_path: Path) -> None:
    url = "/api/files/download/users%2Fu1%2Fexports%2Fa%20b.pdf?signature=x"
    deployment = Deployment(tmp_path, always(200, {"downloadUrl": url}))

    deployment.client.post("/api/exports/pdf", headers=bearer(sub="u1"))

    [file] = deployment.ledger.left()
    assert file.id == "users/u1/exports/a b.pdf"
    assert file.path == "/api/files/users%2Fu1%2Fexports%2Fa%20b.pdf"


def test_what_a_case_deletes_itself_is_gone(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path, always(200, {"job": {"id": "j1"}}))

    deployment.client.post("/api/jobs", headers=bearer(sub="u1"))
    deployment.client.delete("/api/jobs/j1", headers=bearer(sub="u1"))

    assert deployment.ledger.left() == []


def test_a_refused_deletion_changes_nothing(tmp_path: Path) -> None:
    deployment = Deployment(
        tmp_path,
        lambda request: httpx.Response(
            404 if request.method == "DELETE" else 201, json={"job": {"id": "j1"}}
        ),
    )

    deployment.client.post("/api/jobs", headers=bearer(sub="u1"))
    deployment.client.delete("/api/jobs/j1", headers=bearer(sub="u2"))

    assert [thing.kind for thing in deployment.ledger.left()] == ["row", "vector"]


def test_somebody_who_signs_up_is_noted_before_and_after(tmp_path: Path) -> None:
    address = "anna@example.com"
    token = bearer(sub="u1", session_id="s1")["authorization"].removeprefix("Bearer ")
    session = {"access_token": token, "user": {"id": "u1", "email": address}}
    before: list[Thing] = []

    def answer(request: httpx.Request) -> httpx.Response:
        before.extend(deployment.ledger.left())
        return httpx.Response(200, json=session)

    deployment = Deployment(tmp_path, answer)
    deployment.client.post(f"{SUPABASE}/auth/v1/signup", json={"email": address})

    assert before == [Thing("address", address)]
    assert deployment.ledger.left() == [
        Thing("user", "u1", "u1"),
        Thing("data", "u1", "u1"),
        Thing("session", "s1", "u1"),
    ]


def test_a_refused_sign_up_leaves_an_address_to_look_for(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path, always(500))

    deployment.client.post(f"{SUPABASE}/auth/v1/admin/users", json={"email": "a@example.com"})

    assert deployment.ledger.left() == [Thing("address", "a@example.com")]


def test_a_counter_is_noted_once_by_its_route(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path, always(404, **{"x-ratelimit-reset": "2026-01-01"}))

    for job in ("j1", "j2"):
        deployment.client.post(f"/api/jobs/{job}/analyze", headers=bearer(sub="u1"))

    [counter] = deployment.ledger.left()
    assert counter.id == "rate:user:u1:POST:/api/jobs/:id/analyze"


def test_too_many_requests_are_waited_out(tmp_path: Path) -> None:
    answers = iter([httpx.Response(429, headers={"retry-after": "37"}), httpx.Response(200)])
    deployment = Deployment(tmp_path, lambda request: next(answers))

    answer = deployment.client.post("/api/jobs/search", json={"query": "x"})

    assert answer.status_code == 200
    assert deployment.clock.waits == [37.0]
    assert [json.loads(request.content) for request in deployment.asked] == [{"query": "x"}] * 2


def test_nobody_waits_for_ever(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path, always(429, **{"retry-after": "10"}))

    assert deployment.client.get("/api/jobs").status_code == 429
    assert deployment.clock.waits == [10.0, 10.0]


@pytest.mark.parametrize("seconds", ["900", "soon", ""])
def test_nor_for_an_hour(tmp_path: Path, seconds: str) -> None:
    deployment = Deployment(tmp_path, always(429, **{"retry-after": seconds}))

    assert deployment.client.get("/api/jobs").status_code == 429
    assert deployment.clock.waits == []


def test_a_case_about_limits_is_told_of_them(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path, always(429, **{"retry-after": "10"}))
    deployment.traffic.about_limits = True

    assert deployment.client.get("/api/jobs").status_code == 429
    assert len(deployment.asked) == 1


def test_what_the_budget_does_not_cover_is_not_sent(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path, always(200), budget=1)
    deployment.client.get("/api/jobs")

    with pytest.raises(BudgetSpent):
        deployment.client.get("/api/jobs")

    assert len(deployment.asked) == 1


@pytest.mark.parametrize("query", ["", "?daysOld=1", "?daysOld=3649"])
def test_jobs_of_strangers_are_not_archived(tmp_path: Path, query: str) -> None:
    deployment = Deployment(tmp_path, always(200))
    administrator = bearer(sub="u1", app_metadata={"role": "admin"})

    with pytest.raises(pytest.skip.Exception, match="archive jobs of people"):
        deployment.client.post(f"/api/jobs/cleanup{query}", headers=administrator)

    assert deployment.asked == []


@pytest.mark.parametrize("query", ["?daysOld=0", "?daysOld=old", "?daysOld=36500"])
def test_a_clean_up_that_finds_nothing_may_be_asked_for(tmp_path: Path, query: str) -> None:
    deployment = Deployment(tmp_path, always(200))
    administrator = bearer(sub="u1", app_metadata={"role": "admin"})

    deployment.client.post(f"/api/jobs/cleanup{query}", headers=administrator)
    deployment.client.post("/api/jobs/cleanup", headers=bearer(sub="u2"))

    assert len(deployment.asked) == 2


def test_the_table_names_routes_of_the_contract() -> None:
    assert {*CREATIONS, *UNROUTED} <= {*ROUTES}


def test_whatever_answers_201_is_in_the_table() -> None:
    made = {route for route, statuses in ROUTES.items() if 201 in statuses}

    assert made <= {*CREATIONS}
