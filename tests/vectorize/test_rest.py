"""Vectorize over the API: what goes over the wire, byte for byte."""

from collections.abc import Sequence
from typing import Any

import httpx
import orjson
import pytest

from emulator import Account
from emulator.core.clock import ManualClock, iso
from emulator.vectorize.models import Kind, Metric
from tests.assertions import assert_failure
from tests.vectorize.asking import upsert as upsert_now
from tests.vectorize.asking import vector

INDEXES = "/vectorize/v2/indexes"
SHOP = f"{INDEXES}/shop"
NDJSON = {"content-type": "application/x-ndjson"}
WRANGLER_JSON = {"content-type": "application/json; charset=utf-8;"}
NOT_FOUND = 'vectorize.index.not_found - Index name "{}"'


@pytest.fixture
def shop(account: Account) -> str:
    """The path of an index of two dimensions with two vectors."""
    account.vectorize.create_index("shop", 2, Metric.COSINE)
    index = account.vectorize.index("shop")
    index.create_metadata_index("n", Kind.NUMBER)
    upsert_now(index, vector("a", 0, {"n": 1, "m": "é"}, "space"), vector("b", 90))
    return SHOP


def lines(*rows: dict[str, Any]) -> bytes:
    return b"\n".join(map(orjson.dumps, rows))


def code_of(response: httpx.Response) -> tuple[int, int]:
    return response.status_code, response.json()["errors"][0]["code"]


async def test_an_index_is_created(rest: httpx.AsyncClient, clock: ManualClock) -> None:
    config = {"dimensions": 32, "metric": "dot-product"}
    body = {"name": "shop", "description": "Goods", "config": config}

    response = await rest.post(INDEXES, json=body)

    assert response.json() == {
        "result": {
            "name": "shop",
            "description": "Goods",
            "config": config,
            "created_on": iso(clock.now()),
            "modified_on": iso(clock.now()),
        },
        "success": True,
        "errors": [],
        "messages": [],
    }
    assert (await rest.get(SHOP)).json() == response.json()
    assert (await rest.get(INDEXES)).json()["result"] == [response.json()["result"]]


@pytest.mark.parametrize(
    ("preset", "dimensions", "metric"),
    [
        ("@cf/baai/bge-small-en-v1.5", 384, "cosine"),
        ("@cf/baai/bge-base-en-v1.5", 768, "cosine"),
        ("@cf/baai/bge-large-en-v1.5", 1_024, "cosine"),
        ("openai/text-embedding-ada-002", 1_536, "cosine"),
        ("cohere/embed-multilingual-v2.0", 768, "dot-product"),
    ],
)
async def test_a_preset_is_expanded(
    rest: httpx.AsyncClient, preset: str, dimensions: int, metric: str
) -> None:
    response = await rest.post(INDEXES, json={"name": "shop", "config": {"preset": preset}})

    assert response.json()["result"]["config"] == {"dimensions": dimensions, "metric": metric}
    assert response.json()["result"]["description"] == ""


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", 40026),
        (b"[]", 40026),
        (b"{}", 40026),
        (b'{"name": "shop"}', 40026),
        (b'{"name": 5, "config": {"preset": "@cf/baai/bge-base-en-v1.5"}}', 40026),
        (b'{"name": "shop", "config": {"dimensions": "2", "metric": "cosine"}}', 40026),
        (b'{"name": "shop", "config": {"dimensions": 2.5, "metric": "cosine"}}', 40026),
        (b'{"name": "shop", "config": {"dimensions": true, "metric": "cosine"}}', 40026),
        (b'{"name": "shop", "config": {"dimensions": 2, "metric": "manhattan"}}', 40026),
        (b'{"name": "shop", "config": {}}', 40102),
        (b'{"name": "shop", "config": {"dimensions": 2}}', 40102),
        (b'{"name": "shop", "config": {"metric": "cosine"}}', 40102),
        (b'{"name": "shop", "config": {"preset": "gpt"}}', 40102),
        (b'{"name": "shop", "config": {"dimensions": 1537, "metric": "cosine"}}', 40102),
        (
            b'{"name": "shop", "config": {"dimensions": 1%s, "metric": "cosine"}}' % (b"0" * 40),
            40102,
        ),
        (b'{"name": "Shop", "config": {"dimensions": 2, "metric": "cosine"}}', 40101),
    ],
)
async def test_an_index_that_cannot_be_is_refused(
    rest: httpx.AsyncClient, body: bytes, code: int
) -> None:
    assert code_of(await rest.post(INDEXES, content=body)) == (400, code)
    assert (await rest.get(INDEXES)).json()["result"] == []


