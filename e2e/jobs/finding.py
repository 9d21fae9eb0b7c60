"""What somebody finds of their jobs: in the list, and by a search.

The index follows the writes: soon on a twin, later on Cloudflare.
"""

from typing import Any

from e2e.eventually import eventually
from e2e.people import Person
from e2e.target import Json

HYBRID, SEMANTIC = "hybrid", "semantic"
KINDS = (HYBRID, SEMANTIC)


def page(person: Person, **filters: Any) -> Json:
    answer = person.get("/api/jobs", params=filters)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def listed(person: Person, **filters: Any) -> list[str]:
    """Titles, newest first."""
    return titles(page(person, **filters))


def search(person: Person, query: str, **options: Any) -> Json:
    answer = person.post("/api/jobs/search", json={"query": query, **options})
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def find(person: Person, query: str, *jobs: Json, **options: Any) -> Json:
    """Once all of these are found."""

    def whole() -> Json | None:
        found = search(person, query, **options)
        return found if {job["id"] for job in jobs} <= ids(found) else None

    found = eventually(whole, person.target)
    wanted = [job["title"] for job in jobs]
    assert found is not None, f"{query!r} does not find {wanted} of {person.name}: {options}"
    return found


def gone(person: Person, query: str, job: Json, **options: Any) -> bool:
    return eventually(lambda: job["id"] not in ids(search(person, query, **options)), person.target)


def ids(found: Json) -> set[str]:
    return {job["id"] for job in found["jobs"]}


def titles(found: Json) -> list[str]:
    return [job["title"] for job in found["jobs"]]


def by_word(found: Json) -> set[str]:
    """The ids of those that have a word of the search in them."""
    return {one["jobId"] for one in found.get("scores", []) if one["keywordScore"] > 0}
