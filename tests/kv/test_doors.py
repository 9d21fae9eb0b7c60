"""What one door has written the other shows."""

import httpx
import pytest

from emulator import Account
from tests.bindings import Runtime


@pytest.fixture
def namespace_id(account: Account) -> str:
    return account.kv.create_namespace("sessions").id


@pytest.fixture
async def env(runtime: Runtime, namespace_id: str) -> httpx.AsyncClient:
    return await runtime.bind("kv", namespace_id)


async def test_what_a_worker_puts_the_api_shows(
    env: httpx.AsyncClient, rest: httpx.AsyncClient, namespace_id: str
) -> None:
    path = f"/storage/kv/namespaces/{namespace_id}"
    metadata = '{"by":"é"}'.encode()
    await env.put("/a%2F%C3%BC", content=b"value", headers=[(b"cf-kv-metadata", metadata)])

    listed = (await rest.get(f"{path}/keys")).json()["result"]

    assert listed == [{"name": "a/ü", "metadata": {"by": "é"}}]
    assert (await rest.get(f"{path}/values/a%2F%C3%BC")).content == b"value"


async def test_what_the_api_puts_a_worker_gets(
    env: httpx.AsyncClient, rest: httpx.AsyncClient, namespace_id: str
) -> None:
    path = f"/storage/kv/namespaces/{namespace_id}/values/key"
    form = {"value": (None, b"value"), "metadata": (None, b'{"by": "api"}')}
    await rest.put(path, files=form)

    got = await env.get("/key?urlencoded=true")

    assert (got.content, got.headers["cf-kv-metadata"]) == (b"value", '{"by": "api"}')


async def test_what_one_door_deletes_is_gone_at_the_other(
    env: httpx.AsyncClient, rest: httpx.AsyncClient, account: Account, namespace_id: str
) -> None:
    for key in ("one", "two"):
        account.kv.put(namespace_id, key, b"value")

    await rest.delete(f"/storage/kv/namespaces/{namespace_id}/values/one")
    await env.delete("/two?urlencoded=true")

    assert (await env.get("/one?urlencoded=true")).status_code == 404
    assert (await rest.get(f"/storage/kv/namespaces/{namespace_id}/keys")).json()["result"] == []
