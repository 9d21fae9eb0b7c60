"""A small real application (Hono, supabase-js, openai, pdf-lib), deployed by wrangler and used
at the edge: offline, and the outbox has all that it asked of the outside.
"""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from pypdf import PdfReader

from emulator.core.settings import Settings
from emulator.standins.supabase.keys import keys_of
from emulator.testing import TwinServer
from tests.contract.conftest import NODE_MODULES, wrangler_of
from tests.deployed import Deployed

WORKERD = NODE_MODULES / "@cloudflare/workerd-linux-64/bin/workerd"
APPLICATION = Path(__file__).parents[2] / "fixtures/workers/hono"
PASSWORD = "correct horse"

pytestmark = [
    pytest.mark.wrangler,
    pytest.mark.workerd,
    pytest.mark.skipif(not WORKERD.is_file(), reason=f"no workerd at {WORKERD}: run 'make node'"),
]

Json = dict[str, Any]


@pytest.fixture(scope="module")
def application(
    twin_server: TwinServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployed]:
    """The application as its `wrangler.jsonc` would have it deployed, to an account of its own."""
    account = twin_server.create_account("Notebook")
    directory = tmp_path_factory.mktemp("hono") / "notebook"
    shutil.copytree(APPLICATION, directory)
    (directory / "node_modules").symlink_to(NODE_MODULES)
    secrets = {
        "SUPABASE_ANON_KEY": keys_of(Settings(), account.id).anon,
        "OPENAI_API_KEY": "sk-notebook-0123456789",
        "SENDGRID_API_KEY": "SG.notebook-0123456789",
    }
    (directory / "secrets.json").write_text(json.dumps(secrets))

    wrangler = wrangler_of(twin_server, account, directory)
    wrangler("vectorize", "create", "notebook", "--dimensions", "768", "--metric", "cosine")
    owner = ("--property-name", "owner", "--type", "string")
    wrangler("vectorize", "create-metadata-index", "notebook", *owner)
    wrangler("deploy", "--secrets-file", "secrets.json")
    wrangler("d1", "migrations", "apply", "notebook", "--remote")
    deployed = Deployed(twin_server, account)
    yield deployed
    deployed.close()
    twin_server.delete_account(account.id)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who has signed in to the application."""

    application: Deployed
    address: str
    headers: dict[str, str]

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = self.headers | options.pop("headers", {})
        return self.application.request("notebook", method, path, headers=headers, **options)

    def write(self, title: str, body: str) -> str:
        """A new note; its id."""
        made = self.ask("POST", "/notes", json={"title": title, "body": body})
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    def search(self, query: str, by: str) -> list[Json]:
        found = self.ask("GET", "/search", params={"q": query, "by": by})
        assert found.status_code == 200, found.text
        return list(found.json()["found"])


def sign_up(application: Deployed, address: str) -> Person:
    account = {"email": address, "password": PASSWORD}
    made = application.request("notebook", "POST", "/auth/sign-up", json=account)
    assert made.status_code == 201, made.text
    return Person(application, address, {"authorization": f"Bearer {made.json()['token']}"})


@pytest.fixture
def ada(application: Deployed, tmp_path: Path) -> Person:
    """A person of this test alone, and an empty outbox."""
    person = sign_up(application, f"ada+{tmp_path.name}@example.com")
    told(application, "DELETE", "outbox")
    return person


def told(application: Deployed, method: str, of: str, **filters: str) -> Json:
    """What the control plane has of the account's calls or mails."""
    query = {"account_id": application.account.id, **filters}
    control = application.server.control
    return dict(control.request(method, f"/_twin/{of}", params=query).raise_for_status().json())


def calls(application: Deployed) -> list[tuple[str, str, str, int]]:
    """Of each outside call, oldest first: script, host and path, who answered, status."""
    found = reversed(told(application, "GET", "outbox")["calls"])
    return [
        (one["script"], one["url"].removeprefix("https://"), one["answered_by"], one["status"])
        for one in found
    ]


WHO = ("notebook", "notebook.supabase.co/auth/v1/user", "supabase", 200)
EMBEDDED = ("notebook", "api.openai.com/v1/embeddings", "openai", 200)


def test_somebody_signs_up_and_logs_in(application: Deployed, ada: Person) -> None:
    account = {"email": ada.address, "password": PASSWORD}
    back = application.request("notebook", "POST", "/auth/login", json=account)
    wrong = account | {"password": "wrong"}
    refused = application.request("notebook", "POST", "/auth/login", json=wrong)

    assert back.status_code == 200
    token = {"authorization": f"Bearer {back.json()['token']}"}
    assert ada.ask("GET", "/auth/me", headers=token).json()["email"] == ada.address
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_credentials")
    login = "notebook.supabase.co/auth/v1/token?grant_type=password"
    assert calls(application) == [
        ("notebook", login, "supabase", 200),
        ("notebook", login, "supabase", 400),
        WHO,
    ]


def test_nobody_gets_in_without_a_token_of_theirs(application: Deployed) -> None:
    nobody = application.get("notebook", "/notes")
    forged = application.get("notebook", "/notes", headers={"authorization": "Bearer a.b.c"})

    assert (nobody.status_code, nobody.json()) == (401, {"error": "sign in first"})
    assert forged.status_code == 401


