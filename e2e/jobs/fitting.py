"""How a job fits its owner: the analysis, which is kept and forgotten after answers."""

from e2e.eventually import eventually
from e2e.people import Person
from e2e.target import Json


def analyze(person: Person, job: Json) -> Json:
    answer = person.post(f"/api/jobs/{job['id']}/analyze")
    assert answer.status_code == 200, answer.text
    analysis: Json = answer.json()
    return analysis


def kept(person: Person, job: Json) -> Json:
    """The analysis, once it comes from a cache."""
    return until(person, job, cached=True)


def anew(person: Person, job: Json) -> Json:
    """The analysis, once it is made again."""
    return until(person, job, cached=False)


def until(person: Person, job: Json, cached: bool) -> Json:
    def as_wanted() -> Json | None:
        analysis = analyze(person, job)
        return analysis if analysis["cached"] is cached else None

    analysis = eventually(as_wanted, person.target)
    assert analysis is not None, f"the analysis of {person.name} never has cached={cached}"
    return analysis