async def test_a_name_is_given_once(rest: httpx.AsyncClient, shop: str) -> None:
    body = {"name": "shop", "config": {"dimensions": 2, "metric": "cosine"}}
    response = await rest.post(INDEXES, json=body)

    message = 'vectorize.index.duplicate_name - Index name "shop"'
    assert_failure(response, status=400, code=3002, message=message)


async def test_a_deleted_index_is_gone(rest: httpx.AsyncClient, shop: str) -> None:
    deleted = await rest.delete(shop)
    assert deleted.json() == {"result": None, "success": True, "errors": [], "messages": []}

    response = await rest.get(shop)
    assert_failure(response, status=404, code=3000, message=NOT_FOUND.format("shop"))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("DELETE", ""),
        ("GET", "/info"),
        ("GET", "/list"),
        ("POST", "/insert"),
        ("POST", "/upsert"),
        ("POST", "/query"),
        ("POST", "/get_by_ids"),
        ("POST", "/delete_by_ids"),
        ("POST", "/metadata_index/create"),
        ("GET", "/metadata_index/list"),
        ("POST", "/metadata_index/delete"),
    ],
)
async def test_every_operation_says_that_an_index_is_not_there(
    rest: httpx.AsyncClient, method: str, path: str
) -> None:
    # Even before it looks at the body.
    response = await rest.request(method, f"{INDEXES}/nowhere{path}", content=b"nonsense")

    assert_failure(response, status=404, code=3000, message=NOT_FOUND.format("nowhere"))


async def test_info_tells_what_is_processed(
    rest: httpx.AsyncClient, shop: str, clock: ManualClock
) -> None:
    mutation = (await rest.post(f"{shop}/delete_by_ids", json={"ids": ["a"]})).json()

    assert (await rest.get(f"{shop}/info")).json()["result"] == {
        "dimensions": 2,
        "vectorCount": 1,
        "processedUpToDatetime": iso(clock.now()),
        "processedUpToMutation": mutation["result"]["mutationId"],
    }


async def test_a_new_index_has_processed_nothing(rest: httpx.AsyncClient, account: Account) -> None:
    account.vectorize.create_index("shop", 2, Metric.COSINE)

    assert (await rest.get(f"{SHOP}/info")).json()["result"] == {
        "dimensions": 2,
        "vectorCount": 0,
        "processedUpToDatetime": None,
        "processedUpToMutation": None,
    }


async def upload(rest: httpx.AsyncClient, path: str, body: bytes, **options: Any) -> httpx.Response:
    return await rest.post(path, content=body, headers=NDJSON, **options)


@pytest.mark.parametrize("operation", ["insert", "upsert"])
async def test_vectors_are_written(rest: httpx.AsyncClient, shop: str, operation: str) -> None:
    new = {"id": "new", "values": [58.8, 6.7], "metadata": {"k": [1]}, "namespace": "n"}

    response = await upload(rest, f"{shop}/{operation}", lines(new, {"id": "a", "values": [0, 1]}))

    assert list(response.json()["result"]) == ["mutationId"]
    assert len(response.json()["result"]["mutationId"]) == 36
    rows = (await rest.post(f"{shop}/get_by_ids", json={"ids": ["new", "a"]})).json()["result"]
    assert rows[0] == {**new, "values": [58.79999923706055, 6.699999809265137]}
    kept = {"metadata": {"n": 1, "m": "é"}, "namespace": "space"} if operation == "insert" else {}
    values = [1.0, 0.0] if operation == "insert" else [0.0, 1.0]
    assert rows[1] == {"id": "a", "values": values, **kept}


