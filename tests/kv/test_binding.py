"""KV as the Workers runtime calls it: its requests, byte by byte."""

from collections.abc import AsyncIterator

import httpx
import orjson
import pytest

from emulator import Account
from emulator.core.clock import ManualClock
from tests.bindings import Runtime

MEBIBYTE = 1_048_576


@pytest.fixture
def namespace_id(account: Account) -> str:
    return account.kv.create_namespace("sessions").id


@pytest.fixture
async def env(runtime: Runtime, namespace_id: str) -> httpx.AsyncClient:
    return await runtime.bind("kv", namespace_id)


async def test_what_is_put_is_got(env: httpx.AsyncClient) -> None:
    put = await env.put("/key?urlencoded=true", content=bytes(range(256)))

    got = await env.get("/key?urlencoded=true&cache_ttl=30")

    assert (put.status_code, got.status_code, got.content) == (200, 200, bytes(range(256)))


async def test_a_value_without_a_length_is_put(env: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"one "
        yield b"two"

    await env.put("/key?urlencoded=true", content=pieces())

    assert (await env.get("/key?urlencoded=true")).content == b"one two"


async def test_an_absent_key_is_404(env: httpx.AsyncClient) -> None:
    assert (await env.get("/absent?urlencoded=true")).status_code == 404


@pytest.mark.parametrize(
    ("written", "read", "key"),
    [
        ("/b%2F%C3%BC%20%3F&%23%25", "/b%2F%C3%BC%20%3F%26%23%25", "b/ü ?&#%"),
        ("/a:b", "/a%3Ab", "a:b"),
        ("/bulk%2Fget", "/bulk%2Fget", "bulk/get"),
        ("/%25", "/%25", "%"),
    ],
)
async def test_a_key_is_decoded_once(
    env: httpx.AsyncClient, account: Account, namespace_id: str, written: str, read: str, key: str
) -> None:
    await env.put(f"{written}?urlencoded=true", content=b"value")

    assert account.kv.get(namespace_id, key).value == b"value"
    assert (await env.delete(f"{read}?urlencoded=true")).status_code == 200
    assert (await env.get(f"{read}?urlencoded=true")).status_code == 404


async def test_metadata_is_utf_8_in_a_header(
    env: httpx.AsyncClient, account: Account, namespace_id: str
) -> None:
    metadata = '{"name":"Ünï"}'.encode()
    await env.put("/key?urlencoded=true", content=b"", headers=[(b"cf-kv-metadata", metadata)])

    got = await env.get("/key?urlencoded=true")

    assert account.kv.get(namespace_id, "key").metadata == metadata.decode()
    assert dict(got.headers.raw)[b"cf-kv-metadata"] == metadata


async def test_metadata_that_no_header_holds_is_written_in_one_that_can(
    env: httpx.AsyncClient, account: Account, namespace_id: str
) -> None:
    account.kv.put(namespace_id, "key", b"value", metadata='{\n\t"a": "\x7f"\r\n}')

    got = await env.get("/key?urlencoded=true")

    assert orjson.loads(got.headers["cf-kv-metadata"]) == {"a": "\x7f"}


async def test_a_time_to_live_ends_the_entry(env: httpx.AsyncClient, clock: ManualClock) -> None:
    await env.put("/key?urlencoded=true&expiration_ttl=60", content=b"value")
    assert (await env.get("/key?urlencoded=true")).status_code == 200

    clock.advance(60)

    assert (await env.get("/key?urlencoded=true")).status_code == 404


async def test_an_expiration_is_listed(env: httpx.AsyncClient, clock: ManualClock) -> None:
    at = int(clock.now()) + 100
    await env.put(f"/key?urlencoded=true&expiration={at}", content=b"value")

    listed = (await env.get("/")).json()

    assert listed == {"keys": [{"name": "key", "expiration": at}], "list_complete": True}


PAST = "greater than the current number of seconds since the UNIX epoch."


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("expiration_ttl=10", "expiration_ttl of 10. Expiration TTL must be at least 60."),
        ("expiration_ttl=0", "expiration_ttl of 0. Please specify integer greater than 0."),
        ("expiration_ttl=-5", "expiration_ttl of -5. Please specify integer greater than 0."),
        ("expiration_ttl=1.5", "expiration_ttl of 1.5. Please specify integer greater than 0."),
        ("expiration=1000", f"expiration of 1000. Please specify integer {PAST}"),
    ],
)
async def test_a_refusal_is_the_reason_phrase(
    env: httpx.AsyncClient, query: str, text: str
) -> None:
    refused = await env.put(f"/key?urlencoded=true&{query}", content=b"value")

    assert (refused.status_code, refused.reason_phrase) == (400, f"Invalid {text}")
    assert (await env.get("/key?urlencoded=true")).status_code == 404


