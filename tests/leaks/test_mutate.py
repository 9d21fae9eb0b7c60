"""Filter mutation: which owner filters of a Worker does a suite defend?"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from emulator.leaks.mutate_command import mutate
from emulator.testing import TwinServer, serving
from tests.deployed import Deployed
from tests.workers.forms import form

PYTHON = "text/x-python"
WORKER = """
from urllib.parse import urlsplit
from workers import Response, WorkerEntrypoint

STATEMENTS = {
    "/notes": "SELECT text FROM notes WHERE user_id = ?1",
    "/count": "SELECT count(*) AS text FROM notes WHERE user_id = ?1",
    "/twice": "SELECT text FROM notes WHERE user_id = ?1 AND notes.user_id = ?1",
}

class Default(WorkerEntrypoint):
    async def fetch(self, request):
        user, path = request.headers.get("x-user"), urlsplit(request.url).path
        if request.method == "POST":
            adding = "INSERT INTO notes (user_id, text) VALUES (?1, ?2)"
            await self.env.DB.prepare(adding).bind(user, await request.text()).run()
            return Response("", status=201)
        found = await self.env.DB.prepare(STATEMENTS[path]).bind(user).all()
        return Response.json([row["text"] for row in found.results])
"""
ASKING = """
import json
import uuid
from urllib.request import Request, urlopen

def ask(user, path, text=None):
    headers = {"host": HOST, "x-user": user}
    with urlopen(Request(EDGE + path, text and text.encode(), headers)) as answer:
        return text or json.load(answer)

anna, ben = str(uuid.uuid4()), str(uuid.uuid4())
ask(anna, "/notes", "anna's")
"""
# Of the two filters it goes through, it would miss one.
SUITE = """
def test_others_notes_are_not_listed():
    assert ask(anna, "/notes") == ["anna's"]
    assert ask(ben, "/notes") == []

def test_notes_are_counted():
    assert ask(anna, "/count")[0] > 0
"""
SCRIPT = """
assert ask(ben, "/twice") == []
"""

Mutate = Callable[..., Result]


@pytest.fixture(scope="module")
def server() -> Iterator[TwinServer]:
    with serving() as server:
        yield server


@pytest.fixture(scope="module")
def asking(server: TwinServer) -> Iterator[str]:
    """The beginning of a suite that asks the Worker `notes`, which is deployed."""
    workers = Deployed(server, server.create_account())
    base = workers.api.base_url
    database = workers.api.post(base.join("../d1/database"), json={"name": "notes"}).json()
    id = database["result"]["uuid"]
    sql = "CREATE TABLE notes (id INTEGER PRIMARY KEY, user_id TEXT, text TEXT)"
    made = workers.api.post(base.join(f"../d1/database/{id}/query"), json={"sql": sql})
    made.raise_for_status()
    deploy(workers, {"type": "d1", "name": "DB", "id": id})
    yield f"EDGE, HOST = {server.edge!r}, {workers.host('notes')!r}\n{ASKING}"
    workers.close()


def deploy(workers: Deployed, *bindings: dict[str, Any]) -> None:
    metadata = {
        "compatibility_date": "2026-01-01",
        "compatibility_flags": ["python_workers"],
        "bindings": [*bindings],
    }
    upload = form(("entry.py", PYTHON, WORKER.encode()), main="entry.py", **metadata)
    workers.api.put("/scripts/notes", **upload).raise_for_status()
    on = {"enabled": True, "previews_enabled": True}
    workers.api.post("/scripts/notes/subdomain", json=on).raise_for_status()


@pytest.fixture
def run(server: TwinServer, tmp_path: Path) -> Mutate:
    def ran(*arguments: object) -> Result:
        record = ("--record", tmp_path / "record.json", "--control", server.url)
        return CliRunner().invoke(mutate, [str(one) for one in (*record, *arguments)])

    return ran


@pytest.fixture
def suite(asking: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """A command that runs pytest, without plugins that are not its own."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    path = tmp_path / "test_suite.py"
    path.write_text(asking + SUITE)
    return (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(path))


