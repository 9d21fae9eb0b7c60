"""Export and import as wrangler drives them: polling, links, files."""

from collections.abc import AsyncIterator
from hashlib import md5
from threading import Event
from typing import Any

import httpx
import pytest

from emulator import Account, Twin
from emulator.core.clock import ManualClock
from emulator.d1 import rest, transfer, transfer_rest
from emulator.d1.database import D1Database
from emulator.d1.script import run_script
from emulator.d1.transfer import Transfers
from emulator.wire.api import ApiV4
from tests.assertions import assert_failure

SCRIPT = b"CREATE TABLE t (a);\nINSERT INTO t VALUES (1), (2);\n"
ETAG = md5(SCRIPT).hexdigest()


class Client:
    """One database's doors, and the open network."""

    def __init__(self, http: httpx.AsyncClient, token: str, path: str) -> None:
        self.http = http
        self._headers = {"Authorization": f"Bearer {token}"}
        self._path = path

    async def post(self, door: str, **body: object) -> httpx.Response:
        return await self.http.post(f"{self._path}/{door}", json=body, headers=self._headers)

    async def ask(self, door: str, **body: object) -> Any:
        response = await self.post(door, **body)
        assert response.status_code == 200, response.text
        return response.json()["result"]

    async def export(self, **options: object) -> Any:
        return await self.ask("export", output_format="polling", dump_options=options)

    async def upload(self, data: bytes = SCRIPT) -> Any:
        """Send a file; what `ingest` answers."""
        etag = md5(data).hexdigest()
        begun = await self.ask("import", action="init", etag=etag)
        await self.http.put(begun["upload_url"], content=data)
        return await self.ask("import", action="ingest", etag=etag, filename=begun["filename"])