async def test_vectors_are_written_from_a_form(rest: httpx.AsyncClient, shop: str) -> None:
    file = ("vectors.ndjson", lines({"id": "new", "values": [1, 0]}), "application/x-ndjson")

    response = await rest.post(f"{shop}/insert", files={"vectors": file, "other": b"ignored"})

    assert response.json()["success"]
    assert (await rest.get(f"{shop}/info")).json()["result"]["vectorCount"] == 3


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data; boundary=x", b'--x\r\n\r\n{"id":"a","values":[1,0]}\r\n--x--\r\n'),
        ("multipart/form-data; boundary=x", b"--x\r\n"),
        ("multipart/form-data; boundary=x", b""),
        ("multipart/form-data", b""),
        # As older SDKs send it: the lines as one JSON string.
        ("application/json", orjson.dumps('{"id":"a","values":[1,0]}')),
    ],
)
async def test_a_body_without_vectors_is_refused(
    rest: httpx.AsyncClient, shop: str, content_type: str, body: bytes
) -> None:
    headers = {"content-type": content_type}
    response = await rest.post(f"{shop}/upsert", content=body, headers=headers)

    message = (
        "vectorize.upstream_error - failed to parse upsert vectors request in ndjson format:"
        " line Some(0) was not expected format"
    )
    assert_failure(response, status=400, code=40023, message=message)


async def test_an_insert_is_called_one_in_its_refusal(rest: httpx.AsyncClient, shop: str) -> None:
    response = await upload(rest, f"{shop}/insert", b'{"id":"a","values":[1,0]}\nnonsense')

    assert "failed to parse insert vectors request" in response.text
    assert "line Some(1)" in response.text


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-ndjsons", "é"])
async def test_a_content_type_that_is_no_upload_is_refused(
    rest: httpx.AsyncClient, shop: str, content_type: str | None
) -> None:
    headers = [] if content_type is None else [(b"content-type", content_type.encode())]
    body = b'{"id":"a","values":[1,0]}'
    response = await rest.post(f"{shop}/upsert", content=body, headers=headers)

    message = "vectorize.unknown_content_type"
    assert_failure(response, status=400, code=40100, message=message)


async def test_unparsable_lines_may_be_discarded(rest: httpx.AsyncClient, shop: str) -> None:
    body = b'nonsense\n{"id":"new","values":[1,0]}'
    options = {"params": {"unparsable-behavior": "discard"}}

    assert (await upload(rest, f"{shop}/insert", body, **options)).status_code == 200
    assert (await rest.get(f"{shop}/info")).json()["result"]["vectorCount"] == 3

    strict = {"params": {"unparsable-behavior": "error"}}
    assert code_of(await upload(rest, f"{shop}/insert", body, **strict)) == (400, 40023)
    odd = {"params": {"unparsable-behavior": "ignore"}}
    assert code_of(await upload(rest, f"{shop}/insert", body, **odd)) == (400, 40115)


async def test_5000_vectors_are_uploaded_at_once_and_not_one_more(
    rest: httpx.AsyncClient, shop: str
) -> None:
    rows = [{"id": str(number), "values": [1, number]} for number in range(5_001)]

    refused = await upload(rest, f"{shop}/upsert", lines(*rows))
    message = "too many vectors in payload; max vector count is 5000, got 5001"
    assert_failure(refused, status=400, code=40104, message=message)

    assert (await upload(rest, f"{shop}/upsert", lines(*rows[1:]))).status_code == 200
    assert (await rest.get(f"{shop}/info")).json()["result"]["vectorCount"] == 5_002


async def test_wrong_dimensions_are_refused(rest: httpx.AsyncClient, shop: str) -> None:
    response = await upload(rest, f"{shop}/upsert", lines({"id": "x", "values": [1, 2, 3]}))

    message = 'invalid vector for id="x", expected 2 dimensions, and got 3 dimensions'
    assert_failure(response, status=400, code=40012, message=message)


async def ask(rest: httpx.AsyncClient, path: str, **body: Any) -> httpx.Response:
    return await rest.post(f"{path}/query", json=body)


async def test_a_query_answers_with_ids_and_scores(rest: httpx.AsyncClient, shop: str) -> None:
    response = await ask(rest, shop, vector=[1, 0])

    assert response.json() == {
        "result": {
            "count": 2,
            "matches": [
                {"id": "a", "score": pytest.approx(1), "namespace": "space"},
                {"id": "b", "score": pytest.approx(0, abs=1e-6)},
            ],
        },
        "success": True,
        "errors": [],
        "messages": [],
    }


