"""Three environments: what happens in one is nowhere in the others, and production says less."""

from collections.abc import Iterator, Mapping

import pytest

from e2e.cast import New
from e2e.exchanges import Exchanges
from e2e.people import People, Person
from e2e.target import Target

covers = pytest.mark.covers
KEY = "users%2F{id}%2Fresumes%2Fcv.txt"

# One person in every environment: Supabase Auth is the same for all.
Everywhere = Mapping[str, Person]


@pytest.fixture
def everywhere(targets: Mapping[str, Target], exchanges: Exchanges) -> Iterator[Everywhere]:
    if len(targets) < 2:
        pytest.skip("there is one environment here")
    clients = {name: People(target, exchanges) for name, target in targets.items()}
    [first, *others] = clients
    found = {first: clients[first].new("anna")}
    found |= {name: clients[name].again(found[first]) for name in others}
    yield found
    for one in clients.values():
        one.close()


@covers("GET /health", 200)
def test_each_names_itself(everywhere: Everywhere) -> None:
    told = {name: one.get("/health").json()["environment"] for name, one in everywhere.items()}

    assert told == {name: name for name in everywhere}


@covers("GET /api/jobs", 200)
@covers("GET /api/jobs/:id", 200, 404)
def test_a_job_is_in_one_database_only(everywhere: Everywhere, make_job: New) -> None:
    made = {name: make_job(one, title=f"of {name}") for name, one in everywhere.items()}

    for name, one in everywhere.items():
        assert [job["title"] for job in one.get("/api/jobs").json()["jobs"]] == [f"of {name}"]
        statuses = {of: one.get(f"/api/jobs/{job['id']}").status_code for of, job in made.items()}
        assert statuses == {of: 200 if of == name else 404 for of in made}


@covers("POST /api/jobs/search", 200)
def test_a_vector_is_in_one_index_only(everywhere: Everywhere, make_job: New) -> None:
    [first, *others] = everywhere.values()
    make_job(first, title="Night Nurse")
    body = {"query": "night nurse"}

    assert first.post("/api/jobs/search", json=body).json()["resultCount"] == 1
    assert [one.post("/api/jobs/search", json=body).json()["jobs"] for one in others] == [[], []]


@covers("POST /api/files/upload", 201)
@covers("GET /api/files/download/:key", 200, 404)
def test_a_file_is_in_one_bucket_only(everywhere: Everywhere) -> None:
    [first, *others] = everywhere.values()
    path = f"/api/files/download/{KEY.format(id=first.id)}"
    data = {"bucket": "resumes", "path": "cv.txt"}
    first.post("/api/files/upload", files={"file": ("cv.txt", b"mine")}, data=data)

    assert first.get(path).content == b"mine"
    assert [one.get(path).status_code for one in others] == [404, 404]


@covers("GET /api/auth/linkedin/initiate", 200)
@covers("GET /api/auth/linkedin/callback", 302)
def test_limits_and_states_are_kept_apart(everywhere: Everywhere) -> None:
    answers = [one.get("/api/auth/linkedin/initiate") for one in everywhere.values()]

    assert [one.headers["x-ratelimit-remaining"] for one in answers] == ["4", "4", "4"]
    [first, second, _] = everywhere.values()
    state, code = answers[0].json()["state"], "a-code-of-linkedin"
    asked = {"state": state, "code": code}
    elsewhere = second.get("/api/auth/linkedin/callback", params=asked)
    assert "error_code=invalid_state" in elsewhere.headers["location"]
    # It was not used up.
    there = first.get("/api/auth/linkedin/callback", params=asked)
    assert "error_code=invalid_state" not in there.headers["location"]


@covers("DELETE /api/sessions/:sid", 204)
@covers("GET /api/sessions", 200, 401)
def test_a_session_that_one_has_revoked_goes_on_in_the_others(everywhere: Everywhere) -> None:
    [first, *others] = everywhere.values()
    [session] = first.get("/api/sessions").json()["sessions"]

    first.delete(f"/api/sessions/{session['id']}")

    assert first.get("/api/sessions").status_code == 401
    assert [one.get("/api/sessions").status_code for one in others] == [200, 200]


@covers("GET /api/jobs/:id", 404, "R2")
@covers("POST /api/jobs", 400, "R2")
def test_only_development_says_where_an_error_was(everywhere: Everywhere) -> None:
    for name, one in everywhere.items():
        answers = [one.get("/api/jobs/unknown"), one.post("/api/jobs", content=b"{")]
        assert [answer.status_code for answer in answers] == [404, 400]
        stacks = ["stack" in answer.json() for answer in answers]
        assert stacks == [name == "development"] * 2


# Each once tempted a Worker into telling of its engine.
TEMPTING = [
    ("GET", "/api/jobs/%00", None),
    ("GET", "/api/jobs/'%20OR%201=1--", None),
    ("GET", "/api/jobs?search=%00", None),
    ("GET", "/api/jobs?page=99999999999999999999", None),
    ("GET", "/api/jobs?page=9223372036854775807&limit=100", None),
    ("POST", "/api/jobs", '{"title": "\\u0000", "company": "\\ud800"}'),
    ("POST", "/api/jobs", '{"title": "x", "company": "x", "salaryMin": 1e400}'),
    ("POST", "/api/jobs", '{"title": "x", "company": "x", "salaryMin": NaN}'),
    ("POST", "/api/jobs", "[" * 100_000),
    ("POST", "/api/jobs/search", '{"query": "\\ud800"}'),
    ("POST", "/api/jobs/search", '{"query": "\\"* NEAR("}'),
    ("POST", "/api/applications", '{"jobTitle": "x", "company": "x", "jobId": "unknown"}'),
    ("POST", "/api/profile/work-experience", '{"title": "x"}'),
    ("POST", "/api/skills", '{"name": "x", "level": "\\u0000"}'),
    ("PATCH", "/api/profile", '{"location": "\\ud800\\u0000"}'),
    ("DELETE", "/api/files/%FF%00", None),
    ("GET", "/api/files/avatar/%00", None),
]


@pytest.mark.parametrize("environment", ["staging", "production"])
@pytest.mark.parametrize(("method", "path", "body"), TEMPTING, ids=lambda value: str(value)[:40])
@covers("R2")
def test_nobody_hears_of_the_engine(
    everywhere: Everywhere, environment: str, method: str, path: str, body: str | None
) -> None:
    answer = everywhere[environment].request(method, path, content=body)

    assert answer.status_code < 500
    told = answer.text
    for word in ("D1_ERROR", "SQLITE_", "sqlite", "Traceback", ".py", "/tmp/", "stack"):
        assert word not in told
    assert everywhere[environment].get("/health").status_code == 200
