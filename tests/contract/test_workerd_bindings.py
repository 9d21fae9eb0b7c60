"""Real workerd over the binding listener: what a Worker gets is what Cloudflare documents.

`fixtures/workers/conformance` calls every method of KV, D1 and R2; what it should report is
beside it, error texts included. What it writes the other doors read, and back.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config
from cloudflare import Cloudflare

from emulator import Settings
from emulator.wire.binding import HEADER, Binding
from tests.contract.boto import S3Client
from tests.contract.conftest import NODE_MODULES
from tests.contract.workerd import Stage, config_of, staged, tokens_of, workerd

WORKER = Path("fixtures/workers/conformance").absolute()
BINARY = NODE_MODULES / "@cloudflare/workerd-linux-64/bin/workerd"
EXPECTED: dict[str, dict[str, Any]] = json.loads((WORKER / "expected.json").read_text())
CASES = [(suite, case) for suite, cases in EXPECTED.items() for case in cases]
LARGE_BYTES = 64 * 1_048_576

pytestmark = [
    pytest.mark.workerd,
    pytest.mark.skipif(not BINARY.is_file(), reason=f"no workerd at {BINARY}: run 'make node'"),
]


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with staged(Settings()) as stage:
        yield stage


@pytest.fixture(scope="module")
def worker(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The conformance Worker, at the end of a client."""
    config = config_of(WORKER, stage.address, tokens_of(stage))
    with workerd(BINARY, config, tmp_path_factory.mktemp("workerd")) as url:
        with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
            yield client


@pytest.fixture(scope="module")
def report(worker: httpx.Client) -> dict[str, dict[str, Any]]:
    return {suite: worker.get(f"/{suite}").json() for suite in EXPECTED}


@pytest.fixture(scope="module")
def sdk(stage: Stage) -> Iterator[Cloudflare]:
    with Cloudflare(
        api_token=stage.account.token, base_url=stage.server.api, max_retries=0
    ) as client:
        yield client


@pytest.fixture(scope="module")
def s3(stage: Stage) -> Iterator[S3Client]:
    client = boto3.session.Session().client(
        "s3",
        endpoint_url=stage.server.s3,
        region_name="auto",
        aws_access_key_id=stage.account.access_key_id,
        aws_secret_access_key=stage.account.secret_access_key,
        config=Config(retries={"total_max_attempts": 1}),
    )
    yield client
    client.close()


@pytest.fixture(scope="module")
def namespace_id(stage: Stage, worker: httpx.Client) -> str:
    return stage.twin.account(stage.account.id).kv.namespace_titled("conformance").id


@pytest.fixture(scope="module")
def database_id(stage: Stage, worker: httpx.Client) -> str:
    return stage.twin.account(stage.account.id).d1.get_database("conformance").id


def ask(worker: httpx.Client, binding: str, method: str, *arguments: object) -> Any:
    """What the Worker gets of one call of a binding."""
    query = {"binding": binding, "method": method}
    return worker.post("/door", params=query, json=arguments).raise_for_status().json()


@pytest.mark.parametrize(("suite", "case"), CASES, ids=" ".join)
def test_a_worker_is_told_what_cloudflare_tells_it(
    report: dict[str, dict[str, Any]], suite: str, case: str
) -> None:
    assert report[suite][case] == EXPECTED[suite][case]


def test_every_case_is_expected(report: dict[str, dict[str, Any]]) -> None:
    assert {suite: list(cases) for suite, cases in report.items()} == {
        suite: list(cases) for suite, cases in EXPECTED.items()
    }


def test_what_a_worker_puts_in_kv_the_sdk_reads_and_back(
    worker: httpx.Client, sdk: Cloudflare, stage: Stage, namespace_id: str
) -> None:
    values, account_id = sdk.kv.namespaces.values, stage.account.id
    ask(worker, "KV", "put", "doors/ü", "from the Worker", {"metadata": {"by": "Worker"}})
    values.update(
        "doors/back",
        account_id=account_id,
        namespace_id=namespace_id,
        value=b"from the SDK",
        metadata={"n": 1},
    )

    got = values.get("doors/ü", account_id=account_id, namespace_id=namespace_id)
    assert got.read() == b"from the Worker"
    assert ask(worker, "KV", "getWithMetadata", "doors/back") == {
        "value": "from the SDK",
        "metadata": {"n": 1},
        "cacheStatus": None,
    }


