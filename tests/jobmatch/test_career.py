"""Work experience, education and skills: three tables with the same manners (§3.7, §3.8)."""

from typing import Any, NamedTuple

import pytest

from e2e.people import Person
from e2e.target import Json

covers = pytest.mark.covers
UNKNOWN = "00000000-0000-4000-8000-000000000000"


class Kind(NamedTuple):
    """`told` are the words of the answer for one and for many, `what` that of a refusal."""

    path: str
    one: str
    many: str
    what: str
    new: Json


WORK = Kind(
    "/api/profile/work-experience",
    "experience",
    "workExperience",
    "work experience",
    {"title": "Nurse", "company": "Clinic", "start_date": "2020-01-01"},
)
SCHOOL = Kind("/api/profile/education", "education", "education", "education", {"school": "Lund"})
SKILL = Kind("/api/skills", "skill", "skills", "skill", {"name": "Triage"})
SKILL_OF_PROFILE = SKILL._replace(path="/api/profile/skills")


def rows(person: Person, kind: Kind) -> list[Json]:
    answer = person.get(kind.path)
    assert answer.status_code == 200, answer.text
    assert answer.json()["message"]
    found: list[Json] = answer.json()[kind.many]
    return found


def make(person: Person, kind: Kind, **fields: Any) -> Json:
    answer = person.post(kind.path, json={**kind.new, **fields})
    assert answer.status_code == 200, answer.text
    assert answer.json()["message"]
    row: Json = answer.json()[kind.one]
    return row


@covers("POST /api/profile/work-experience", 200)
@covers("GET /api/profile/work-experience", 200)
def test_work_experience_is_there_as_it_was_sent(anna: Person) -> None:
    sent = {
        "title": "Ward Sister",
        "company": "St. Mary's",
        "start_date": "2020-01-01",
        "end_date": "2021-02-03",
        "description": "Nights.\nWeekends. 🏥",
        "is_current": False,
    }

    row = make(anna, WORK, **sent)

    assert {name: row[name] for name in sent} == {**sent, "is_current": 0}
    assert (row["user_id"], rows(anna, WORK)) == (anna.id, [row])


@covers("POST /api/profile/work-experience", 200)
def test_location_and_accomplishments_of_work_experience_are_ignored(anna: Person) -> None:
    row = make(anna, WORK, location="Leeds", accomplishments=["much"], nonsense=1)

    assert (row["location"], row["accomplishments"]) == (None, None)


@covers("POST /api/profile/education", 200)
@covers("GET /api/profile/education", 200)
def test_education_is_kept_in_the_words_of_its_columns(anna: Person) -> None:
    sent = {
        "school": "Lund",
        "degree": "BSc",
        "field": "Nursing",
        "startDate": "2015-09-01",
        "endDate": None,
        "highlights": ["First", "Second"],
    }

    row = make(anna, SCHOOL, **sent)

    assert (row["institution"], row["degree"], row["field_of_study"]) == ("Lund", "BSc", "Nursing")
    assert (row["start_date"], row["end_date"]) == ("2015-09-01", None)
    assert row["description"] == "First\nSecond"
    assert rows(anna, SCHOOL) == [row]


@covers("PATCH /api/profile/education/:id", 200)
def test_empty_strings_and_no_highlights_clear_what_was_there(anna: Person) -> None:
    row = make(anna, SCHOOL, degree="BSc", field="Nursing", highlights=["First"])

    answer = anna.patch(
        f"{SCHOOL.path}/{row['id']}", json={"degree": "", "field": "", "highlights": []}
    )

    after = answer.json()["education"]
    assert answer.status_code == 200
    assert (after["degree"], after["field_of_study"], after["description"]) == (None, None, None)
    assert after["institution"] == "Lund"


@covers("POST /api/skills", 200)
@covers("GET /api/skills", 200)
def test_a_skills_level_is_kept_as_its_proficiency(anna: Person) -> None:
    for level in ("beginner", "intermediate", "advanced", "expert"):
        assert make(anna, SKILL, level=level)["proficiency_level"] == level

    levels = [row["proficiency_level"] for row in rows(anna, SKILL)]
    assert levels == ["expert", "advanced", "intermediate", "beginner"]


@covers("POST /api/profile/skills", 200)
@covers("GET /api/profile/skills", 200)
@covers("GET /api/skills", 200)
@covers("PATCH /api/profile/skills/:id", 200)
@covers("DELETE /api/profile/skills/:id", 200)
def test_skills_are_the_same_by_both_paths(anna: Person) -> None:
    row = make(anna, SKILL_OF_PROFILE)
    path = f"{SKILL_OF_PROFILE.path}/{row['id']}"

    assert rows(anna, SKILL_OF_PROFILE) == rows(anna, SKILL) == [row]
    anna.patch(path, json={"name": "Dosage"})
    assert rows(anna, SKILL)[0]["name"] == "Dosage"
    assert anna.delete(path).status_code == 200
    assert rows(anna, SKILL) == []


@covers("POST /api/skills", 200)
def test_the_same_skill_twice_is_two(anna: Person) -> None:
    ids = {make(anna, SKILL)["id"] for _ in range(2)}

    assert {row["id"] for row in rows(anna, SKILL)} == ids
    assert len(ids) == 2


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(
            WORK,
            marks=[
                covers("GET /api/profile/work-experience", 200),
                covers("PATCH /api/profile/work-experience/:id", 200),
            ],
        ),
        pytest.param(
            SCHOOL,
            marks=[
                covers("GET /api/profile/education", 200),
                covers("PATCH /api/profile/education/:id", 200),
            ],
        ),
        pytest.param(
            SKILL, marks=[covers("GET /api/skills", 200), covers("PATCH /api/skills/:id", 200)]
        ),
    ],
    ids=lambda kind: kind.one,
)
def test_an_empty_change_changes_the_stamp_alone(anna: Person, kind: Kind) -> None:
    row = make(anna, kind)

    answer = anna.patch(f"{kind.path}/{row['id']}", json={})

    after = answer.json()[kind.one]
    assert answer.status_code == 200
    assert {**after, "updated_at": 0} == {**row, "updated_at": 0}
    assert rows(anna, kind) == [after]