async def test_a_query_answers_with_what_is_asked_for(rest: httpx.AsyncClient, shop: str) -> None:
    filter = {"n": {"$gte": 1, "$lt": 2}}
    options = {"topK": 1, "filter": filter, "namespace": "space", "returnValues": True}

    everything = await ask(rest, shop, vectorId="b", returnMetadata="all", **options)
    indexed = await ask(rest, shop, vectorId="b", returnMetadata="indexed", **options)

    [match] = everything.json()["result"]["matches"]
    assert match == {
        "id": "a",
        "score": pytest.approx(0, abs=1e-6),
        "values": [1.0, 0.0],
        "metadata": {"n": 1, "m": "é"},
        "namespace": "space",
    }
    assert indexed.json()["result"]["matches"] == [{**match, "metadata": {"n": 1}}]


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (
            {"vector": [1]},
            40006,
            "invalid query vector, expected 2 dimensions, and got 1 dimensions",
        ),
        ({"vector": [1, 0], "topK": 101}, 40025, "max top K is 100, but got 101"),
        (
            {"vector": [1, 0], "topK": 100, "returnMetadata": "all"},
            40025,
            "with returnValues=true or returnMetadata=all, max top K is 50, but got 100;"
            " for a top K up to 100, retry with returnValues=false and returnMetadata=indexed",
        ),
        (
            {"vector": [1, 0], "returnMetadata": True},
            40026,
            "Failed to parse the request body as JSON:"
            " returnMetadata: expected one of none, indexed, all",
        ),
        (
            {"vector": [1, 0], "namespace": "x" * 65},
            40009,
            "namespace too long; max is 64 bytes, got 65 bytes",
        ),
        ({"vectorId": "x" * 65}, 40008, "id too long; max is 64 bytes, got 65 bytes"),
        (
            {"vector": [1, 0], "filter": {"$n": 1}},
            40018,
            'invalid metadata key "$n"; a key must not start with $',
        ),
        (
            {"vector": [1, 0], "filter": {}},
            40106,
            "invalid filter; it must be a non-empty object",
        ),
    ],
    ids=str,
)
async def test_a_query_is_refused_with_its_reason(
    rest: httpx.AsyncClient, shop: str, body: dict[str, Any], code: int, message: str
) -> None:
    assert_failure(await ask(rest, shop, **body), status=400, code=code, message=message)


async def test_a_query_by_an_unknown_id_is_not_found(rest: httpx.AsyncClient, shop: str) -> None:
    response = await ask(rest, shop, vectorId="x")

    assert_failure(response, status=404, code=40109, message='no vector with id="x"')


JSON_PATHS = [
    "/query",
    "/get_by_ids",
    "/delete_by_ids",
    "/metadata_index/create",
    "/metadata_index/delete",
]


@pytest.mark.parametrize("path", JSON_PATHS)
async def test_json_must_be_called_json(rest: httpx.AsyncClient, shop: str, path: str) -> None:
    headers = {"content-type": "text/plain"}
    response = await rest.post(shop + path, content=b"{}", headers=headers)

    message = "Expected request with `Content-Type: application/json`"
    assert_failure(response, status=400, code=40026, message=message)


@pytest.mark.parametrize("path", JSON_PATHS)
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"5", b"{}", b'{"ids": 5, "propertyName": 5}'])
async def test_json_must_be_what_is_asked_for(
    rest: httpx.AsyncClient, shop: str, path: str, body: bytes
) -> None:
    response = await rest.post(shop + path, content=body, headers=WRANGLER_JSON)

    assert code_of(response) == (400, 40026)
    assert response.json()["errors"][0]["message"].startswith(
        "Failed to parse the request body as JSON: "
    )


@pytest.mark.parametrize("path", ["/get_by_ids", "/delete_by_ids"])
async def test_ids_are_strings(rest: httpx.AsyncClient, shop: str, path: str) -> None:
    response = await rest.post(shop + path, json={"ids": ["a", 5]})

    message = "Failed to parse the request body as JSON: ids[1]: expected a string"
    assert_failure(response, status=400, code=40026, message=message)


@pytest.mark.parametrize(("path", "limit"), [("/get_by_ids", 20), ("/delete_by_ids", 100)])
async def test_ids_have_a_limit(rest: httpx.AsyncClient, shop: str, path: str, limit: int) -> None:
    response = await rest.post(shop + path, json={"ids": ["x"] * (limit + 1)})

    message = f"too many ids in payload; max id count is {limit}, got {limit + 1}"
    assert_failure(response, status=400, code=40007, message=message)


async def test_wranglers_content_type_is_json(rest: httpx.AsyncClient, shop: str) -> None:
    body = b'{"ids": ["b"]}'
    response = await rest.post(f"{shop}/get_by_ids", content=body, headers=WRANGLER_JSON)

    assert [row["id"] for row in response.json()["result"]] == ["b"]


