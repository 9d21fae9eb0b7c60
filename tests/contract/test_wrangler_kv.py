"""wrangler's KV commands against the twin (`wrangler-wire` §4)."""

import json
from pathlib import Path

import pytest

from tests.contract.conftest import Wrangler

pytestmark = pytest.mark.wrangler


@pytest.fixture
def namespace(wrangler: Wrangler) -> str:
    wrangler("kv", "namespace", "create", "sessions")
    return str(wrangler("kv", "namespace", "list").json()[0]["id"])


def test_namespaces_are_created_listed_renamed_and_deleted(wrangler: Wrangler) -> None:
    wrangler("kv", "namespace", "create", "one")
    namespace_id = wrangler("kv", "namespace", "list").json()[0]["id"]

    wrangler("kv", "namespace", "rename", "--namespace-id", namespace_id, "--new-name", "two")
    assert wrangler("kv", "namespace", "list").json()[0]["title"] == "two"

    wrangler("kv", "namespace", "delete", "--namespace-id", namespace_id, "-y")
    assert wrangler("kv", "namespace", "list").json() == []


def test_a_title_that_exists_is_refused(wrangler: Wrangler, namespace: str) -> None:
    refused = wrangler("kv", "namespace", "create", "sessions", fails=True)

    assert "already exists" in refused.out + refused.err


def test_a_key_is_put_read_listed_and_deleted(wrangler: Wrangler, namespace: str) -> None:
    target = ("--namespace-id", namespace, "--remote")
    key = "a/b ü?&"
    metadata = '{"by":"ada"}'

    wrangler("kv", "key", "put", key, "värde", *target, "--ttl", "120", "--metadata", metadata)
    assert wrangler("kv", "key", "get", key, *target, "--text").out.strip() == "värde"
    listed = wrangler("kv", "key", "list", *target, "--prefix", "a/").json()
    assert (listed[0]["name"], listed[0]["metadata"]) == (key, {"by": "ada"})

    wrangler("kv", "key", "delete", key, *target)
    assert wrangler("kv", "key", "list", *target).json() == []


def test_a_file_of_bytes_survives(wrangler: Wrangler, namespace: str, tmp_path: Path) -> None:
    target = ("--namespace-id", namespace, "--remote")
    (tmp_path / "blob").write_bytes(bytes(range(256)))

    wrangler("kv", "key", "put", "blob", "--path", "blob", "--metadata", '{"a":1}', *target)
    listed = wrangler("kv", "key", "list", *target).json()

    assert listed == [{"name": "blob", "metadata": {"a": 1}}]


def test_bulk_put_get_and_delete(wrangler: Wrangler, namespace: str, tmp_path: Path) -> None:
    target = ("--namespace-id", namespace, "--remote")
    pairs = [{"key": f"k{n}", "value": f"v{n}"} for n in range(3)]
    (tmp_path / "pairs.json").write_text(json.dumps(pairs))
    (tmp_path / "keys.json").write_text(json.dumps(["k0", "k1"]))

    wrangler("kv", "bulk", "put", "pairs.json", *target)
    read = wrangler("kv", "bulk", "get", "keys.json", *target)
    assert "v0" in read.out
    assert "v1" in read.out

    wrangler("kv", "bulk", "delete", "keys.json", *target, "--force")
    assert [row["name"] for row in wrangler("kv", "key", "list", *target).json()] == ["k2"]