@covers("PATCH /api/profile/work-experience/:id", 200)
@covers("PATCH /api/skills/:id", 200)
def test_a_change_is_kept_and_the_rest_stays(anna: Person) -> None:
    work, skill = make(anna, WORK, description="Nights."), make(anna, SKILL, level="expert")
    changes = {"title": "Matron", "is_current": True, "end_date": None}

    anna.patch(f"{WORK.path}/{work['id']}", json=changes)
    anna.patch(f"{SKILL.path}/{skill['id']}", json={"name": "Dosage"})

    (after,), (renamed,) = rows(anna, WORK), rows(anna, SKILL)
    assert (after["title"], after["is_current"], after["description"]) == ("Matron", 1, "Nights.")
    assert (renamed["name"], renamed["proficiency_level"]) == ("Dosage", "expert")


INVALID: list[tuple[Kind, Json]] = [
    (WORK, {"title": ""}),
    (WORK, {"company": ""}),
    (WORK, {"start_date": 2020}),
    (WORK, {"start_date": None}),
    (WORK, {"end_date": 2021}),
    (WORK, {"is_current": "yes"}),
    (WORK, {"is_current": 1}),
    (WORK, {"description": []}),
    (SCHOOL, {"school": ""}),
    (SCHOOL, {"school": None}),
    (SCHOOL, {"degree": 1}),
    (SCHOOL, {"highlights": "First"}),
    (SCHOOL, {"highlights": [1]}),
    (SKILL, {"name": ""}),
    (SKILL, {"name": ["Triage"]}),
    (SKILL, {"level": "godlike"}),
    (SKILL, {"level": 3}),
]


@covers("POST /api/profile/work-experience", 200, 400)
@covers("PATCH /api/profile/work-experience/:id", 400)
@covers("POST /api/profile/education", 200, 400)
@covers("PATCH /api/profile/education/:id", 400)
@covers("POST /api/skills", 200, 400)
@covers("PATCH /api/skills/:id", 400)
def test_a_field_that_means_nothing_is_refused_and_changes_nothing(anna: Person) -> None:
    before = {kind.one: make(anna, kind) for kind in (WORK, SCHOOL, SKILL)}

    for kind, changed in INVALID:
        made = anna.post(kind.path, json={**kind.new, **changed})
        patched = anna.patch(f"{kind.path}/{before[kind.one]['id']}", json=changed)
        for answer in (made, patched):
            assert answer.status_code == 400, (kind.one, changed, answer.text)
            assert answer.json()["error"] == f"Invalid {kind.what} data"
            assert answer.json()["details"][0]["path"][0] == next(iter(changed))

    for kind in (WORK, SCHOOL, SKILL):
        assert rows(anna, kind) == [before[kind.one]]


@covers("POST /api/profile/skills", 400)
def test_a_skill_without_a_name_is_refused_by_the_other_path_too(anna: Person) -> None:
    assert anna.post(SKILL_OF_PROFILE.path, json={"level": "expert"}).status_code == 400


@covers("DELETE /api/profile/work-experience/:id", 200, 404)
@covers("PATCH /api/profile/work-experience/:id", 404)
@covers("DELETE /api/profile/education/:id", 200, 404)
@covers("PATCH /api/profile/education/:id", 404)
@covers("DELETE /api/profile/skills/:id", 200, 404)
@covers("PATCH /api/profile/skills/:id", 404)
@covers("DELETE /api/skills/:id", 200, 404)
@covers("PATCH /api/skills/:id", 404)
def test_what_was_deleted_is_gone(anna: Person) -> None:
    for kind in (WORK, SCHOOL, SKILL, SKILL_OF_PROFILE):
        path = f"{kind.path}/{make(anna, kind)['id']}"
        deleted = anna.delete(path)
        assert (deleted.status_code, bool(deleted.json()["message"])) == (200, True)
        for answer in (anna.delete(path), anna.patch(path, json={})):
            told = f"{kind.what.capitalize()} not found or access denied"
            assert (answer.status_code, answer.json()["error"]) == (404, told)
        assert rows(anna, kind) == []


@covers("GET /api/profile/work-experience", 200)
@covers("GET /api/profile/education", 200)
def test_the_latest_start_comes_first(anna: Person) -> None:
    for year in ("2019", "2023", "2021"):
        make(anna, WORK, start_date=f"{year}-01-01")
        make(anna, SCHOOL, startDate=f"{year}-01-01")

    for kind in (WORK, SCHOOL):
        years = [row["start_date"][:4] for row in rows(anna, kind)]
        assert years == ["2023", "2021", "2019"]


@covers("POST /api/profile/work-experience", 200, "R3")
@covers("POST /api/profile/education", 200, "R3")
@covers("POST /api/skills", 200, "R3")
def test_nothing_is_made_for_somebody_else(anna: Person, ben: Person) -> None:
    for kind in (WORK, SCHOOL, SKILL):
        row = make(anna, kind, user_id=ben.id, userId=ben.id, id=UNKNOWN)
        assert row["user_id"] == anna.id
        assert row["id"] != UNKNOWN
        assert rows(ben, kind) == []
