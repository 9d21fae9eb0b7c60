"""What each operation of each door is to a profile."""

import pytest

from emulator import Twin
from emulator.app import api_routes, gateway_of
from emulator.core.trip import Trip
from emulator.latency.naming import Detail, Named, likely, named, supabase

WROTE, READ = {"rows_written": 1}, {"rows_written": 0}
BGE = b"/client/v4/accounts/a/ai/run/@cf/baai/bge-base-en-v1.5"
LLAMA = b"/client/v4/accounts/a/ai/run/@cf/meta/llama-3.1-8b-instruct"


def trip(door: str, name: str, raw_path: bytes = b"/") -> Trip:
    return Trip(door, name, "a", "r", {"raw_path": raw_path, "headers": ()})


@pytest.mark.parametrize(
    ("operation", "detail", "expected"),
    [
        ("d1.database.query", READ, ("d1", "read")),
        ("d1.database.raw", WROTE, ("d1", "write")),
        ("d1.query", None, ("d1", "read")),
        ("d1.execute", WROTE, ("d1", "write")),
        ("d1.database.create", None, ("api", "control")),
        ("kv.values.get", None, ("kv", "read")),
        ("kv.metadata.get", None, ("kv", "read")),
        ("kv.bulk.update", None, ("kv", "write")),
        ("kv.bulk.delete.legacy", None, ("kv", "write")),
        ("kv.keys.list", None, ("kv", "list")),
        ("kv.namespaces.list", None, ("api", "control")),
        ("kv.get_bulk", None, ("kv", "read")),
        ("r2.s3.GetObject", None, ("r2", "get")),
        ("r2.s3.ListObjectsV2", None, ("r2", "list")),
        ("r2.s3.CreateBucket", None, ("api", "control")),
        ("r2.buckets.objects.upload", None, ("r2", "put")),
        ("r2.buckets.delete", None, ("api", "control")),
        ("r2.completeMultipartUpload", None, ("r2", "put")),
        ("vectorize.indexes.query", None, ("vectorize", "query")),
        ("vectorize.indexes.list", None, ("api", "control")),
        ("vectorize.upsert", None, ("vectorize", "write")),
        ("ai.models.list", None, ("api", "control")),
        ("workers.scripts.update", None, ("api", "control")),
        ("supabase.rest_read", None, ("supabase", "rest_read")),
    ],
)
def test_an_operation_has_one_name(operation: str, detail: Detail, expected: Named) -> None:
    assert named(trip("rest", operation), operation, detail) == (expected,)


@pytest.mark.parametrize(
    ("path", "detail", "expected"),
    [
        (LLAMA, None, (("ai", "generate"),)),
        (BGE, None, (("ai", "embed"),)),
        (BGE, {"ai_gateway": {"cached": True, "model": "bge"}}, (("ai_gateway", "hit"),)),
        (BGE, {"ai_gateway": {"cached": False}}, (("ai_gateway", "miss"), ("ai", "embed"))),
        (LLAMA, {"cached": False}, (("ai_gateway", "miss"), ("ai", "generate"))),
    ],
)
def test_a_model_takes_its_time_and_a_gateway_its_own(
    path: bytes, detail: Detail, expected: tuple[Named, ...]
) -> None:
    assert named(trip("rest", "ai.run", path), "ai.run", detail) == expected


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/rest/v1/jobs", "supabase.rest_read"),
        ("PATCH", "/supabase/rest/v1/jobs", "supabase.rest_write"),
        ("POST", "/rest/v1/rpc/match", "supabase.rest_call"),
        ("POST", "/auth/v1/token", "supabase.auth"),
        ("GET", "/storage/v1/object/public/a/auth/v1", "supabase.storage_read"),
        ("POST", "/outbound/script/storage/v1/object/a", "supabase.storage_write"),
        ("GET", "/functions/v1/x", "supabase.other"),
        ("GET", "/", "supabase.other"),
    ],
)
def test_supabase_is_told_apart_by_its_services(method: str, path: str, expected: str) -> None:
    assert supabase(method, path) == expected


def test_every_route_of_the_api_is_known_before_it_is_answered(twin: Twin) -> None:
    routes = api_routes(twin, gateway_of(twin))
    found = {route.name: likely(trip("rest", route.name)) for route in routes}

    assert found["kv.values.get"] == ("kv", "read")
    assert found["d1.database.query"] == ("d1", "read")
    assert None not in found.values()


def test_what_workers_have_besides_products_is_not_delayed() -> None:
    for kind in ("assets", "cache", "outbound", "tail", "pages_assets"):
        assert likely(trip("binding", kind)) is None
    assert likely(trip("edge", "workers.fetch")) == ("workers", "request")
    assert likely(trip("binding", "kv")) == ("kv", "read")
