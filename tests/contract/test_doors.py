"""What a Worker writes by its bindings other doors read, and back: Vectorize, AI and gateways.

KV, D1 and R2 are in `test_workerd_bindings.py`. Two Workers hold the same resources.
"""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from cloudflare import Cloudflare

from emulator import Settings
from tests.contract.test_workerd_bindings import BINARY, WORKER, ask
from tests.contract.workerd import Stage, config_of, staged, tokens_of, workerd

BGE = "@cf/baai/bge-base-en-v1.5"

pytestmark = [
    pytest.mark.workerd,
    pytest.mark.skipif(not BINARY.is_file(), reason=f"no workerd at {BINARY}: run 'make node'"),
]


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with staged(Settings()) as stage:
        yield stage


@pytest.fixture(scope="module")
def workers(
    stage: Stage, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[httpx.Client, httpx.Client]]:
    config = config_of(WORKER, stage.address, tokens_of(stage))
    with (
        workerd(BINARY, config, tmp_path_factory.mktemp("one")) as one,
        workerd(BINARY, config, tmp_path_factory.mktemp("two")) as two,
        httpx.Client(base_url=one, timeout=60, trust_env=False) as first,
        httpx.Client(base_url=two, timeout=60, trust_env=False) as second,
    ):
        yield first, second


@pytest.fixture(scope="module")
def sdk(stage: Stage) -> Iterator[Cloudflare]:
    with Cloudflare(
        api_token=stage.account.token, base_url=stage.server.api, max_retries=0
    ) as client:
        yield client


@pytest.mark.parametrize(
    ("binding", "write", "read", "expected"),
    [
        ("KV", ("put", "two", "value"), ("get", "two"), "value"),
        ("DB", ("exec", "CREATE TABLE two (x)"), ("exec", "SELECT x FROM two"), None),
        ("BUCKET", ("put", "two", "value"), ("head", "two"), None),
        (
            "INDEX",
            ("upsert", [{"id": "two", "values": [1, 0, 0]}]),
            ("getByIds", ["two"]),
            [{"id": "two", "values": [1, 0, 0]}],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_one_worker_writes_another_reads(
    workers: tuple[httpx.Client, httpx.Client],
    binding: str,
    write: tuple[Any, ...],
    read: tuple[Any, ...],
    expected: object,
) -> None:
    first, second = workers
    ask(first, binding, *write)

    found = ask(second, binding, *read)

    assert found is not None
    assert "thrown" not in found
    if expected is not None:
        assert found == expected


def test_what_a_worker_puts_in_vectorize_the_sdk_reads_and_back(
    workers: tuple[httpx.Client, httpx.Client], sdk: Cloudflare, stage: Stage
) -> None:
    indexes, account_id = sdk.vectorize.indexes, stage.account.id
    ask(workers[0], "INDEX", "upsert", [{"id": "worker", "values": [0, 1, 0]}])
    with pytest.deprecated_call():
        indexes.upsert("conformance", account_id=account_id, body=b'{"id":"sdk","values":[0,0,1]}')

    got = indexes.get_by_ids("conformance", account_id=account_id, ids=["worker"])

    assert got == [{"id": "worker", "values": [0, 1, 0]}]
    found = ask(workers[0], "INDEX", "query", [0, 0, 1], {"topK": 1})
    assert [match["id"] for match in found["matches"]] == ["sdk"]


def test_what_a_worker_asks_through_a_gateway_the_sdk_finds_in_its_logs(
    workers: tuple[httpx.Client, httpx.Client], sdk: Cloudflare, stage: Stage
) -> None:
    options = {"gateway": {"id": "conformance", "metadata": {"by": "Worker"}}}
    ask(workers[0], "AI", "run", BGE, {"text": "for the log"}, options)

    [log] = sdk.ai_gateway.logs.list("conformance", account_id=stage.account.id).result

    assert (log.provider, log.model, log.success) == ("workers-ai", BGE, True)


def test_a_worker_and_rest_embed_alike(
    workers: tuple[httpx.Client, httpx.Client], sdk: Cloudflare, stage: Stage
) -> None:
    by_worker = ask(workers[0], "AI", "run", BGE, {"text": "the same"})
    by_rest = sdk.ai.run(BGE, account_id=stage.account.id, text="the same")

    assert by_rest["data"] == by_worker["data"]  # type: ignore[index]
