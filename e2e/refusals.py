"""Whether what is somebody else's looks like what is not there."""

import json
from typing import Any

import httpx

from e2e.people import Person
from e2e.target import Json

# In a path or a body: the id that is asked for.
ID = "{id}"


def assert_absent(
    person: Person, request: str, id: str, resource: str, body: Json | None = None
) -> None:
    """404 for the resource, and the same as for an id that nothing has."""
    # The foreign one last: a report shows the last request first.
    none, foreign = (refusal(asked(person, request, one, body), one) for one in (unknown(id), id))
    assert foreign == none, f"{request}: {foreign} is told of what is there, {none} of what is not"
    assert (foreign["status"], foreign["code"]) == (404, "NOT_FOUND"), f"{request}: {foreign}"
    assert foreign["details"]["resource"] == resource, f"{request}: {foreign}"


def asked(person: Person, request: str, id: str, body: Json | None) -> httpx.Response:
    method, path = request.replace(ID, id).split(" ")
    content = None if body is None else json.dumps(body).replace(ID, id)
    return person.request(method, path, content=content)


def unknown(id: str) -> str:
    """An id of the same form that nothing has."""
    return ("1" if id[0] == "0" else "0") + id[1:]


def refusal(answer: httpx.Response, id: str) -> dict[str, Any]:
    """What is told, whichever id it tells it of."""
    told = json.loads(answer.text.replace(id, ID)) if answer.content else {}
    kept = {name: told.get(name) for name in ("code", "message", "details")}
    return {"status": answer.status_code, **kept}
