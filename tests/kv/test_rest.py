"""KV over the API: what goes over the wire, byte for byte."""

import httpx
import pytest

from emulator import Account
from emulator.core.clock import ManualClock
from tests.assertions import assert_failure

NOW = int(ManualClock().now())
NAMESPACES = "/storage/kv/namespaces"
UNKNOWN = f"{NAMESPACES}/{'0' * 32}"


@pytest.fixture
def namespace(account: Account) -> str:
    """The path of an empty namespace."""
    return f"{NAMESPACES}/{account.kv.create_namespace('sessions').id}"


async def test_a_namespace_is_created(rest: httpx.AsyncClient) -> None:
    body = {"title": "sessions", "jurisdiction": "eu", "mode": "instant"}

    created = (await rest.post(NAMESPACES, json=body)).json()

    assert len(created["result"]["id"]) == 32
    assert created == {
        "result": {
            "id": created["result"]["id"],
            "title": "sessions",
            "supports_url_encoding": True,
            "jurisdiction": "eu",
        },
        "success": True,
        "errors": [],
        "messages": [],
    }


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"title": 5}', b'{"title": "a", "jurisdiction": 1}']
)
async def test_a_namespace_needs_a_body_that_is_one(rest: httpx.AsyncClient, body: bytes) -> None:
    response = await rest.post(NAMESPACES, content=body)

    assert response.status_code == 400
    assert response.json()["errors"][0]["code"] == 10012


async def test_a_namespace_needs_a_title(rest: httpx.AsyncClient) -> None:
    response = await rest.post(NAMESPACES, json={})

    message = "namespace title must not be empty"
    assert_failure(response, status=400, code=10019, message=message)


async def test_a_title_is_given_once(rest: httpx.AsyncClient, namespace: str) -> None:
    response = await rest.post(NAMESPACES, json={"title": "sessions"})

    message = "a namespace with this account ID and title already exists"
    assert_failure(response, status=400, code=10014, message=message)


async def test_a_namespace_is_renamed_and_deleted(rest: httpx.AsyncClient, namespace: str) -> None:
    renamed = await rest.put(namespace, json={"title": "tokens"})
    assert renamed.json()["result"]["title"] == "tokens"
    assert (await rest.get(namespace)).json()["result"] == renamed.json()["result"]

    assert (await rest.delete(namespace)).json()["result"] is None
    message = "get namespace: 'namespace not found'"
    assert_failure(await rest.get(namespace), status=404, code=10013, message=message)


async def test_what_is_no_namespace_id_is_not_looked_for(rest: httpx.AsyncClient) -> None:
    response = await rest.get(f"{NAMESPACES}/nonsense")

    assert response.status_code == 404
    assert response.json()["errors"][0]["code"] == 7003


async def test_namespaces_are_listed_in_pages(rest: httpx.AsyncClient, account: Account) -> None:
    for number in range(7):
        account.kv.create_namespace(f"{number}")
    query = {"order": "title", "direction": "desc", "per_page": "5"}

    first = (await rest.get(NAMESPACES, params=query)).json()
    second = (await rest.get(NAMESPACES, params={**query, "page": "2"})).json()

    assert [row["title"] for row in first["result"]] == ["6", "5", "4", "3", "2"]
    assert [row["title"] for row in second["result"]] == ["1", "0"]
    info = {"page": 2, "per_page": 5, "count": 2, "total_count": 7, "total_pages": 2}
    assert second["result_info"] == info


async def test_a_page_beyond_the_last_is_empty(rest: httpx.AsyncClient, namespace: str) -> None:
    query = {"per_page": 1000, "page": 2}

    response = await rest.get(NAMESPACES, params=query)

    assert (response.status_code, response.json()["result"]) == (200, [])


async def test_an_unknown_order_is_refused(rest: httpx.AsyncClient) -> None:
    response = await rest.get(NAMESPACES, params={"order": "size"})

    assert response.json()["errors"][0]["code"] == 10109


async def test_a_value_is_answered_raw(rest: httpx.AsyncClient, namespace: str) -> None:
    put = await rest.put(f"{namespace}/values/key", content=b"\x00\xff")

    response = await rest.get(f"{namespace}/values/key")

    assert put.json() == {"result": None, "success": True, "errors": [], "messages": []}
    assert response.content == b"\x00\xff"
    assert response.headers["content-type"] == "application/octet-stream"
    assert "expiration" not in response.headers


