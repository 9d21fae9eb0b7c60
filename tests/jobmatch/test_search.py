"""Search: by words and by meaning, over one's own jobs alone, whatever is typed."""

from typing import Any

import pytest

from e2e.cast import New
from e2e.people import Person
from e2e.target import Json, Target

covers = pytest.mark.covers
# A vector is there soon on the twin, later on Cloudflare.
TRIES = 50


def search(person: Person, query: str, **options: Any) -> Json:
    answer = person.post("/api/jobs/search", json={"query": query, **options})
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def titles(found: Json) -> list[str]:
    return [job["title"] for job in found["jobs"]]


def find(person: Person, query: str, count: int, **options: Any) -> Json:
    """Once so many are found: the index follows the writes."""
    for _ in range(TRIES):
        found = search(person, query, **options)
        if found["resultCount"] >= count:
            break
    return found


@covers("POST /api/jobs/search", 200, "R7", "R17")
def test_a_word_of_the_title_is_found_with_its_scores(anna: Person, make_job: New) -> None:
    job = make_job(anna, title="Night Nurse")
    make_job(anna, title="Welder")

    found = find(anna, "nurse", 2)

    assert found["searchType"] == "hybrid"
    assert titles(found)[0] == "Night Nurse"
    [score] = [one for one in found["scores"] if one["jobId"] == job["id"]]
    assert score["keywordScore"] > 0
    combined = 0.3 * score["keywordScore"] + 0.7 * score["semanticScore"]
    assert score["combinedScore"] == pytest.approx(combined)


@covers("POST /api/jobs/search", 200)
def test_by_meaning_alone_there_are_no_scores(anna: Person, make_job: New) -> None:
    make_job(anna, title="Night Nurse")

    found = find(anna, "nurse", 1, searchType="semantic")

    assert (found["searchType"], titles(found)) == ("semantic", ["Night Nurse"])
    assert "scores" not in found


@covers("POST /api/jobs/search", 200)
def test_nothing_to_find_is_nothing_found(anna: Person) -> None:
    found = search(anna, "nurse")

    assert found == {"jobs": [], "searchType": "hybrid", "resultCount": 0}


@pytest.mark.parametrize(
    "query",
    [
        "C++",
        "full-stack",
        "o'neil",
        '"x',
        "AND",
        "*",
        "NEAR(",
        "a OR",
        "(",
        "-",
        "^x",
        "col:x",
        "{a}",
        "   ",
        "é😀",
        "x" * 500,
        "'; DROP TABLE jobs; --",
        "\u0000",
    ],
)
@covers("POST /api/jobs/search", 200, "R7")
def test_any_text_may_be_searched_for(anna: Person, make_job: New, query: str) -> None:
    make_job(anna, title="Engineer")

    answer = anna.post("/api/jobs/search", json={"query": query})

    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("title", "query"),
    [("C++ Engineer", "C++"), ("Full-Stack Developer", "full-stack"), ("O'Neil & Sons", "o'neil")],
)
@covers("POST /api/jobs/search", 200, "R7")
def test_what_looks_like_an_operator_is_found_as_a_word(
    anna: Person, make_job: New, title: str, query: str
) -> None:
    make_job(anna, title=title)

    found = find(anna, query, 1)

    assert found["scores"][0]["keywordScore"] > 0


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": ""},
        {"query": 7},
        {"query": "x" * 501},
        {"query": "x", "limit": 0},
        {"query": "x", "limit": 51},
        {"query": "x", "limit": "many"},
        {"query": "x", "searchType": "magic"},
    ],
    ids=str,
)
@covers("POST /api/jobs/search", 400)
def test_a_search_that_is_none_is_refused(anna: Person, body: Json) -> None:
    assert anna.post("/api/jobs/search", json=body).status_code == 400


@pytest.mark.parametrize("kind", ["semantic", "hybrid"])
@covers("POST /api/jobs/search", 200, "R3", "R8")
def test_jobs_of_others_are_not_found(anna: Person, ben: Person, make_job: New, kind: str) -> None:
    make_job(anna, title="Night Nurse")
    make_job(ben, title="Welder")
    find(anna, "night nurse", 1)

    assert titles(find(ben, "night nurse", 1, searchType=kind)) == ["Welder"]


@pytest.mark.timeout(120)
@covers("POST /api/jobs/search", 200, "R8")
def test_vectors_of_others_do_not_push_ours_out(anna: Person, ben: Person, make_job: New) -> None:
    for number in range(60):
        make_job(anna, title="Night Nurse", company=f"Clinic {number}")
    make_job(ben, title="Care Assistant")

    found = find(ben, "night nurse", 1, searchType="semantic", limit=1)

    assert titles(found) == ["Care Assistant"]


@pytest.mark.parametrize("limit", [1, 50, "5"])
@covers("POST /api/jobs/search", 200, "R8")
def test_every_limit_works(anna: Person, make_job: New, limit: int | str) -> None:
    for number in range(2):
        make_job(anna, title=f"Nurse {number}")

    found = find(anna, "nurse", min(2, int(limit)), limit=limit)

    assert found["resultCount"] == min(2, int(limit))


@covers("DELETE /api/jobs/:id", 204, "R8")
def test_a_deleted_job_is_not_found_and_its_vector_is_gone(
    anna: Person, make_job: New, jobmatch: Target
) -> None:
    job = make_job(anna, title="Night Nurse")
    find(anna, "nurse", 1, searchType="semantic")
    anna.delete(f"/api/jobs/{job['id']}")

    assert search(anna, "nurse")["jobs"] == []
    if jobmatch.control is not None:
        with jobmatch.cloudflare() as api:
            path = f"/vectorize/v2/indexes/{jobmatch.worker}/get_by_ids"
            asked = {"ids": [f"job:{job['id']}"]}
            assert api.post(path, json=asked).json()["result"] == []


@covers("POST /api/jobs/search", 200, "R8")
def test_the_same_job_of_two_users_has_two_vectors(
    anna: Person, ben: Person, make_job: New
) -> None:
    for person in (anna, ben):
        make_job(person, title="Night Nurse", company="Clinic")

    for person in (anna, ben):
        assert titles(find(person, "nurse", 1, searchType="semantic")) == ["Night Nurse"]


@covers("POST /api/jobs/search", 200)
def test_the_best_comes_first_and_scores_are_those_of_the_jobs_shown(
    anna: Person, make_job: New
) -> None:
    for title in ("Welder", "Night Nurse", "Nurse", "Baker"):
        make_job(anna, title=title)

    found = find(anna, "night nurse", 4)

    scores = [one["combinedScore"] for one in found["scores"]]
    assert titles(found)[:2] == ["Night Nurse", "Nurse"]
    assert scores == sorted(scores, reverse=True)
    assert [one["jobId"] for one in found["scores"]] == [job["id"] for job in found["jobs"]]
    assert found["resultCount"] == len(found["jobs"])


@covers("POST /api/jobs/search", 200)
@covers("PATCH /api/jobs/:id", 200)
def test_a_word_of_the_description_or_company_is_found_too(anna: Person, make_job: New) -> None:
    make_job(anna, title="One", description="We mend xylophones.")
    make_job(anna, title="Two", company="Xylophones Ltd")
    three = make_job(anna, title="Three", description="xylophones")
    anna.patch(f"/api/jobs/{three['id']}", json={"isSaved": True})

    found = find(anna, "xylophones", 3)

    words = {one["jobId"] for one in found["scores"] if one["keywordScore"] > 0}
    assert words == {job["id"] for job in found["jobs"]}
    assert sorted(titles(found)) == ["One", "Three", "Two"]
