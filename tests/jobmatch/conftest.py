"""A deployment to test, and people who use it.

By default the three environments on a twin of their own, one of which each test gets by its
name; `JOBMATCH_ENVIRONMENT=staging` chooses. `JOBMATCH_API_URL` and what stands beside it in
`target.py` name a deployment elsewhere.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from zlib import crc32

import httpx
import pytest

from tests.jobmatch.covering import claims_of
from tests.jobmatch.people import Json, People, Person, Seen
from tests.jobmatch.target import ENVIRONMENTS, Target, deployed, elsewhere

NewJob = Callable[..., Json]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "covers(route, *statuses_and_rules): what a test sees")
    config.addinivalue_line("markers", "environment(name): the one environment a test is about")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    result = yield
    claims = claims_of(item)
    if claims:
        seen: Seen = item.funcargs["seen"]  # type: ignore[attr-defined]  # of every function
        unseen = [text for claim in claims for text in claim.unseen(seen)]
        assert not unseen, f"@covers claims what did not happen: {'; '.join(unseen)}"
    return result


@pytest.fixture(scope="session")
def targets() -> Iterator[Mapping[str, Target]]:
    """Every environment there is to test, by its name."""
    other = elsewhere()
    if other is not None:
        yield {other.environment: other}
        return
    with deployed() as found:
        yield found


@pytest.fixture
def jobmatch(request: pytest.FixtureRequest, targets: Mapping[str, Target]) -> Target:
    """The deployment that this test is about."""
    mark = request.node.get_closest_marker("environment")
    if mark is not None:
        if mark.args[0] not in targets:
            pytest.skip(f"there is no {mark.args[0]} here")
        return targets[mark.args[0]]
    chosen = os.environ.get("JOBMATCH_ENVIRONMENT")
    if chosen is None or chosen not in targets:
        names = [name for name in ENVIRONMENTS if name in targets] or list(targets)
        chosen = names[crc32(request.node.nodeid.encode()) % len(names)]
    return targets[chosen]


@pytest.fixture
def seen() -> Seen:
    """Route and status of every answer in this test."""
    return set()


@pytest.fixture
def people(jobmatch: Target, seen: Seen) -> Iterator[People]:
    made = People(jobmatch, seen)
    yield made
    made.close()


@pytest.fixture
def anyone(people: People) -> Person:
    """Without a token."""
    return people.anyone()


@pytest.fixture
def anna(people: People) -> Person:
    return people.new("anna")


@pytest.fixture
def ben(people: People) -> Person:
    return people.new("ben")


@pytest.fixture
def control(jobmatch: Target) -> httpx.Client:
    """The twin's control plane; skips elsewhere."""
    if jobmatch.control is None:
        pytest.skip("this needs a twin: its stand-ins and their outbox")
    return jobmatch.control


@pytest.fixture
def admin(jobmatch: Target, people: People) -> Person:
    if jobmatch.service_key is None:
        pytest.skip("this needs the service key, to make an administrator")
    return people.new("admin", role="admin")


@pytest.fixture
def make_job() -> NewJob:
    """A job of somebody's, by hand; the row."""

    def make(person: Person, **fields: Any) -> Json:
        new = {"title": "Backend Engineer", "company": "Northwind", **fields}
        answer = person.post("/api/jobs", json=new)
        assert answer.status_code == 201, answer.text
        row: Json = answer.json()["job"]
        return row

    return make


@pytest.fixture
def make_experience() -> NewJob:
    """Work experience, which letters and analyses need; the row."""

    def make(person: Person, **fields: Any) -> Json:
        new = {"title": "Engineer", "company": "Contoso", "start_date": "2020-01-01", **fields}
        answer = person.post("/api/profile/work-experience", json=new)
        assert answer.status_code == 200, answer.text
        row: Json = answer.json()["experience"]
        return row

    return make


@pytest.fixture
def make_application() -> NewJob:
    """An application with one variant; the answer."""

    def make(person: Person, **fields: Any) -> Json:
        variant = {
            "id": "variant-impact",
            "name": "Impact-Focused",
            "resume": {"summary": "An engineer.", "experience": [], "skills": [], "education": []},
            "coverLetter": "Dear Hiring Manager,\n\nhello.",
            "aiRationale": ["short"],
        }
        new = {
            "jobTitle": "Backend Engineer",
            "company": "Northwind",
            "variants": [variant],
            "selectedVariantId": "variant-impact",
            **fields,
        }
        answer = person.post("/api/applications", json=new)
        assert answer.status_code == 201, answer.text
        made: Json = answer.json()
        return made

    return make