async def test_an_absent_key_through_rest(rest: httpx.AsyncClient, namespace: str) -> None:
    for path in ("values", "metadata"):
        response = await rest.get(f"{namespace}/{path}/absent")

        assert_failure(response, status=404, code=10009, message="get: 'key not found'")


async def test_an_unknown_namespace_through_rest(rest: httpx.AsyncClient) -> None:
    response = await rest.put(f"{UNKNOWN}/values/key", content=b"value")

    assert_failure(response, status=404, code=10013, message="put: 'namespace not found'")


@pytest.mark.parametrize("key", ["a/b", "a%2Fb", "ü?&#", "\0", "a b", "...", "+", "a;b=c"])
async def test_a_key_is_one_encoded_segment(
    rest: httpx.AsyncClient, namespace: str, key: str
) -> None:
    encoded = "".join(f"%{byte:02x}" for byte in key.encode())

    await rest.put(f"{namespace}/values/{encoded}", content=b"value")

    assert (await rest.get(f"{namespace}/values/{encoded}")).content == b"value"
    listed = (await rest.get(f"{namespace}/keys")).json()["result"]
    assert listed == [{"name": key}]


@pytest.mark.parametrize(("key", "code"), [("%ff", 7003), ("%2e%2e", 10103), ("a" * 513, 10101)])
async def test_what_is_no_key_is_refused(
    rest: httpx.AsyncClient, namespace: str, key: str, code: int
) -> None:
    response = await rest.put(f"{namespace}/values/{key}", content=b"value")

    assert response.json()["errors"][0]["code"] == code


async def test_a_json_body_is_the_value(rest: httpx.AsyncClient, namespace: str) -> None:
    body = b'{"value": "a", "metadata": {"b": 1}}'
    json = {"content-type": "application/json"}

    await rest.put(f"{namespace}/values/key", content=body, headers=json)

    assert (await rest.get(f"{namespace}/values/key")).content == body
    assert (await rest.get(f"{namespace}/metadata/key")).json()["result"] is None


async def test_a_form_has_a_value_and_metadata(rest: httpx.AsyncClient, namespace: str) -> None:
    value = bytes(range(256)) * 8_192
    form = {"value": ("blob", value), "metadata": (None, b'{"by": "ada", "n": [1, 2.50]}')}

    put = await rest.put(f"{namespace}/values/key", files=form)

    assert put.status_code == 200
    assert (await rest.get(f"{namespace}/values/key")).content == value
    metadata = (await rest.get(f"{namespace}/metadata/key")).json()["result"]
    assert metadata == {"by": "ada", "n": [1, 2.5]}


@pytest.mark.parametrize("text", [b"null", b" null "])
async def test_metadata_null_is_none(rest: httpx.AsyncClient, namespace: str, text: bytes) -> None:
    await rest.put(f"{namespace}/values/key", files={"value": b"a", "metadata": text})

    assert (await rest.get(f"{namespace}/keys")).json()["result"] == [{"name": "key"}]


@pytest.mark.parametrize("text", [b"{a: 1}", b"\xff", b""])
async def test_metadata_that_is_not_json_is_refused(
    rest: httpx.AsyncClient, namespace: str, text: bytes
) -> None:
    form = {"value": b"a", "metadata": text}

    response = await rest.put(f"{namespace}/values/key", files=form)

    assert (response.status_code, response.json()["errors"][0]["code"]) == (400, 10106)


async def test_a_form_without_a_value_is_refused(rest: httpx.AsyncClient, namespace: str) -> None:
    response = await rest.put(f"{namespace}/values/key", files={"metadata": b"1"})

    message = "multipart put request does not contain required form field 'value'"
    assert_failure(response, status=400, code=10047, message=message)


async def test_a_broken_form_is_refused(rest: httpx.AsyncClient, namespace: str) -> None:
    form = {"content-type": "multipart/form-data"}

    response = await rest.put(f"{namespace}/values/key", content=b"value", headers=form)

    assert response.json()["errors"][0]["code"] == 10012