def test_what_a_worker_writes_in_d1_the_sdk_reads_and_back(
    worker: httpx.Client, sdk: Cloudflare, stage: Stage, database_id: str
) -> None:
    query, account_id = sdk.d1.database.query, stage.account.id
    ask(worker, "DB", "exec", "CREATE TABLE doors (by TEXT)")
    ask(worker, "DB", "exec", "INSERT INTO doors VALUES ('Worker')")

    [page] = query(database_id, account_id=account_id, sql="SELECT by FROM doors")
    assert page.results == [{"by": "Worker"}]

    query(database_id, account_id=account_id, sql="CREATE TABLE back (x)")
    thrown = ask(worker, "DB", "exec", "CREATE TABLE back (x)")["thrown"]
    assert thrown.endswith("table back already exists at offset 13: SQLITE_ERROR")


def test_what_a_worker_puts_in_r2_boto3_reads_and_back(worker: httpx.Client, s3: S3Client) -> None:
    http = {"contentType": "text/plain", "cacheControl": "max-age=1"}
    options = {"httpMetadata": http, "customMetadata": {"by": "Worker"}}
    ask(worker, "BUCKET", "put", "doors/ü", "from the Worker", options)
    s3.put_object(
        Bucket="conformance", Key="doors/back", Body=b"x", ContentType="a/b", Metadata={"by": "S3"}
    )

    got = s3.get_object(Bucket="conformance", Key="doors/ü")
    assert got["Body"].read() == b"from the Worker"
    assert (got["ContentType"], got["CacheControl"]) == ("text/plain", "max-age=1")
    assert got["Metadata"] == {"by": "Worker"}
    headed = ask(worker, "BUCKET", "head", "doors/back")
    assert (headed["custom"], headed["http"]["contentType"]) == ({"by": "S3"}, "a/b")
    assert headed["etag"] == "9dd4e461268c8034f5c8564e155c67a6"


def test_a_large_object_streams_through_a_worker(worker: httpx.Client, s3: S3Client) -> None:
    def content() -> Iterator[bytes]:
        for number in range(LARGE_BYTES // 65_536):
            yield bytes([number % 256]) * 65_536

    sent = {"content-length": str(LARGE_BYTES)}
    put = worker.put("/stream", content=content(), headers=sent).json()
    with worker.stream("GET", "/stream") as got:
        arrived = sum(len(block) for block in got.iter_bytes())

    headed = s3.head_object(Bucket="conformance", Key="streamed")
    assert put == {"size": LARGE_BYTES, "etag": headed["ETag"].strip('"')}
    assert arrived == headed["ContentLength"] == LARGE_BYTES


def test_a_worker_may_turn_away_from_a_body(worker: httpx.Client, s3: S3Client) -> None:
    s3.put_object(Bucket="conformance", Key="cancelled", Body=bytes(8_388_608))

    assert worker.get("/stream", params={"cancel": "cancelled"}).json() == {"read": True}
    assert ask(worker, "KV", "get", "absent") is None


def test_a_worker_cannot_forge_a_binding(
    stage: Stage, worker: httpx.Client, namespace_id: str
) -> None:
    account = stage.twin.account(stage.account.id)
    other = account.kv.create_namespace("other").id
    account.kv.put(other, "secret", b"value")
    token = stage.bindings.issue(Binding(account.id, "kv", other))

    forged = {HEADER.decode(): token, HEADER.decode().upper(): token}
    answer = worker.post("/forge", json={"path": "/secret?urlencoded=true", "headers": forged})

    assert answer.json() == {"status": 404, "text": "get: 'key not found'"}


def test_calls_are_events(stage: Stage, worker: httpx.Client, namespace_id: str) -> None:
    ask(worker, "KV", "get", "for the record")

    [event] = stage.twin.events.recent(1, account_id=stage.account.id)
    assert (event.door, event.operation, event.status) == ("binding", "kv.get", 404)
    assert event.path == f"/kv/{namespace_id}/for the record"
