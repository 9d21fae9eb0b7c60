"""Which unit an event is, at every door."""

import pytest

from emulator.core.events import Event
from emulator.meter.units import units_of

BULK: dict[str, object] = {"keys": 3}


def event(
    operation: str,
    status: int = 200,
    detail: dict[str, object] | None = None,
    door: str = "api",
    script: str | None = None,
) -> Event:
    return Event(
        0.0, "ray", door, operation, "account", "GET", "/", status, None, 1.0, detail, script
    )


@pytest.mark.parametrize(
    ("operation", "units"),
    [
        ("kv.get", {"kv_reads": 1}),
        ("kv.values.get", {"kv_reads": 1}),
        ("kv.metadata.get", {"kv_reads": 1}),
        ("kv.put", {"kv_writes": 1}),
        ("kv.values.update", {"kv_writes": 1}),
        ("kv.delete", {"kv_deletes": 1}),
        ("kv.keys.list", {"kv_lists": 1}),
        ("kv.namespaces.list", {}),
        ("r2.get", {"r2_class_b": 1}),
        ("r2.head", {"r2_class_b": 1}),
        ("r2.public", {"r2_class_b": 1}),
        ("r2.put", {"r2_class_a": 1}),
        ("r2.list", {"r2_class_a": 1}),
        ("r2.delete", {}),
        ("r2.abortMultipartUpload", {}),
        ("r2.s3.GetObject", {"r2_class_b": 1}),
        ("r2.s3.UploadPart", {"r2_class_a": 1}),
        ("r2.s3.ListBuckets", {"r2_class_a": 1}),
        ("r2.s3.DeleteObject", {}),
        ("r2.s3.DeleteObjects", {}),
        ("r2.buckets.objects.get", {"r2_class_b": 1}),
        ("r2.buckets.objects.upload", {"r2_class_a": 1}),
        ("r2.buckets.objects.delete", {}),
        ("r2.buckets.get", {"r2_class_b": 1}),
        ("r2.buckets.domains.custom.list", {}),
        ("d1.database.list", {}),
        ("vectorize.indexes.get", {}),
        ("unknown", {}),
    ],
)
def test_an_operation_is_billed_by_its_class(operation: str, units: dict[str, int]) -> None:
    assert units_of(event(operation)) == units


def test_a_key_that_is_absent_is_read_all_the_same() -> None:
    assert units_of(event("kv.get", 404)) == {"kv_reads": 1}


@pytest.mark.parametrize("status", [400, 401, 403, 413, 429, 500])
def test_what_kv_refuses_is_free(status: int) -> None:
    assert units_of(event("kv.put", status)) == {}


@pytest.mark.parametrize("operation", ["kv.get_bulk", "kv.bulk.update", "kv.bulk.delete"])
def test_a_bulk_operation_is_one_for_each_key(operation: str) -> None:
    assert list(units_of(event(operation, detail=BULK)).values()) == [3]


@pytest.mark.parametrize(("status", "operations"), [(412, 1), (404, 1), (403, 0), (401, 0)])
def test_r2_bills_what_fails_but_for_want_of_credentials(status: int, operations: int) -> None:
    assert len(units_of(event("r2.s3.PutObject", status))) == operations


def test_a_query_of_vectors_is_billed_by_its_dimensions() -> None:
    detail: dict[str, object] = {"dimensions": 768}

    assert units_of(event("vectorize.query", detail=detail)) == {"queried_dimensions": 768}
    assert units_of(event("vectorize.query", 400, detail)) == {}


def test_a_request_is_billed_if_a_script_answers_it() -> None:
    detail: dict[str, object] = {"host": "shop.localhost", "script": "shop"}

    assert units_of(event("workers.fetch", detail=detail, door="edge")) == {}
    ran = event("workers.fetch", detail=detail, door="edge", script="shop")
    assert units_of(ran) == {"requests": 1}


def test_a_gateway_bills_the_logs_it_writes() -> None:
    through: dict[str, object] = {"ai_gateway": {"cached": False, "log_id": "01J"}}

    assert units_of(event("ai.run", detail=through)) == {"gateway_logs": 1}
    assert units_of(event("ai_gateway.openai", detail={"log_id": "01J"})) == {"gateway_logs": 1}
    assert units_of(event("ai_gateway.openai", detail={"log_id": None})) == {}
