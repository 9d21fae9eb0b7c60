"""Anna, who has something, and Ben, who tries to get at it. A probe says whether he does."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import quote

import httpx

from e2e.people import People, Person
from e2e.target import Json, Target

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(64))


@dataclass(frozen=True, slots=True)
class Scene:
    target: Target
    people: People
    control: httpx.Client
    anna: Person
    ben: Person

    @classmethod
    def of(cls, people: People, control: httpx.Client) -> "Scene":
        return cls(people.target, people, control, people.new("anna"), people.new("ben"))


# True: what the switch guards is open.
Probe = Callable[[Scene], bool]


def made(answer: httpx.Response, *members: str) -> Json:
    """What a request has made; `members` lead to it."""
    assert answer.status_code in (200, 201), f"{answer.request.url}: {answer.text}"
    found: Json = answer.json()
    for member in members:
        found = found[member]
    return found


def leaking(probes: Iterable[tuple[str, Probe]], people: People, control: httpx.Client) -> set[str]:
    """The switches whose guard is open. Each probe has an Anna and a Ben of its own."""
    return {name for name, probe in probes if probe(Scene.of(people, control))}


def uploaded(person: Person, bucket: str, name: str, data: bytes = b"private") -> str:
    """The quoted key of a file of theirs."""
    asked = {"data": {"bucket": bucket, "path": name}, "files": {"file": (name, data)}}
    return quote(str(made(person.post("/api/files/upload", **asked))["key"]), safe="")


def still_has(person: Person, key: str) -> bool:
    return person.get(f"/api/files/download/{key}").status_code == 200
