"""Who may do what everybody's data is touched by."""

import pytest

from e2e.auth.supabase import asked
from e2e.cast import New
from e2e.people import People, Person

pytestmark = [pytest.mark.rule("R5"), pytest.mark.needs("jobs")]
guards = pytest.mark.guards
# Nothing is that old.
CLEAN_UP = "/api/jobs/cleanup?daysOld=36500"


@guards("admin:gate")
def test_only_an_administrator_cleans_up_after_everybody(
    anna: Person, admin: Person, anyone: Person, make_job: New
) -> None:
    job = make_job(anna)

    stranger, refused, done = (one.post(CLEAN_UP) for one in (anyone, anna, admin))
    wrong = [admin.post(f"/api/jobs/cleanup?daysOld={days}") for days in ("0", "-1", "1.5", "all")]

    assert (refused.status_code, refused.json().get("code")) == (403, "FORBIDDEN")
    assert stranger.status_code == 401
    assert (done.status_code, done.json()["success"]) == (200, True)
    assert [answer.status_code for answer in wrong] == [400] * 4
    assert anna.get(f"/api/jobs/{job['id']}").json()["is_archived"] == 0


@guards("admin:gate")
@pytest.mark.fresh
def test_nobody_makes_themselves_an_administrator(people: People, anna: Person) -> None:
    claimed = {"role": "admin", "app_metadata": {"role": "admin"}}
    for body in ({"data": claimed}, {"app_metadata": {"role": "admin"}}, {"role": "admin"}):
        # Auth takes what a user says of themselves, and refuses or drops what it says of them.
        asked(anna, "PUT", "user", body)

    for one in (anna, people.again(anna)):
        refused = one.post(CLEAN_UP)
        assert (refused.status_code, refused.json().get("code")) == (403, "FORBIDDEN")


@pytest.mark.rule("R3")
@guards("get:jobs", "delete:jobs")
def test_an_administrator_owns_no_more_than_others(
    anna: Person, ben: Person, admin: Person, make_job: New
) -> None:
    job = f"/api/jobs/{make_job(anna)['id']}"

    for one in (ben, admin):
        seen, deleted = one.get(job), one.delete(job)
        assert seen.status_code == 404
        assert deleted.status_code == 404
    assert admin.get("/api/profile").json()["profile"]["id"] == admin.id
    assert anna.get(job).status_code == 200
