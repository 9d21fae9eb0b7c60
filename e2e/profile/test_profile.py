"""Who one is and what one has done: filled in, rewritten, and nobody else's."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from e2e.people import People, Person
from e2e.profile.career import (
    PARTS,
    SCHOOL,
    SKILL,
    WORK,
    Part,
    added,
    changed,
    listed,
    profile,
    whole,
)

rule = pytest.mark.rule
guards = pytest.mark.guards
UNKNOWN = "00000000-0000-4000-8000-000000000000"
ABOUT = {
    "first_name": "Anna",
    "last_name": "O'Neil-Nguyễn",
    "phone": "+44 20 7946 0000",
    "location": "Leeds",
    "linkedin_url": "https://www.linkedin.com/in/anna",
    "current_title": "Ward Sister",
    "professional_summary": "Nights.\nWeekends. 🏥",
}


@rule("R15")
def test_somebody_new_fills_in_a_profile_and_sees_it_whole_elsewhere(
    anna: Person, people: People
) -> None:
    empty = whole(anna)
    anna.patch("/api/profile", json=ABOUT)
    added(anna, WORK, title="Nurse", start_date="2018-03-01", end_date="2021-01-31")
    added(anna, WORK, title="Ward Sister", start_date="2021-02-01", is_current=True)
    added(anna, SCHOOL, startDate="2014-09-01", highlights=["Best thesis", "Choir"])
    for name, level in (("Triage", "expert"), ("日本語", "beginner")):
        added(anna, SKILL, name=name, level=level)

    shown = whole(people.again(anna))

    assert (empty["profile"]["id"], empty["profile"]["email"]) == (anna.id, anna.email)
    assert [empty[part.many] for part in PARTS] == [[], [], []]
    assert {name: shown["profile"][name] for name in ABOUT} == ABOUT
    assert [row["title"] for row in shown["workExperience"]] == ["Ward Sister", "Nurse"]
    assert [row["description"] for row in shown["education"]] == ["Best thesis\nChoir"]
    assert [row["name"] for row in shown["skills"]] == ["日本語", "Triage"]


@rule("R15")
def test_somebody_new_on_several_devices_at_once_has_one_profile(
    anna: Person, people: People
) -> None:
    devices = [anna, people.again(anna)]

    def send(number: int) -> int:
        device = devices[number % 2]
        return device.post(SKILL.path, json={"name": f"Skill {number}"}).status_code

    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(send, range(6)))

    assert statuses == [200] * 6
    told = [whole(device) for device in devices]
    assert told[0] == told[1]
    names = {row["name"] for row in told[0]["skills"]}
    assert names == {f"Skill {number}" for number in range(6)}


def test_a_career_moves_on_and_what_is_not_named_stays(anna: Person) -> None:
    anna.patch("/api/profile", json=ABOUT)
    first, now = (
        added(anna, WORK, start_date="2018-01-01"),
        added(anna, WORK, start_date="2021-01-01", is_current=True, description="Nights."),
    )
    school, skill = added(anna, SCHOOL, field="Nursing"), added(anna, SKILL, level="beginner")

    anna.patch("/api/profile", json={"current_title": "Matron"})
    changed(anna, WORK, now, end_date="2026-01-31", is_current=False)
    added(anna, WORK, title="Matron", start_date="2026-02-01", is_current=True)
    changed(anna, SCHOOL, school, degree="MSc", field="")
    changed(anna, SKILL, skill, level="expert")
    anna.delete(WORK.row(first["id"]))

    shown = whole(anna)
    assert (shown["profile"]["current_title"], shown["profile"]["location"]) == ("Matron", "Leeds")
    newest, ended = shown["workExperience"]
    assert (newest["title"], newest["is_current"], ended["is_current"]) == ("Matron", 1, 0)
    assert (ended["end_date"], ended["description"]) == ("2026-01-31", "Nights.")
    [studied], [learned] = shown["education"], shown["skills"]
    assert (studied["degree"], studied["field_of_study"]) == ("MSc", None)
    assert (learned["name"], learned["proficiency_level"]) == ("Triage", "expert")


@rule("R1")
def test_a_form_that_was_sent_broken_changes_nothing_and_works_once_mended(anna: Person) -> None:
    rows = [added(anna, part) for part in PARTS]
    before = profile(anna)
    own = [part.row(row["id"]) for part, row in zip(PARTS, rows, strict=True)]

    for path in ("/api/profile", *own):
        broken = [
            anna.patch(path, content=b'{"first_name": '),
            anna.patch(path, content=b""),
            anna.patch(path, json=["first_name", "Anna"]),
        ]
        for answer in broken:
            assert answer.status_code == 400
    half = [anna.post(part.path, json={**part.new, next(iter(part.new)): 7}) for part in PARTS]
    kept = [listed(anna, part) for part in PARTS]
    mended = [anna.patch(path, json=part.change) for part, path in zip(PARTS, own, strict=True)]

    assert [answer.status_code for answer in half] == [400] * 3
    assert (kept, profile(anna)) == ([[row] for row in rows], before)
    assert [answer.status_code for answer in mended] == [200] * 3


@rule("R3")
@guards("list:work_experience", "list:education", "list:skills")
def test_two_people_with_the_same_career_each_have_their_own(anna: Person, ben: Person) -> None:
    for person in (anna, ben):
        person.patch("/api/profile", json=ABOUT)
        for part in PARTS:
            added(person, part)
    before = whole(anna)

    for part in PARTS:
        answer = ben.get(part.path)
        assert [row["user_id"] for row in answer.json()[part.many]] == [ben.id]
        [row] = answer.json()[part.many]
        assert ben.delete(part.row(row["id"])).status_code == 200

    assert [listed(ben, part) for part in PARTS] == [[], [], []]
    assert whole(anna) == before


@rule("R3")
@pytest.mark.parametrize(
    "part",
    [
        pytest.param(WORK, marks=guards("update:work_experience", "delete:work_experience")),
        pytest.param(SCHOOL, marks=guards("update:education", "delete:education")),
        pytest.param(SKILL, marks=guards("update:skills", "delete:skills")),
    ],
    ids=lambda part: part.many,
)
def test_a_stranger_neither_changes_nor_deletes_a_line_of_a_career(
    anna: Person, ben: Person, part: Part
) -> None:
    row = added(anna, part)

    changes = [ben.patch(part.row(id), json=part.change) for id in (row["id"], UNKNOWN)]
    deletions = [ben.delete(part.row(id)) for id in (row["id"], UNKNOWN)]

    for foreign, unknown in (changes, deletions):
        assert (foreign.status_code, unknown.status_code) == (404, 404)
        assert foreign.text == unknown.text
    assert listed(anna, part) == [row]
    # What was refused was not the row's fault: its owner may.
    after = changed(anna, part, row, **part.change)
    assert {name: after[name] for name in part.change} == part.change
    assert anna.delete(part.row(row["id"])).status_code == 200


@rule("R3")
def test_nobody_becomes_or_writes_for_somebody_else_by_what_they_send(
    anna: Person, ben: Person
) -> None:
    added(ben, SKILL)
    before = whole(ben)
    forged = {"id": ben.id, "user_id": ben.id, "userId": ben.id, "email": ben.email}

    answer = anna.patch("/api/profile", json={**forged, "first_name": "Anna"})
    rows = [added(anna, part, **forged) for part in PARTS]

    mine = whole(anna)
    assert answer.status_code == 200
    assert (mine["profile"]["id"], mine["profile"]["email"]) == (anna.id, anna.email)
    assert [mine[part.many] for part in PARTS] == [[row] for row in rows]
    assert {row["user_id"] for row in rows} == {anna.id}
    assert whole(ben) == before