async def pages(rest: httpx.AsyncClient, path: str, count: int) -> Sequence[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = None
    while not found or found[-1]["isTruncated"]:
        params = {"count": str(count)} | ({} if cursor is None else {"cursor": cursor})
        found.append((await rest.get(f"{path}/list", params=params)).json()["result"])
        cursor = found[-1]["nextCursor"]
    return found


async def test_ids_are_listed_in_pages(
    rest: httpx.AsyncClient, shop: str, clock: ManualClock
) -> None:
    first, last = await pages(rest, shop, 1)

    assert first == {
        "count": 1,
        "totalCount": 2,
        "isTruncated": True,
        "nextCursor": first["nextCursor"],
        "cursorExpirationTimestamp": iso(clock.now() + 3_600),
        "vectors": [{"id": "a"}],
    }
    assert last == {
        "count": 1,
        "totalCount": 2,
        "isTruncated": False,
        "nextCursor": None,
        "cursorExpirationTimestamp": None,
        "vectors": [{"id": "b"}],
    }


async def test_a_page_has_100_ids_unless_asked(rest: httpx.AsyncClient, account: Account) -> None:
    account.vectorize.create_index("shop", 2, Metric.COSINE)
    upsert_now(account.vectorize.index("shop"), *(vector(str(number)) for number in range(1_001)))

    assert (await rest.get(f"{SHOP}/list")).json()["result"]["count"] == 100
    assert (await rest.get(f"{SHOP}/list?count=1000")).json()["result"]["count"] == 1_000


@pytest.mark.parametrize("count", ["0", "1001", "-1", "x", "", "1.5", "9" * 5_000, "²"])
async def test_a_page_has_1_to_1000_ids(rest: httpx.AsyncClient, shop: str, count: str) -> None:
    response = await rest.get(f"{shop}/list", params={"count": count})

    message = "invalid count; it must be a whole number from 1 to 1000"
    assert_failure(response, status=400, code=40110, message=message)


async def test_a_cursor_that_is_none_is_refused(rest: httpx.AsyncClient, shop: str) -> None:
    response = await rest.get(f"{shop}/list", params={"cursor": "x"})

    message = "invalid or expired cursor; start a new listing"
    assert_failure(response, status=400, code=40111, message=message)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_metadata_indexes_are_created_listed_and_deleted(
    rest: httpx.AsyncClient, shop: str, method: str
) -> None:
    new = {"propertyName": "a.b", "indexType": "string"}

    created = await rest.post(f"{shop}/metadata_index/create", json=new)
    assert len(created.json()["result"]["mutationId"]) == 36
    listed = await rest.request(method, f"{shop}/metadata_index/list")
    assert listed.json()["result"] == {
        "metadataIndexes": [{"propertyName": "n", "indexType": "number"}, new]
    }

    deleted = await rest.post(f"{shop}/metadata_index/delete", json={"propertyName": "n"})
    assert len(deleted.json()["result"]["mutationId"]) == 36
    listed = await rest.request(method, f"{shop}/metadata_index/list")
    assert listed.json()["result"] == {"metadataIndexes": [new]}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"propertyName": "x", "indexType": "date"}, 400, 40026),
        ({"propertyName": "x"}, 400, 40026),
        ({"propertyName": "$x", "indexType": "string"}, 400, 40018),
    ],
)
async def test_a_metadata_index_that_cannot_be_is_refused(
    rest: httpx.AsyncClient, shop: str, body: dict[str, str], status: int, code: int
) -> None:
    response = await rest.post(f"{shop}/metadata_index/create", json=body)

    assert code_of(response) == (status, code)


async def test_a_metadata_index_that_is_not_there_is_not_deleted(
    rest: httpx.AsyncClient, shop: str
) -> None:
    response = await rest.post(f"{shop}/metadata_index/delete", json={"propertyName": "x"})

    message = 'no metadata index on property "x"'
    assert_failure(response, status=404, code=40108, message=message)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("POST", ""), ("POST", "/shop/query"), ("DELETE", "/shop")],
)
async def test_v1_is_said_to_be_missing(rest: httpx.AsyncClient, method: str, path: str) -> None:
    response = await rest.request(method, f"/vectorize/indexes{path}")

    assert code_of(response) == (501, 501)
    assert "is not implemented by Cloudflare Twin" in response.text