async def test_the_next_answer_on_the_connection_has_its_own_phrase(
    env: httpx.AsyncClient,
) -> None:
    await env.put("/key?expiration_ttl=10", content=b"value")

    assert (await env.put("/key", content=b"value")).reason_phrase == "OK"


async def test_an_expiration_within_a_minute_is_refused(
    env: httpx.AsyncClient, clock: ManualClock
) -> None:
    at = int(clock.now()) + 59

    refused = await env.put(f"/key?urlencoded=true&expiration={at}", content=b"value")

    rule = "Expiration times must be at least 60 seconds in the future."
    assert refused.reason_phrase == f"Invalid expiration of {at}. {rule}"


async def test_a_short_cache_time_is_refused(env: httpx.AsyncClient) -> None:
    refused = await env.get("/key?urlencoded=true&cache_ttl=29")

    text = "Invalid cache_ttl of 29. Cache TTL must be at least 30."
    assert (refused.status_code, refused.reason_phrase) == (400, text)


async def test_a_large_value_is_refused_by_its_length(env: httpx.AsyncClient) -> None:
    refused = await env.put("/key?urlencoded=true", content=bytes(25 * MEBIBYTE + 1))

    text = "Value length of 26214401 exceeds limit of 26214400."
    assert (refused.status_code, refused.reason_phrase) == (413, text)


