"""Postings that somebody adds by hand, from the first look to the last."""

import pytest

from e2e.cast import New
from e2e.jobs.finding import KINDS, SEMANTIC, by_word, find, gone, listed, page, search, titles
from e2e.people import Person

rule = pytest.mark.rule
# A title that FTS5, LIKE, SQL and HTML would each read in a way of their own.
HOSTILE = 'C++ & full-stack <b>O\'Neil</b> 100%_done AND "more"; --'
ITS_WORDS = ("C++", "full-stack", "o'neil", "100%_done", "AND", '"more', "C++ OR (", "more*")
NO_WORDS = ("*", "(", "--", '"', "   ")


@rule("R8", "R17")
@pytest.mark.fresh
def test_a_posting_is_found_and_put_away_until_it_is_deleted(anna: Person, make_job: New) -> None:
    nurse = make_job(anna, title="Night Nurse", company="Clinic", requiredSkills=["Triage"])
    welder = make_job(anna, title="Welder", company="Shipyard")
    for kind in KINDS:
        assert titles(find(anna, "nurse", nurse, welder, searchType=kind))[0] == "Night Nurse"
    path = f"/api/jobs/{nurse['id']}"

    put_away = anna.patch(path, json={"isSaved": True, "isArchived": True})

    assert put_away.status_code == 200
    assert listed(anna) == ["Welder"]
    assert listed(anna, archived="true", saved="true") == ["Night Nurse"]
    assert titles(search(anna, "nurse"))[0] == "Night Nurse"
    assert anna.delete(path).status_code == 204
    assert all(gone(anna, "night nurse", nurse, searchType=kind) for kind in KINDS)
    assert (listed(anna), listed(anna, archived="true")) == (["Welder"], [])
    assert (anna.get(path).status_code, anna.delete(path).status_code) == (404, 404)


@rule("R7", "R17")
@pytest.mark.fresh
def test_a_posting_with_every_special_character_is_found_by_each_of_its_words(
    anna: Person, make_job: New
) -> None:
    odd = make_job(anna, title=HOSTILE, company="100 percent done")
    find(anna, "engineer", odd, searchType=SEMANTIC)
    for text in (*NO_WORDS, "x" * 500):
        assert by_word(search(anna, text)) == set(), text

    plain = make_job(anna, title="Gardener", company="Parks")
    find(anna, "gardener", odd, plain, searchType=SEMANTIC)

    for word in ITS_WORDS:
        assert by_word(search(anna, word)) == {odd["id"]}, word
    for text in ("100%_", "<b>O'Neil</b>", '"more"; --'):
        assert listed(anna, search=text) == [HOSTILE], text
    assert listed(anna, search="%") == [HOSTILE]
    assert listed(anna, search="x" * 200) == []
    assert anna.get(f"/api/jobs/{odd['id']}").json()["title"] == HOSTILE


@rule("R6", "R7")
def test_a_long_list_is_gone_through_by_pages_and_narrowed_by_filters(
    anna: Person, make_job: New, company: str
) -> None:
    places = enumerate(("Remote", "On-site", "Remote", "Hybrid", "Remote"))
    jobs = [
        make_job(anna, title=f"Cook {n}", company=company, workArrangement=place)
        for n, place in places
    ]
    for number, change in ((0, "isSaved"), (2, "isSaved"), (4, "isArchived")):
        changed = anna.patch(f"/api/jobs/{jobs[number]['id']}", json={change: True})
        assert changed.status_code == 200

    pages = [page(anna, search=company, page=number, limit=2) for number in (1, 2, 3)]

    assert [titles(one) for one in pages] == [["Cook 3", "Cook 2"], ["Cook 1", "Cook 0"], []]
    assert [(one["total"], one["hasMore"]) for one in pages] == [(4, True), (4, False), (4, False)]
    for filters, found in (
        ({"workArrangement": "Remote"}, ["Cook 2", "Cook 0"]),
        ({"workArrangement": "Remote", "saved": "0"}, []),
        ({"saved": "false", "source": "manual"}, ["Cook 3", "Cook 1"]),
        ({"archived": "true"}, ["Cook 4"]),
        ({"search": company.upper(), "saved": "1"}, ["Cook 2", "Cook 0"]),
        ({"search": company.replace(" ", "_")}, []),
    ):
        assert listed(anna, **{"search": company, **filters}) == found, filters
    # A filter that means nothing is told of, not passed over.
    for filters in ({"saved": "maybe"}, {"page": "0"}, {"workArrangement": "Moon"}):
        refused = anna.get("/api/jobs", params=filters)
        assert (refused.status_code, refused.json()["code"]) == (400, "VALIDATION_ERROR")