@pytest.mark.parametrize(
    ("query", "expires_at"),
    [
        ({"expiration_ttl": "120"}, NOW + 120),
        ({"expiration_ttl": "120.0"}, NOW + 120),
        ({"expiration": f"{NOW + 90}"}, NOW + 90),
        ({"expiration": f"{NOW + 90}", "expiration_ttl": "60"}, NOW + 60),
    ],
)
async def test_an_expiration_is_shown_in_header_and_list(
    rest: httpx.AsyncClient, namespace: str, query: dict[str, str], expires_at: int
) -> None:
    await rest.put(f"{namespace}/values/key", content=b"a", params=query)

    response = await rest.get(f"{namespace}/values/key")
    listed = (await rest.get(f"{namespace}/keys")).json()["result"]

    assert response.headers["expiration"] == f"{expires_at}"
    assert listed == [{"name": "key", "expiration": expires_at}]


@pytest.mark.parametrize(
    ("query", "code"), [("expiration_ttl=59", 10034), ("expiration=soon", 10109)]
)
async def test_a_bad_expiration_is_refused(
    rest: httpx.AsyncClient, namespace: str, query: str, code: int
) -> None:
    response = await rest.put(f"{namespace}/values/key?{query}", content=b"a")

    assert (response.status_code, response.json()["errors"][0]["code"]) == (400, code)


async def test_a_second_write_at_once_is_refused(rest: httpx.AsyncClient, namespace: str) -> None:
    await rest.put(f"{namespace}/values/key", content=b"a")

    response = await rest.put(f"{namespace}/values/key", content=b"b")

    assert_failure(response, status=429, code=971, message="Too Many Requests")
    assert response.headers["retry-after"] == "1"


async def test_a_value_is_deleted(rest: httpx.AsyncClient, namespace: str) -> None:
    await rest.put(f"{namespace}/values/key", content=b"a")

    assert (await rest.delete(f"{namespace}/values/key")).json()["success"] is True
    assert (await rest.delete(f"{namespace}/values/key")).json()["success"] is True
    assert (await rest.get(f"{namespace}/values/key")).status_code == 404


async def test_keys_are_listed_in_pages(rest: httpx.AsyncClient, namespace: str) -> None:
    pairs = [{"key": f"a{n:02}", "value": ""} for n in range(12)] + [{"key": "b", "value": ""}]
    await rest.put(f"{namespace}/bulk", json=pairs)
    query = {"limit": "10", "prefix": "a"}

    first = (await rest.get(f"{namespace}/keys", params=query)).json()
    cursor = first["result_info"]["cursor"]
    second = (await rest.get(f"{namespace}/keys", params={**query, "cursor": cursor})).json()

    assert first["result_info"]["count"] == 10
    assert [row["name"] for row in second["result"]] == ["a10", "a11"]
    assert second["result_info"] == {"count": 2, "cursor": ""}


@pytest.mark.parametrize("limit", ["9", "1001", "0", "ten"])
async def test_a_list_limit_is_between_10_and_1000(
    rest: httpx.AsyncClient, namespace: str, limit: str
) -> None:
    response = await rest.get(f"{namespace}/keys", params={"limit": limit})

    assert response.status_code == 400


async def test_a_bulk_write_takes_every_field(rest: httpx.AsyncClient, namespace: str) -> None:
    binary = {"key": "b", "value": "AP8=", "base64": True, "expiration_ttl": 60.0}
    pairs = [{"key": "a", "value": "ü", "metadata": {"big": 12345678901234567890}}, binary]

    outcome = (await rest.put(f"{namespace}/bulk", json=pairs)).json()["result"]

    assert outcome == {"successful_key_count": 2, "unsuccessful_keys": []}
    assert (await rest.get(f"{namespace}/values/b")).content == b"\x00\xff"
    assert (await rest.get(f"{namespace}/keys")).json()["result"] == [
        {"name": "a", "metadata": {"big": 12345678901234567890}},
        {"name": "b", "expiration": NOW + 60},
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'["a"]',
        b'[{"value": "a"}]',
        b'[{"key": "a"}]',
        b'[{"key": "a", "value": 1}]',
        b'[{"key": "a", "value": "?", "base64": true}]',
        b'[{"key": "a", "value": "", "expiration": "soon"}]',
        b'[{"key": "a", "value": "", "expiration_ttl": 60.5}]',
        b'[{"key": "a", "value": "", "expiration_ttl": true}]',
        b'[{"key": "\\ud800", "value": ""}]',
    ],
)
async def test_a_bulk_write_that_is_none_is_refused(
    rest: httpx.AsyncClient, namespace: str, body: bytes
) -> None:
    response = await rest.put(f"{namespace}/bulk", content=body)

    assert (response.status_code, response.json()["errors"][0]["code"]) == (400, 10012)


