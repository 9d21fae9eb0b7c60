"""Files as the API keeps them: uploaded, found by their keys, opened to others by a link."""

from collections.abc import Iterator
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import httpx

from e2e.people import Person
from e2e.target import Json

BUCKETS = ("avatars", "resumes", "exports")
PDF = "application/pdf"


def upload(
    person: Person, content: bytes, name: str, bucket: str = "resumes", kind: str = PDF
) -> httpx.Response:
    """Sends a file that is to keep its name."""
    files = {"file": (name, content, kind)}
    return person.post("/api/files/upload", files=files, data={"bucket": bucket, "path": name})


def stored(
    person: Person, content: bytes, name: str, bucket: str = "resumes", kind: str = PDF
) -> Json:
    """What is told of a file that was taken: its key, its address, its size."""
    answer = upload(person, content, name, bucket, kind)
    assert answer.status_code == 201, answer.text
    told: Json = answer.json()
    return told


def of(key: str) -> str:
    """Where a file is deleted, and below which its links are made."""
    return f"/api/files/{quote(key, safe='')}"


def download(key: str) -> str:
    return f"/api/files/download/{quote(key, safe='')}"


def link(person: Person, key: str, seconds: int = 3600) -> str:
    """A signed address, which opens without a token."""
    answer = person.get(f"{of(key)}/signed-url", params={"expiresIn": seconds})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["expiresIn"] == seconds
    return str(told["signedUrl"])


def altered(url: str) -> Iterator[str]:
    """The address with one character of a parameter changed, or without the parameter."""
    bare, pairs = url.partition("?")[0], parse_qsl(urlsplit(url).query)
    for number, (name, value) in enumerate(pairs):
        before, after = pairs[:number], pairs[number + 1 :]
        yield f"{bare}?{urlencode([*before, *after])}"
        for place in sorted({0, len(value) // 2, len(value) - 1}):
            other = "1" if value[place] != "1" else "2"
            changed = value[:place] + other + value[place + 1 :]
            yield f"{bare}?{urlencode([*before, (name, changed), *after])}"
