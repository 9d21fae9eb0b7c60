"""Old jobs go to the archive at an administrator's word, and at nobody else's."""

from collections.abc import Callable

import pytest

from e2e.cast import New
from e2e.jobs.finding import listed
from e2e.people import Person
from e2e.target import Json

# Older than anything that is somebody else's: this also runs where others are.
CENTURY = 36_500
AGE = "UPDATE jobs SET created_at = '1900-01-01T00:00:00.000Z' WHERE id = ?"


@pytest.mark.rule("R5")
@pytest.mark.guards("admin:gate")
def test_only_an_administrator_archives_what_is_old(
    admin: Person,
    anna: Person,
    ben: Person,
    make_job: New,
    company: str,
    rows: Callable[..., list[Json]],
) -> None:
    old = make_job(anna, title="Lamplighter", company=company)
    new = make_job(anna, title="Electrician", company=company)
    make_job(ben, title="Welder", company=company)
    rows(AGE, old["id"])

    by_user = ben.post(f"/api/jobs/cleanup?daysOld={CENTURY}")
    by_admin = admin.post(f"/api/jobs/cleanup?daysOld={CENTURY}")

    assert (by_user.status_code, by_user.json()["code"]) == (403, "FORBIDDEN")
    assert (by_admin.status_code, by_admin.json()["success"]) == (200, True)
    assert listed(anna, search=company) == ["Electrician"]
    assert listed(anna, search=company, archived="true") == ["Lamplighter"]
    assert anna.get(f"/api/jobs/{new['id']}").json() == new
    assert (listed(ben, search=company), listed(admin, search=company)) == (["Welder"], [])