@pytest.mark.parametrize(("method", "path"), [("POST", "/bulk/delete"), ("DELETE", "/bulk")])
async def test_many_are_deleted_in_both_ways(
    rest: httpx.AsyncClient, namespace: str, method: str, path: str
) -> None:
    await rest.put(f"{namespace}/bulk", json=[{"key": key, "value": ""} for key in "abc"])

    response = await rest.request(method, namespace + path, json=["a", "c", "absent"])

    assert response.json()["result"] == {"successful_key_count": 3, "unsuccessful_keys": []}
    assert (await rest.get(f"{namespace}/keys")).json()["result"] == [{"name": "b"}]


async def test_keys_to_delete_are_strings(rest: httpx.AsyncClient, namespace: str) -> None:
    response = await rest.post(f"{namespace}/bulk/delete", json=[1])

    assert response.json()["errors"][0]["code"] == 10012


async def test_empty_bulks_do_nothing(rest: httpx.AsyncClient, namespace: str) -> None:
    nothing = {"successful_key_count": 0, "unsuccessful_keys": []}

    assert (await rest.put(f"{namespace}/bulk", json=[])).json()["result"] == nothing
    assert (await rest.post(f"{namespace}/bulk/delete", json=[])).json()["result"] == nothing


async def test_many_are_read_as_text_or_json(rest: httpx.AsyncClient, namespace: str) -> None:
    pairs = [{"key": "a", "value": '{"n": 1}', "metadata": [1]}, {"key": "b", "value": "2"}]
    await rest.put(f"{namespace}/bulk", json=pairs)
    body = {"keys": ["a", "b", "c"]}

    text = (await rest.post(f"{namespace}/bulk/get", json=body)).json()["result"]
    parsed = (await rest.post(f"{namespace}/bulk/get", json={**body, "type": "json"})).json()

    assert text == {"values": {"a": '{"n": 1}', "b": "2", "c": None}}
    assert parsed["result"] == {"values": {"a": {"n": 1}, "b": 2, "c": None}}


async def test_many_are_read_with_metadata(rest: httpx.AsyncClient, namespace: str) -> None:
    pairs = [
        {"key": "a", "value": "1", "metadata": [1], "expiration_ttl": 60},
        {"key": "b", "value": "2"},
    ]
    await rest.put(f"{namespace}/bulk", json=pairs)
    body = {"keys": ["a", "b", "c"], "withMetadata": True}

    result = (await rest.post(f"{namespace}/bulk/get", json=body)).json()["result"]

    assert result["values"] == {
        "a": {"value": "1", "metadata": [1], "expiration": NOW + 60},
        "b": {"value": "2", "metadata": None},
        "c": None,
    }


async def test_reading_no_keys_is_refused(rest: httpx.AsyncClient, namespace: str) -> None:
    response = await rest.post(f"{namespace}/bulk/get", json={"keys": []})

    assert_failure(response, status=400, code=10029, message="You must request a minimum of 1 key")


async def test_reading_text_as_json_is_refused(rest: httpx.AsyncClient, namespace: str) -> None:
    await rest.put(f"{namespace}/values/key", content=b"plain")

    response = await rest.post(f"{namespace}/bulk/get", json={"keys": ["key"], "type": "json"})

    message = "At least one of the requested keys corresponds to a non-json value"
    assert_failure(response, status=400, code=10112, message=message)


async def test_a_value_beyond_the_limit_is_refused(rest: httpx.AsyncClient, namespace: str) -> None:
    response = await rest.put(f"{namespace}/values/key", content=bytes(26_214_401))

    message = "Value length of 26214401 exceeds limit of 26214400."
    assert_failure(response, status=413, code=10104, message=message)


async def test_another_method_is_not_allowed(rest: httpx.AsyncClient, namespace: str) -> None:
    response = await rest.patch(f"{namespace}/values/key")

    assert (response.status_code, response.json()["errors"][0]["code"]) == (405, 10405)
