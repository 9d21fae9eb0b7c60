"""Each fault of a careless Worker is found, and named by its rule and route."""

from urllib.parse import urlsplit

import httpx
import jwt
import pytest

from emulator.leaks.attacks.rules import RULES
from emulator.leaks.observations import Observation, Severity
from emulator.leaks.routes import from_list
from emulator.leaks.settings import settings_of
from emulator.testing import TwinAccount, TwinServer
from tests.deployed import COMPATIBILITY, Deployed
from tests.leaks.attacked import attacked
from tests.leaks.careless import KEY, ROUTES, SCHEMA, SOURCE
from tests.workers.forms import form

pytestmark = pytest.mark.thorough

TOKENS = [jwt.encode({"sub": name}, KEY, "HS256") for name in ("anna", "ben", "cleo")]
NOTE = {"makes": "note", "body": {"text": "{marker}"}}
TOLD = {
    "sign_in": {"tokens": TOKENS},
    "routes": {
        "GET /status": {"public": True},
        "POST /notes": {**NOTE, "undo": "DELETE /notes/:id"},
        "GET /notes": {"query": {"search": "{term}"}},
        "GET /notes/:id": {"ids": {"id": "note"}},
        "DELETE /notes/:id": {"ids": {"id": "note"}},
        "GET /pages/:id": {"ids": {"id": "note"}},
        "GET /find": {"query": {"q": "{term}"}},
        "POST /files": {"makes": "file", "files": {"file": {"name": "a.txt", "text": "a"}}},
        "GET /files/:id": {"ids": {"id": "file"}},
        "POST /kept": {"makes": "kept", "body": {"text": "{marker}"}},
        "GET /kept/:id": {"ids": {"id": "kept"}},
    },
}
FAULTS = [
    ("attack/sql-injection", "POST /notes", "body text"),
    ("attack/sql-injection", "GET /notes", "query search"),
    ("attack/sql-injection", "GET /notes/:id", "path id"),
    ("attack/like-wildcard", "GET /notes", "query search"),
    ("attack/fts-syntax", "GET /find", "query q"),
    ("attack/altered-text", "POST /kept", "body text"),
    ("attack/stored-markup", "GET /pages/:id", ""),
    ("attack/active-content", "POST /files", "file"),
    ("attack/server-error", "POST /kept", "body: "),
    ("attack/malformed-body", "POST /kept", "body: "),
    ("attack/envelope", "GET /kept/:id", ""),
    ("attack/token", "GET /notes", "token: algorithm none"),
    ("attack/path-bypass", "GET /secret", "path: a slash at the end"),
    ("attack/rate-limit", "GET /counted", "in sequence"),
    ("attack/spoofed-address", "GET /counted", "header x-forwarded-for"),
    ("attack/engine-text", "GET /notes/:id", "path id"),
]


@pytest.fixture(scope="module")
def seen(twin_server: TwinServer) -> list[Observation]:
    account = twin_server.create_account("Careless")
    return look(twin_server, account)


def look(server: TwinServer, account: TwinAccount) -> list[Observation]:
    workers = Deployed(server, account)
    base = f"{server.api}/accounts/{account.id}"
    with httpx.Client(headers=account.headers, trust_env=False) as api:
        made = api.post(f"{base}/d1/database", json={"name": "careless"}).json()["result"]
        filled = api.post(f"{base}/d1/database/{made['uuid']}/query", json={"sql": SCHEMA})
        assert filled.is_success, filled.text
    binding = {"type": "d1", "name": "DB", "id": made["uuid"]}
    metadata = {
        "compatibility_date": COMPATIBILITY,
        "compatibility_flags": ["python_workers"],
        "bindings": [binding],
    }
    source = ("entry.py", "text/x-python", SOURCE.encode())
    put = workers.api.put("/scripts/careless", **form(source, main="entry.py", **metadata))
    assert put.is_success, put.text
    on = {"enabled": True, "previews_enabled": True}
    workers.api.post("/scripts/careless/subdomain", json=on).raise_for_status()
    url = f"http://{workers.host('careless')}:{urlsplit(server.edge).port}"
    workers.close()
    settings = settings_of(TOLD, from_list(ROUTES))
    return [one for one in attacked(url, settings) if one.rule in RULES]


@pytest.mark.parametrize(("rule", "route", "where"), FAULTS)
def test_each_fault_is_found(seen: list[Observation], rule: str, route: str, where: str) -> None:
    [found] = [one for one in seen if (one.rule, one.route) == (rule, route)][:1]

    assert found.severity is not Severity.NOTE
    assert found.where.startswith(where)
    assert found.request is not None
    assert found.answer is not None
    assert found.request.curl().startswith("curl -sS -i -X")


def test_what_is_done_right_is_not_blamed(seen: list[Observation]) -> None:
    blamed = [one for one in seen if one.severity is not Severity.NOTE]

    assert not [one for one in blamed if one.route == "GET /status"]
    assert not [one for one in blamed if one.rule == "attack/sql-injection" and "kept" in one.route]
    assert len({one.fingerprint for one in seen}) == len(seen)