@pytest.fixture
def script(asking: str, tmp_path: Path) -> Path:
    path = tmp_path / "script.py"
    path.write_text(asking + SCRIPT)
    return path


def trials(tmp_path: Path) -> dict[str, dict[str, Any]]:
    """What is recorded, by the route's column."""
    told = json.loads((tmp_path / "record.json").read_text())["trials"]
    return {one["id"]: one for one in told}


def test_a_filter_that_no_test_defends_is_named(
    run: Mutate, suite: tuple[str, ...], server: TwinServer, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"

    ended = run("--report", page, "--", *suite)

    assert ended.exit_code == 1, ended.output
    assert "mutation score: 1 of 2 filters are defended (50 %)" in ended.output
    [survivor] = [line for line in ended.output.splitlines() if line.startswith("SURVIVED")]
    assert survivor.endswith("notes d1 notes: user_id = ?1")
    assert "in SELECT count(*) AS text FROM notes WHERE user_id = ?1" in ended.output
    assert "as in GET /count" in ended.output
    assert "test_suite.py::test_notes_are_counted" in ended.output
    assert "SELECT count(*)" in page.read_text()
    [killed] = [one for one in trials(tmp_path).values() if one["outcome"] == "killed"]
    assert "test_others_notes_are_not_listed" in killed["by"]
    assert server.control.get("/_twin/guard").json()["mode"] == "off"
    assert server.control.get("/_twin/guard/mutation").json()["on"] is False


def test_filters_that_stand_in_for_each_other_are_defended_together(
    run: Mutate, script: Path, tmp_path: Path
) -> None:
    ended = run("--", sys.executable, script)

    assert ended.exit_code == 0, ended.output
    assert "mutation score: 2 of 2 filters are defended (100 %)" in ended.output
    assert ended.output.count("in each other's place: ") == 2
    assert {one["outcome"] for one in trials(tmp_path).values()} == {"together"}


def test_a_run_goes_on_where_it_was_interrupted(run: Mutate, script: Path, tmp_path: Path) -> None:
    command = ("--", sys.executable, script)
    early = run("--budget", "0", *command)
    before = trials(tmp_path)

    ended = run("--resume", *command)

    assert early.exit_code == 2
    assert "(100 %), 2 not tried" in early.output
    assert {one["outcome"] for one in before.values()} == {"untried"}
    assert ended.exit_code == 0
    assert "looking on" not in ended.output
    assert trials(tmp_path).keys() == before.keys()


def test_only_some_filters_are_tried_where_only_some_are_asked_for(
    run: Mutate, script: Path, tmp_path: Path
) -> None:
    ended = run("--only", "notes.user_id = ?1 -- no such", "--", sys.executable, script)

    assert "0 of 0 filters" in ended.output
    assert ended.exit_code == 0


def test_a_command_that_fails_with_every_filter_in_place_tells_nothing(run: Mutate) -> None:
    ended = run("--", sys.executable, "-c", "print('no database'); raise SystemExit(3)")

    assert ended.exit_code == 2
    assert "fails with every filter in place" in ended.output
    assert "no database" in ended.output


def test_a_run_that_is_ended_gives_every_filter_back(server: TwinServer, tmp_path: Path) -> None:
    program = "from emulator.leaks.mutate_command import mutate; mutate()"
    options = ("--control", server.url, "--record", str(tmp_path / "record.json"))
    endless = (sys.executable, "-c", "import signal; signal.pause()")
    process = subprocess.Popen(
        (sys.executable, "-c", program, *options, "--", *endless), stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    with process, process.stderr as said:
        assert said.readline().startswith(b"looking on")
        while not server.control.get("/_twin/guard/mutation").json()["on"]:
            pass
        process.terminate()

    assert process.returncode == 1
    assert server.control.get("/_twin/guard/mutation").json()["on"] is False