async def test_a_large_value_without_a_length_is_counted(env: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(27):
            yield bytes(MEBIBYTE)

    refused = await env.put("/key?urlencoded=true", content=pieces())

    assert refused.reason_phrase == "Value length of 28311552 exceeds limit of 26214400."


async def test_large_metadata_is_refused(env: httpx.AsyncClient) -> None:
    metadata = orjson.dumps("x" * 1_023)

    refused = await env.put("/key", content=b"", headers=[(b"cf-kv-metadata", metadata)])

    text = "Metadata length of 1025 exceeds limit of 1024."
    assert (refused.status_code, refused.reason_phrase) == (413, text)


@pytest.mark.parametrize("metadata", [b"{", b"\xff"])
async def test_metadata_that_is_not_json_is_refused(
    env: httpx.AsyncClient, metadata: bytes
) -> None:
    refused = await env.put("/key", content=b"", headers=[(b"cf-kv-metadata", metadata)])

    assert refused.status_code == 400
    assert refused.reason_phrase.startswith("Metadata must be valid JSON")


async def test_a_key_that_is_not_utf_8_is_refused(env: httpx.AsyncClient) -> None:
    assert (await env.get("/%FF?urlencoded=true")).status_code == 400


async def test_a_second_write_within_a_second_is_refused(env: httpx.AsyncClient) -> None:
    await env.put("/key", content=b"one")

    refused = await env.put("/key", content=b"two")

    assert (refused.status_code, refused.reason_phrase) == (429, "Too Many Requests")


async def test_keys_are_listed_page_by_page(
    env: httpx.AsyncClient, account: Account, namespace_id: str
) -> None:
    for key in ("a1", "a2", "a3", "b"):
        account.kv.put(namespace_id, key, b"value", metadata='{"k":1}')

    first = (await env.get("/?prefix=a&key_count_limit=2")).json()
    second = (await env.get("/", params={"prefix": "a", "cursor": first["cursor"]})).json()

    assert [key["name"] for key in first["keys"]] == ["a1", "a2"]
    assert first["list_complete"] is False
    # Metadata is JSON in a string here, which the runtime parses.
    assert second == {"keys": [{"name": "a3", "metadata": '{"k":1}'}], "list_complete": True}


@pytest.mark.parametrize(
    ("limit", "rule"),
    [
        ("0", "greater than 0"),
        ("-1", "greater than 0"),
        ("x", "greater than 0"),
        ("1001", "less than 1000"),
    ],
)
async def test_a_limit_out_of_range_is_refused(
    env: httpx.AsyncClient, limit: str, rule: str
) -> None:
    refused = await env.get(f"/?key_count_limit={limit}")

    text = f"Invalid key_count_limit of {limit}. Please specify an integer {rule}."
    assert (refused.status_code, refused.reason_phrase) == (400, text)


async def test_many_keys_are_got_at_once(
    env: httpx.AsyncClient, account: Account, namespace_id: str
) -> None:
    account.kv.put(namespace_id, "a", b'{"n":1}', metadata='{"m":2}')

    text = await env.post("/bulk/get", json={"keys": ["a", "none"], "cacheTtl": "60"})
    parsed = await env.post(
        "/bulk/get", json={"keys": ["a", "none"], "type": "json", "withMetadata": True}
    )

    assert text.json() == {"a": '{"n":1}', "none": None}
    assert parsed.json() == {"a": {"value": {"n": 1}, "metadata": {"m": 2}}, "none": None}


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        ({"keys": []}, 400, "You must request a minimum of 1 key"),
        ({"keys": ["k"] * 101}, 400, "You can request a maximum of 100 keys"),
        (
            {"keys": ["text"], "type": "json"},
            400,
            "At least one of the requested keys corresponds to a non-json value",
        ),
        (
            {"keys": ["text"], "type": "arrayBuffer"},
            400,
            '"arrayBuffer" is not a valid type. Use "json" or "text"',
        ),
        ({"keys": ["large"] * 2}, 413, "Total size of request exceeds the limit of 25MB"),
        (
            {"keys": ["text"], "cacheTtl": "5"},
            400,
            "Invalid cache_ttl of 5. Cache TTL must be at least 30.",
        ),
    ],
)
async def test_what_a_bulk_read_refuses(
    env: httpx.AsyncClient,
    account: Account,
    namespace_id: str,
    body: dict[str, object],
    status: int,
    text: str,
) -> None:
    account.kv.put(namespace_id, "text", b"text")
    account.kv.put(namespace_id, "large", bytes(13 * MEBIBYTE))

    refused = await env.post("/bulk/get", json=body)

    assert (refused.status_code, refused.reason_phrase) == (status, text)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"keys":1}', b'{"keys":[1]}', b"{}"])
async def test_a_malformed_bulk_read_is_refused(env: httpx.AsyncClient, body: bytes) -> None:
    assert (await env.post("/bulk/get", content=body)).status_code == 400


async def test_a_namespace_that_has_gone_is_no_absent_key(
    env: httpx.AsyncClient, account: Account, namespace_id: str
) -> None:
    account.kv.delete_namespace(namespace_id)

    refused = await env.get("/key?urlencoded=true")

    # 404 would be null to a Worker.
    assert (refused.status_code, refused.reason_phrase) == (400, "get: 'namespace not found'")


async def test_other_methods_and_paths_are_refused(env: httpx.AsyncClient) -> None:
    assert (await env.post("/bulk/put", content=b"")).status_code == 400
    assert (await env.patch("/key", content=b"")).status_code == 400