def test_a_note_is_its_owners_alone(application: Deployed, ada: Person) -> None:
    eve = sign_up(application, ada.address.replace("ada", "eve"))
    note = ada.write("Tea", "Earl Grey")

    assert [one["title"] for one in ada.ask("GET", "/notes").json()["notes"]] == ["Tea"]
    assert eve.ask("GET", "/notes").json() == {"notes": []}
    assert eve.ask("DELETE", f"/notes/{note}").status_code == 404
    assert eve.search("tea", "openai") == []


@pytest.mark.parametrize(("by", "outside"), [("openai", [WHO, EMBEDDED]), ("workers-ai", [WHO])])
def test_notes_are_found_by_their_meaning(
    application: Deployed, ada: Person, by: str, outside: list[Any]
) -> None:
    tea = ada.write("Tea", "How to brew a pot of Earl Grey tea")
    bicycle = ada.write("Bicycle", "The bicycle wants a new chain and brakes")
    told(application, "DELETE", "outbox")

    found = ada.search("brew Earl Grey tea", by)

    assert [one["note"] for one in found] == [tea, bicycle]
    assert calls(application) == outside
    assert ada.ask("DELETE", f"/notes/{tea}").status_code == 204
    assert [one["title"] for one in ada.search("tea", by)] == ["Bicycle"]


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b'{"title": 1, "body": "x"}', b"\xff"])
def test_a_body_that_is_no_note_is_refused(ada: Person, body: bytes) -> None:
    refused = ada.ask("POST", "/notes", content=body)

    assert refused.status_code == 422
    assert "title" in refused.json()["error"]


def test_a_document_comes_back_as_it_was_stored(ada: Person) -> None:
    content = bytes(range(256)) * 1000
    kind = {"content-type": "image/png"}
    stored = ada.ask("PUT", "/documents/a.png", content=content, headers=kind)
    got = ada.ask("GET", "/documents/a.png")
    again = ada.ask("GET", "/documents/a.png", headers={"if-none-match": got.headers["etag"]})

    assert stored.json() == {"name": "a.png", "size": 256_000}
    assert (got.content == content, got.headers["content-type"]) == (True, "image/png")
    assert again.status_code == 304
    assert ada.ask("GET", "/documents").json()["documents"] == [stored.json()]


def test_a_note_becomes_a_pdf_that_a_link_shows_to_anybody(
    application: Deployed, ada: Person
) -> None:
    note = ada.write("Tea \u2615", "How to brew a pot of Earl Grey")
    own = ada.ask("GET", f"/notes/{note}/pdf")
    path = ada.ask("POST", f"/notes/{note}/link").json()["path"]
    shared = application.get("notebook", path)

    for answer in (own, shared):
        assert answer.headers["content-type"] == "application/pdf"
        text = PdfReader(BytesIO(answer.content)).pages[0].extract_text()
        assert text.splitlines() == ["Tea ?", "How to brew a pot of Earl Grey"]
    assert application.get("notebook", "/shared/none").status_code == 404


def test_a_mail_reaches_the_inbox_and_the_outbox_masks_the_key(
    application: Deployed, ada: Person
) -> None:
    note = ada.write("Tea", "Earl Grey")
    told(application, "DELETE", "outbox")
    to = ada.address.replace("ada", "bob")

    sent = ada.ask("POST", f"/notes/{note}/mail", json={"to": to})
    refused = ada.ask("POST", f"/notes/{note}/mail", json={"to": "nowhere"})

    assert sent.status_code == 202
    [mail] = told(application, "GET", "inbox", to=to)["mails"]
    assert (mail["subject"], mail["text"]) == ("Tea", "Earl Grey")
    assert mail["message_id"] == sent.json()["message"]
    assert (refused.status_code, refused.json()) == (
        422,
        {"error": "SendGrid: Does not contain a valid address."},
    )
    accepted, rejected = (
        ("notebook", "api.sendgrid.com/v3/mail/send", "sendgrid", s) for s in (202, 400)
    )
    assert calls(application) == [WHO, accepted, WHO, rejected]
    [first, _] = told(application, "GET", "outbox", host="api.sendgrid.com")["calls"]
    assert ["authorization", "Bearer ***6789"] in first["headers"]


def test_a_summary_streams_from_openai(application: Deployed, ada: Person) -> None:
    note = ada.write("Tea", "Earl Grey")
    told(application, "DELETE", "outbox")

    summary = ada.ask("GET", f"/notes/{note}/summary")

    assert summary.status_code == 200
    assert "Earl Grey" in summary.text
    assert calls(application)[1] == (
        "notebook",
        "api.openai.com/v1/chat/completions",
        "openai",
        200,
    )


def test_a_host_that_nobody_stands_in_for_is_refused_with_what_would_allow_it(
    application: Deployed, ada: Person
) -> None:
    refused = ada.ask("GET", "/clip", params={"url": "https://example.com/page"})

    assert refused.status_code == 502
    assert 'allow_hosts = "example.com"' in refused.json()["error"]
    assert calls(application)[-1] == ("notebook", "example.com/page", "refused", 502)
