"""A twin tells what lies behind a finding; without one, or with an older one, nothing is said."""

from emulator.leaks.behind import Behind, statements
from emulator.leaks.observations import Kind, Observation, Severity

FOUND = Observation(
    Kind.ACCESS, "leak/access", Severity.ERROR, "GET /notes/:id", "second user", "owner", "served"
)


def finding(method: str, path: str) -> dict[str, object]:
    asked = {"method": method, "path": path}
    return {"rule": "tenancy/unbound-read", "statement": "SELECT 1", "requests": [asked]}


def test_the_statement_of_the_same_route_is_told() -> None:
    told = [finding("GET", "/notes/7"), finding("PUT", "/notes/7"), finding("GET", "/notes")]

    assert statements(FOUND, told) == ["tenancy/unbound-read: SELECT 1"]


def test_without_a_twin_nothing_is_added() -> None:
    assert Behind("").told([FOUND]) == (FOUND,)
    assert Behind("http://127.0.0.1:9").told([FOUND]) == (FOUND,)