@pytest.fixture
async def client(
    twin: Twin, account: Account, token: str, database: D1Database
) -> AsyncIterator[Client]:
    routes = (*rest.ROUTES, *transfer_rest.routes(Transfers(twin.clock, twin.ids)))
    transport = httpx.ASGITransport(ApiV4(twin, routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://twin") as http:
        path = f"/client/v4/accounts/{account.id}/d1/database/{database.id}"
        yield Client(http, token, path)


async def test_an_export_is_a_file_behind_a_link(client: Client, database: D1Database) -> None:
    database.execute("CREATE TABLE t (a); INSERT INTO t VALUES ('ü')")

    exported = await client.export()
    dump = await client.http.get(exported["result"]["signed_url"])

    assert (exported["type"], exported["status"]) == ("export", "complete")
    assert exported["messages"] == []
    assert 'INSERT INTO "t" ("a") VALUES(\'ü\');' in dump.text
    assert int(dump.headers["content-length"]) == len(dump.content)


async def test_polling_with_the_bookmark_leads_to_the_same_file(client: Client) -> None:
    first = await client.export()

    second = await client.ask(
        "export", output_format="polling", current_bookmark=first["at_bookmark"]
    )

    assert second == first


async def test_full_text_search_ends_an_export(client: Client, database: D1Database) -> None:
    database.execute("CREATE VIRTUAL TABLE f USING fts5(x)")

    exported = await client.export()

    message = "D1 Export error: cannot export databases with Virtual Tables (fts5)"
    assert (exported["status"], exported["error"]) == ("error", message)


async def test_a_link_lives_for_an_hour(client: Client, clock: ManualClock) -> None:
    url = (await client.export())["result"]["signed_url"]
    clock.advance(3_599)
    assert (await client.http.get(url)).status_code == 200

    clock.advance(1)

    message = "The request is malformed: this URL has expired or was never given out"
    assert_failure(await client.http.get(url), status=403, code=7400, message=message)


async def test_expired_files_leave_the_disk(
    client: Client, clock: ManualClock, database: D1Database
) -> None:
    await client.export()
    await client.upload()
    clock.advance(3_600)

    await client.export()

    assert len(list(database.path.with_suffix(".transfer").iterdir())) == 1


async def test_an_import_runs_the_uploaded_file(client: Client, database: D1Database) -> None:
    done = await client.upload()

    assert (done["success"], done["type"], done["status"]) == (True, "import", "complete")
    assert done["result"]["num_queries"] == 2
    assert done["result"]["final_bookmark"] == database.bookmark() > done["at_bookmark"]
    assert done["result"]["meta"]["size_after"] == database.size().bytes
    assert database.execute("SELECT a FROM t")[0].rows == [(1,), (2,)]


async def test_an_upload_is_answered_as_r2_does(client: Client) -> None:
    begun = await client.ask("import", action="init", etag=ETAG)

    response = await client.http.put(begun["upload_url"], content=SCRIPT)

    assert (response.status_code, response.headers["etag"]) == (200, f'"{ETAG}"')


async def test_a_known_file_is_imported_at_once(client: Client, database: D1Database) -> None:
    await client.upload()
    database.execute("DROP TABLE t")

    again = await client.ask("import", action="init", etag=ETAG)

    assert again["status"] == "complete"
    assert database.execute("SELECT count(*) FROM t")[0].rows == [(2,)]


async def test_an_error_in_the_file_is_told_and_nothing_is_kept(
    client: Client, database: D1Database
) -> None:
    done = await client.upload(SCRIPT + b"SELEC 1;")

    assert done["status"] == "error"
    assert done["errors"] == ['near "SELEC": syntax error at offset 0: SQLITE_ERROR']
    assert database.size().tables == 0


async def test_idle_databases_say_so(client: Client) -> None:
    answer = await client.ask("import", action="poll", current_bookmark="x")

    assert answer["success"] is False
    assert answer["error"] == "Not currently importing anything."


async def test_a_long_import_is_polled_for(
    client: Client, database: D1Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await client.upload(b"SELECT 1")
    monkeypatch.setattr(transfer, "POLL_SECONDS", 0.05)
    begun = await client.ask("import", action="init", etag=ETAG)
    await client.http.put(begun["upload_url"], content=SCRIPT)
    with Blocked(database, monkeypatch):
        active = await client.ask("import", action="ingest", etag=ETAG, filename=begun["filename"])
        other = await client.post("import", action="init", etag=md5(b"SELECT 1").hexdigest())
    monkeypatch.setattr(transfer, "POLL_SECONDS", 60)
    done = await client.ask("import", action="poll", current_bookmark=active["at_bookmark"])

    assert active["status"] == "active"
    assert other.json()["errors"][0]["message"] == "Currently processing a long-running import."
    assert done["status"] == "complete"


class Blocked:
    """While this is entered, imports do not begin."""

    def __init__(self, database: D1Database, monkeypatch: pytest.MonkeyPatch) -> None:
        self._gate = Event()

        def wait(*values: Any) -> Any:
            self._gate.wait(30)
            return run_script(*values)

        monkeypatch.setattr("emulator.d1.transfer.run_script", wait)

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        self._gate.set()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, "Invalid property: action => Required"),
        ({"action": "init"}, "Invalid property: etag => Required"),
        ({"action": "init", "etag": "../../x"}, "Invalid property: etag => Invalid MD5"),
        ({"action": "ingest", "etag": ETAG}, "Invalid property: filename => Required"),
        (
            {"action": "ingest", "etag": ETAG, "filename": "x"},
            "Invalid property: filename => No such file was uploaded",
        ),
        ({"action": "poll"}, "Invalid property: current_bookmark => Required"),
    ],
)
async def test_malformed_imports_are_refused(
    client: Client, body: dict[str, object], reason: str
) -> None:
    message = f"The request is malformed: {reason}"
    assert_failure(await client.post("import", **body), status=400, code=7400, message=message)


async def test_a_file_that_was_never_sent_is_refused(client: Client, database: D1Database) -> None:
    filename = f"{database.id}.{ETAG}.sql"

    response = await client.post("import", action="ingest", etag=ETAG, filename=filename)

    assert response.json()["errors"][0]["code"] == 7400


@pytest.mark.parametrize("path", ["uploads/x", "uploads/" + "0" * 64])
async def test_nobody_sends_a_file_without_a_link(client: Client, path: str) -> None:
    response = await client.http.put(f"/client/v4/_twin/d1/{path}", content=SCRIPT)

    assert response.status_code == 403


async def test_what_an_earlier_process_left_is_removed(
    client: Client, database: D1Database
) -> None:
    left = database.path.with_suffix(".transfer") / f"{ETAG}.sql"
    left.parent.mkdir()
    left.write_bytes(SCRIPT)

    assert "upload_url" in await client.ask("import", action="init", etag=ETAG)
    assert not left.exists()


async def test_a_deleted_database_takes_its_uploads_along(
    rest: httpx.AsyncClient, account: Account, twin: Twin
) -> None:
    made = account.d1.create_database("shop")
    path = f"/d1/database/{made.id}"
    begun = await rest.post(f"{path}/import", json={"action": "init", "etag": "0" * 32})
    await rest.put(begun.json()["result"]["upload_url"], content=b"SELECT 1;")
    files = twin.account_path(account.id)
    assert any("transfer" in str(left) for left in files.rglob(f"*{made.id}*"))

    await rest.delete(path)

    assert not list(files.rglob(f"*{made.id}*"))
