"""What each request creates, by its route: from the table here, and from what was answered."""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, unquote

from e2e.real.ledger import Thing

DOWNLOADS = "/api/files/download/"


@dataclass(frozen=True, slots=True)
class Creation:
    """Where an answer has the id of what was made, and the route that deletes it."""

    kind: str
    member: str
    path: str


CREATIONS: Mapping[str, Creation] = MappingProxyType(
    {
        "POST /api/jobs": Creation("row", "job.id", "/api/jobs/{}"),
        "POST /api/jobs/scrape": Creation("row", "jobs.id", "/api/jobs/{}"),
        "POST /api/applications": Creation("row", "id", "/api/applications/{}"),
        "POST /api/applications/generate": Creation("row", "id", "/api/applications/{}"),
        "POST /api/profile/work-experience": Creation(
            "row", "experience.id", "/api/profile/work-experience/{}"
        ),
        "POST /api/profile/education": Creation("row", "education.id", "/api/profile/education/{}"),
        "POST /api/profile/skills": Creation("row", "skill.id", "/api/skills/{}"),
        "POST /api/skills": Creation("row", "skill.id", "/api/skills/{}"),
        "POST /api/tracked-applications": Creation("row", "id", "/api/tracked-applications/{}"),
        "POST /api/files/upload": Creation("file", "key", "/api/files/{}"),
        "POST /api/profile/avatar": Creation("file", "file.key", "/api/files/{}"),
        "POST /api/resume/upload": Creation("file", "file.key", "/api/resume/{}"),
        "POST /api/exports/pdf": Creation("file", "downloadUrl", "/api/files/{}"),
        "POST /api/exports/docx": Creation("file", "downloadUrl", "/api/files/{}"),
        "POST /api/exports/text": Creation("file", "downloadUrl", "/api/files/{}"),
        "GET /api/auth/linkedin/initiate": Creation("state", "state", ""),
    }
)
# What these create has no route that deletes it: it goes by the user's id, behind the API.
UNROUTED: Mapping[str, str] = MappingProxyType(
    {
        "POST /api/emails/send": "a row in email_history, and a mail",
        "POST /api/jobs/scrape": "a row in job_searches, and entries in the registry of postings",
        "POST /api/jobs/:id/analyze": "an analysis in D1 and KV",
    }
)


def created_by(route: str, owner: str, answer: Any) -> Iterator[Thing]:
    """What a request that succeeded has made."""
    creation = CREATIONS.get(route)
    if creation is None:
        return
    for found in members(answer, creation.member.split(".")):
        id = key_in(str(found))
        path = creation.path.format(quote(id, safe="")) if creation.path else ""
        yield Thing(creation.kind, id, owner, path)
        if creation.path == "/api/jobs/{}":
            yield Thing("vector", f"job:{id}", owner)
    if route == "POST /api/jobs/scrape":
        for job in answer.get("jobs", []):
            yield Thing("posting", posting_hash(job))


def members(value: Any, names: list[str]) -> Iterator[Any]:
    """The values at a dotted name; through lists, one for each item."""
    if isinstance(value, list):
        for item in value:
            yield from members(item, names)
    elif not names:
        if value:
            yield value
    elif isinstance(value, dict):
        yield from members(value.get(names[0]), names[1:])


def key_in(text: str) -> str:
    """The key in a download's address; any other text is an id already."""
    _, found, rest = text.partition(DOWNLOADS)
    return unquote(rest.partition("?")[0]) if found else text


def posting_hash(job: Mapping[str, Any]) -> str:
    parts = (str(job.get(name) or "") for name in ("company", "title", "location"))
    return re.sub(r"[^a-z0-9]", "_", "_".join(parts).lower())


def claims_of(authorization: str) -> dict[str, Any]:
    """What a bearer token says of itself: for notes, not for trust."""
    try:
        payload = authorization.rpartition(" ")[2].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}


def session_of(token: str) -> Thing:
    """The session that the application notes for a token."""
    claims = claims_of(token)
    id = claims.get("session_id") or sha256(token.encode()).hexdigest()[:32]
    return Thing("session", str(id), str(claims.get("sub", "")))
