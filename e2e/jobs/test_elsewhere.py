"""Jobs found at other sites, where a stand-in answers: a real search would cost and vary."""

from typing import Any

import pytest

from e2e.cast import New
from e2e.jobs.finding import SEMANTIC, find, ids, listed, page, titles
from e2e.jobs.fitting import analyze
from e2e.people import Person
from e2e.target import Json

rule = pytest.mark.rule
guards = pytest.mark.guards
pytestmark = pytest.mark.usefixtures("control")


def scrape(person: Person, **wish: Any) -> Json:
    answer = person.post("/api/jobs/scrape", json={"keywords": ["engineer"], **wish})
    assert answer.status_code == 201, answer.text
    haul: Json = answer.json()
    return haul


@rule("R8", "R9")
def test_a_job_found_elsewhere_is_saved_compared_and_put_away(
    anna: Person, make_job: New, make_experience: New
) -> None:
    make_experience(anna)
    by_hand = make_job(anna, title="Seen in a window")

    haul = scrape(anna, location="Oslo", maxResults=1)

    [chosen] = haul["jobs"]
    assert ids(page(anna)) == {chosen["id"], by_hand["id"]}
    assert listed(anna, source="manual") == ["Seen in a window"]
    found = find(anna, chosen["title"], chosen, by_hand, searchType=SEMANTIC)
    assert titles(found)[0] == chosen["title"]
    path = f"/api/jobs/{chosen['id']}"
    assert anna.patch(path, json={"isSaved": True}).json()["is_saved"] == 1
    score = analyze(anna, chosen)["overallScore"]
    assert listed(anna, saved="true", minMatchScore=int(score)) == [chosen["title"]]
    assert anna.patch(path, json={"isArchived": True}).status_code == 200
    assert listed(anna, saved="true") == []
    assert listed(anna, saved="true", archived="true") == [chosen["title"]]


@rule("R3", "R8")
@guards("search:keyword", "search:vector")
def test_what_two_people_found_elsewhere_is_each_ones_own(anna: Person, ben: Person) -> None:
    hers, his = (scrape(person, maxResults=2) for person in (anna, ben))
    assert [job["title"] for job in hers["jobs"]] == [job["title"] for job in his["jobs"]]
    assert not ids(hers) & ids(his)
    word = his["jobs"][0]["title"]
    assert ids(find(ben, word, *his["jobs"], limit=50)) == ids(his)

    for job in hers["jobs"]:
        assert anna.delete(f"/api/jobs/{job['id']}").status_code == 204

    assert listed(anna) == []
    assert ids(find(ben, word, *his["jobs"], limit=50)) == ids(his)
    assert scrape(anna, maxResults=2)["jobs"][0]["title"] == word
