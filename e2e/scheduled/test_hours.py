"""Every hour what is over goes: sessions, sign-ins that were begun, windows of limits."""

import json
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from e2e.people import People, Person
from e2e.scheduled.ages import HOURLY, Rows, RunCron, ago
from e2e.scheduled.namespaces import Namespace
from e2e.target import Json, Target

rule = pytest.mark.rule
needs = pytest.mark.needs
pytestmark = pytest.mark.usefixtures("run_cron")
Open = Callable[[str], Namespace]


@pytest.fixture
def namespace(target: Target) -> Iterator[Open]:
    """Opens one by its binding."""
    if not target.has_account:
        pytest.skip("this needs CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN, to look behind")
    opened: list[Namespace] = []

    def open_one(binding: str) -> Namespace:
        opened.append(Namespace(target, binding))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


def sessions(person: Person) -> list[Json]:
    found: list[Json] = person.get("/api/sessions").json()["sessions"]
    return found


@rule("R19", "R20")
@needs("sessions")
def test_a_session_that_is_over_goes_and_nobody_is_signed_out(
    anna: Person, ben: Person, people: People, rows: Rows, run_cron: RunCron
) -> None:
    others = sessions(ben)
    tablet = next(one["id"] for one in sessions(people.again(anna)) if one["current"])
    assert len(sessions(anna)) == 2
    over = "UPDATE sessions SET expires_at = ? WHERE session_id = ? RETURNING id"
    assert len(rows(over, ago(minutes=1), tablet)) == 1
    kept = sessions(anna)

    for _ in range(2):
        run_cron(HOURLY)

        assert rows("SELECT id FROM sessions WHERE session_id = ?", tablet) == []
        assert sessions(anna) == kept
        assert sessions(ben) == others
    assert [one["current"] for one in kept] == [True]


@rule("R20")
@needs("linkedin")
def test_a_visit_to_linkedin_goes_on_and_an_abandoned_one_is_over(
    anna: Person, ben: Person, control: httpx.Client, namespace: Open, run_cron: RunCron
) -> None:
    begun, other = (person.get("/api/auth/linkedin/initiate").json() for person in (anna, ben))
    # As a migration brings it: old, and without a time to live.
    abandoned = other["state"][::-1]
    held = {"userId": ben.id, "provider": "linkedin", "createdAt": ago(minutes=11)}
    namespace("OAUTH_STATES").put(f"oauth:{abandoned}", json.dumps(held))
    old_url = other["authUrl"].replace(other["state"], abandoned)

    run_cron(HOURLY)

    assert came_back(anna, control, begun["authUrl"]) == {"linkedin": ["success"]}
    assert came_back(ben, control, old_url)["error_code"] == ["invalid_state"]
    imported = [p.get("/api/profile").json()["profile"]["linkedin_imported"] for p in (anna, ben)]
    assert [bool(one) for one in imported] == [True, False]


def came_back(person: Person, control: httpx.Client, auth_url: str) -> dict[str, list[str]]:
    """Allows it on LinkedIn's page; what the site is told in the end."""
    url = urlsplit(auth_url)
    form = {"action": "allow", "given_name": "A", "family_name": "B", "email": person.email}
    page = control.post(f"/_outside/{url.netloc}{url.path}?{url.query}", data=form)
    back = urlsplit(page.headers["location"])
    answer = person.get(f"{back.path}?{back.query}")
    assert answer.status_code == 302, answer.text
    return parse_qs(urlsplit(answer.headers["location"]).query)


@rule("R14", "R20")
def test_a_limit_counts_on_over_the_clean_up(
    anna: Person, ben: Person, namespace: Open, run_cron: RunCron
) -> None:
    windows = namespace("RATE_LIMITS")
    stale, corrupt = (f"rate:user:{anna.id}:GET:/{name}" for name in ("old", "odd"))
    windows.put(stale, json.dumps({"count": 7, "windowStart": 1_600_000_000_000}))
    windows.put(corrupt, "{")
    left = [remaining(anna), remaining(anna), remaining(ben)]

    run_cron(HOURLY)

    assert left == [left[0], left[0] - 1, left[0]]
    assert [remaining(anna), remaining(ben)] == [left[0] - 2, left[0] - 1]
    # What is nobody's record stays; it does not stop the rest.
    assert (windows.get(stale), windows.get(corrupt)) == (None, "{")


def remaining(person: Person) -> int:
    answer = person.post("/api/jobs/search", json={"query": "nurse"})
    assert answer.status_code == 200, answer.text
    return int(answer.headers["x-ratelimit-remaining"])


@rule("R20")
def test_who_was_locked_out_may_try_again_and_who_still_is_may_not(
    anna: Person, ben: Person, rows: Rows, run_cron: RunCron
) -> None:
    lock = "INSERT INTO account_lockouts (id, email, locked_until) VALUES (?, ?, ?)"
    tried = (
        "INSERT INTO failed_login_attempts (id, email, ip_address, attempted_at)"
        " VALUES (?, ?, '2001:db8::1', ?)"
    )
    for person, ends, failed in ((anna, {"minutes": 1}, 25), (ben, {"minutes": -60}, 1)):
        rows(lock, f"lock-{person.id}", person.email, ago(**ends))
        rows(tried, f"try-{person.id}", person.email, ago(hours=failed))

    for _ in range(2):
        run_cron(HOURLY)

        for table in ("account_lockouts", "failed_login_attempts"):
            asked = f"SELECT email FROM {table} WHERE email IN (?, ?)"
            assert [row["email"] for row in rows(asked, anna.email, ben.email)] == [ben.email]
    rows("DELETE FROM account_lockouts WHERE email = ?", ben.email)
    rows("DELETE FROM failed_login_attempts WHERE email = ?", ben.email)
