"""URLs that carry their own permission, for a while (§3.10, R12)."""

from collections.abc import Iterator
from time import monotonic
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from e2e.people import People, Person
from e2e.target import Json
from tests.jobmatch.test_files import escaped, uploaded

covers = pytest.mark.covers
# Longer than the shortest-lived URL here, with room for a slow machine.
SECONDS = 10.0


def signed(person: Person, key: str, query: str = "") -> Json:
    answer = person.get(f"/api/files/{escaped(key)}/signed-url{query}")
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


def path_of(signed_url: str) -> str:
    url = urlsplit(signed_url)
    return f"{url.path}?{url.query}"


@covers("GET /api/files/:key/signed-url", 200, "R12")
@covers("GET /api/files/download/:key", 200, 401, "R12")
def test_a_signed_url_opens_without_a_token(anna: Person, anyone: Person) -> None:
    told = uploaded(anna, b"mine", path="cv.pdf")

    url = signed(anna, told["key"])["signedUrl"]

    answer = anyone.get(path_of(url))
    assert (answer.status_code, answer.content) == (200, b"mine")
    assert answer.headers["content-type"] == "application/pdf"
    assert anyone.get(told["downloadURL"]).status_code == 401


@covers("GET /api/files/:key/signed-url", 200, "R12")
def test_a_signed_url_is_whole_and_leads_to_this_deployment(anna: Person) -> None:
    told = signed(anna, uploaded(anna)["key"])

    url = urlsplit(told["signedUrl"])
    assert url.scheme in ("http", "https")
    assert url.netloc == urlsplit(anna.target.api).netloc
    assert told["key"].startswith(f"users/{anna.id}/")


@pytest.mark.parametrize(
    ("query", "seconds"),
    [
        ("", 3600),
        ("?expiresIn=60", 60),
        ("?expiresIn=86400", 86400),
        ("?expiresIn=86401", 86400),
        ("?expiresIn=99999999999999999999", 86400),
        ("?expiresIn=0", 3600),
        ("?expiresIn=-5", 3600),
        ("?expiresIn=soon", 3600),
        ("?expiresIn=NaN", 3600),
        ("?expiresIn=", 3600),
    ],
)
@covers("GET /api/files/:key/signed-url", 200)
def test_how_long_it_opens_is_bounded(anna: Person, query: str, seconds: int) -> None:
    told = signed(anna, uploaded(anna)["key"], query)

    assert told["expiresIn"] == seconds
    assert told["expiresAt"].endswith("Z")


def altered(path: str) -> Iterator[str]:
    """One character of each parameter's value, at its start, in its middle and at its end."""
    bare, _, query = path.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    for number, (name, value) in enumerate(pairs):
        for place in sorted({0, len(value) // 2, len(value) - 1}):
            other = "1" if value[place] != "1" else "2"
            changed = value[:place] + other + value[place + 1 :]
            yield f"{bare}?{urlencode([*pairs[:number], (name, changed), *pairs[number + 1 :]])}"
        yield f"{bare}?{urlencode([*pairs[:number], *pairs[number + 1 :]])}"


@covers("GET /api/files/download/:key", 403, "R12")
def test_a_signed_url_that_was_altered_is_refused(anna: Person, anyone: Person) -> None:
    path = path_of(signed(anna, uploaded(anna, b"mine")["key"])["signedUrl"])

    answers = {one: anyone.get(one) for one in altered(path)}

    assert len(answers) > 5
    opened = [one for one, answer in answers.items() if answer.status_code not in (401, 403)]
    assert opened == []
    assert any(answer.status_code == 403 for answer in answers.values())
    assert anyone.get(path).status_code == 200


@covers("GET /api/files/download/:key", 403, "R3", "R12")
def test_a_signature_is_for_its_file_alone(anna: Person, ben: Person, anyone: Person) -> None:
    mine, other, bens = uploaded(anna), uploaded(anna, path="other"), uploaded(ben)
    query = urlsplit(signed(anna, mine["key"])["signedUrl"]).query

    paths = [f"{one['downloadURL']}?{query}" for one in (other, bens)]

    assert [anyone.get(path).status_code for path in paths] == [403, 403]
    assert ben.get(f"{other['downloadURL']}?{query}").status_code == 403


@covers("GET /api/files/download/:key", 403, "R12")
def test_hostile_signatures_are_refused(anyone: Person, anna: Person) -> None:
    path = path_of(signed(anna, uploaded(anna)["key"])["signedUrl"])
    bare, _, query = path.partition("?")
    names = [name for name, _ in parse_qsl(query)]

    for value in ("", "0", "-1", "NaN", "1e999", "9" * 400, "é", "\0", "a" * 64, "[]"):
        answer = anyone.get(f"{bare}?{urlencode({name: value for name in names})}")
        assert answer.status_code in (401, 403), (value, answer.text)
    twice = f"{path}&{query}"
    assert anyone.get(twice).status_code in (200, 401, 403)


@covers("GET /api/files/download/:key", 404)
def test_a_signed_url_of_a_deleted_file_finds_nothing(anna: Person, anyone: Person) -> None:
    told = uploaded(anna)
    path = path_of(signed(anna, told["key"])["signedUrl"])

    anna.delete(f"/api/files/{escaped(told['key'])}")

    assert anyone.get(path).status_code == 404


@covers("GET /api/files/download/:key", 200, 403, "R12")
def test_a_signed_url_closes_when_its_time_is_over(anna: Person, people: People) -> None:
    key = uploaded(anna)["key"]
    path = path_of(signed(anna, key, "?expiresIn=2")["signedUrl"])
    statuses = [people.anyone().get(path).status_code]

    until = monotonic() + SECONDS
    while statuses[-1] == 200 and monotonic() < until:
        statuses.append(people.anyone().get(path).status_code)

    assert (statuses[0], statuses[-1]) == (200, 403)
