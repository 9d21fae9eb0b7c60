"""Jobs of two people side by side: neither sees, finds or changes what the other has."""

import pytest

from e2e.cast import New
from e2e.jobs.finding import KINDS, SEMANTIC, find, ids, listed, search, titles
from e2e.people import Person
from e2e.refusals import ID, assert_absent

rule = pytest.mark.rule
guards = pytest.mark.guards
needs = pytest.mark.needs
TRACKER = "/api/tracked-applications"


@rule("R3", "R8")
@guards("list:jobs", "search:keyword", "search:vector")
def test_the_same_posting_is_found_by_each_as_their_own(
    anna: Person, ben: Person, make_job: New, company: str
) -> None:
    posting = {"title": "Night Nurse", "company": company, "description": "Triage at night."}
    hers, his = make_job(anna, **posting), make_job(ben, **posting)
    asked = f"night nurse {company}"
    for kind in KINDS:
        for person, own, other in ((anna, hers, his), (ben, his, hers)):
            assert other["id"] not in ids(find(person, asked, own, searchType=kind))
    assert listed(anna, search=company) == listed(ben, search=company) == ["Night Nurse"]

    assert anna.delete(f"/api/jobs/{hers['id']}").status_code == 204

    for kind in KINDS:
        assert his["id"] in ids(search(ben, asked, searchType=kind)), kind
        assert hers["id"] not in ids(search(anna, asked, searchType=kind)), kind
    assert listed(anna, search=company) == []
    assert ben.get(f"/api/jobs/{his['id']}").json() == his


@rule("R3")
@guards("get:jobs", "update:jobs", "delete:jobs")
def test_who_knows_the_id_of_anothers_job_gets_nothing_by_it(
    anna: Person, ben: Person, make_job: New, make_experience: New
) -> None:
    make_experience(ben)
    job = make_job(anna, title="Night Nurse")
    path, flags = f"/api/jobs/{ID}", {"isSaved": True, "isArchived": True}

    assert_absent(ben, f"GET {path}", job["id"], "Job")
    assert_absent(ben, f"PATCH {path}", job["id"], "Job", flags)
    assert_absent(ben, f"POST {path}/analyze", job["id"], "Job")
    assert_absent(ben, f"DELETE {path}", job["id"], "Job")

    assert anna.get(f"/api/jobs/{job['id']}").json() == job


@rule("R3")
@needs("applications", "tracker")
@guards("body:job-id")
def test_anothers_job_is_not_applied_for_and_not_tracked(
    anna: Person, ben: Person, make_job: New, make_experience: New
) -> None:
    make_experience(ben)
    job = make_job(anna, title="Night Nurse")
    new = {"jobTitle": "Night Nurse", "company": "Clinic", "jobId": ID}
    lists = ("/api/applications", TRACKER)
    before = [ben.get(path).json()["total"] for path in lists]

    assert_absent(ben, "POST /api/applications/generate", job["id"], "Job", {"jobId": ID})
    assert_absent(ben, "POST /api/applications", job["id"], "Job", new)
    assert_absent(ben, f"POST {TRACKER}", job["id"], "Job", new)

    assert [ben.get(path).json()["total"] for path in lists] == before
    # Its owner may.
    assert anna.post(TRACKER, json={"jobId": job["id"]}).status_code == 201


@rule("R3", "R17")
@guards("insert:owner")
def test_a_job_is_its_makers_whomever_the_body_names(
    anna: Person, ben: Person, make_job: New, company: str
) -> None:
    own = make_job(ben, title="Welder", company=company)

    trap = make_job(anna, title="Trap", company=company, user_id=ben.id, userId=ben.id)

    assert (trap["user_id"], own["user_id"]) == (anna.id, ben.id)
    assert listed(anna, search=company) == ["Trap"]
    assert listed(ben, search=company) == ["Welder"]
    assert trap["id"] in ids(find(anna, f"trap {company}", trap))
    assert trap["id"] not in ids(find(ben, f"trap {company}", own))


@rule("R8")
@guards("search:late-filter")
@pytest.mark.fresh
def test_the_nearest_of_ones_own_is_found_however_much_nearer_others_are(
    anna: Person, ben: Person, make_job: New
) -> None:
    near = [make_job(anna, title="Night Nurse", company=f"Clinic {n}") for n in range(3)]
    find(anna, "night nurse", *near, searchType=SEMANTIC)
    far = make_job(ben, title="Care Assistant")

    found = find(ben, "night nurse", far, searchType=SEMANTIC, limit=1)

    assert titles(found) == ["Care Assistant"]
    every = search(anna, "night nurse", searchType=SEMANTIC, limit=50)
    assert ids(every) == {job["id"] for job in near}
