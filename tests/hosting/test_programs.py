"""A version as a program: dates, limits, modules, what each binding becomes."""

from pathlib import Path
from typing import Any

import pytest

from emulator.hosting.programs import (
    Surroundings,
    cpu_seconds,
    entrance_of,
    newest_date,
    program_of,
    served_date,
)
from emulator.wire.binding import Binding as Opened
from emulator.workers.models import Kind, Module, Syntax, Version
from emulator.workers.runtime.program import (
    AbsentBinding,
    Entrance,
    JsonBinding,
    KVBinding,
    ObjectBinding,
    Program,
    R2Binding,
    ServiceBinding,
    TextBinding,
    WrappedBinding,
    Wrapping,
)


def version(*bindings: dict[str, Any], **fields: Any) -> Version:
    modules = [
        Module("lib.js", Kind.ES_MODULE, "", "", 1, "lib"),
        Module("index.js.map", Kind.SOURCE_MAP, "", "", 1, "map"),
        Module("index.js", Kind.ES_MODULE, "", "", 1, "index"),
    ]
    given: dict[str, Any] = {
        "syntax": Syntax.MODULES,
        "main": "index.js",
        "modules": modules,
        "bindings": bindings,
        "compatibility_date": "2026-01-01",
    } | fields
    return Version("version", 1, 0.0, "api", "", **given)


def program(*bindings: dict[str, Any], **fields: Any) -> Program:
    """Tokens are what they open, and only the script `other` is there."""

    def token(one: Opened) -> str:
        return f"{one.kind}/{one.resource}/{one.jurisdiction}"

    def path(script: str, entrance: Entrance) -> Path | None:
        return Path("/run", entrance.name) if script == "other" else None

    around = Surroundings("account", token, path, "2026-06-01")
    return program_of("shop", version(*bindings, **fields), lambda m: Path(m.blob), around)


def bound(**binding: Any) -> object:
    return program({"name": "B", **binding}).bindings[0]


def test_the_main_module_comes_first_and_maps_are_left_out() -> None:
    assert [one.name for one in program().modules] == ["index.js", "lib.js"]


def test_the_old_syntax_is_one_text() -> None:
    modules = [Module("script", Kind.SCRIPT, "", "", 1, "script")]

    made = program(syntax=Syntax.SERVICE_WORKER, main="script", modules=modules)

    assert (made.service_worker, made.modules) == (Path("script"), ())


@pytest.mark.parametrize(
    ("binding", "expected"),
    [
        ({"type": "plain_text", "text": "a"}, TextBinding("B", "a")),
        ({"type": "secret_text", "text": "a"}, TextBinding("B", "a")),
        ({"type": "json", "json": {"a": [1]}}, JsonBinding("B", '{"a":[1]}')),
        ({"type": "kv_namespace", "namespace_id": "n"}, KVBinding("B", "kv/n/default")),
        (
            {"type": "r2_bucket", "bucket_name": "b", "jurisdiction": "eu"},
            R2Binding("B", "r2/b/eu"),
        ),
        ({"type": "d1", "id": "d"}, WrappedBinding("B", Wrapping.D1, "d1/d/default")),
        (
            {"type": "vectorize", "index_name": "i"},
            WrappedBinding("B", Wrapping.VECTORIZE, "vectorize/i/default", "i"),
        ),
        ({"type": "ai"}, WrappedBinding("B", Wrapping.AI, "ai/ai/default")),
        ({"type": "durable_object_namespace", "class_name": "C"}, ObjectBinding("B", "C")),
        ({"type": "service", "service": "nobody"}, AbsentBinding("B", "service")),
        ({"type": "queue", "queue_name": "q"}, AbsentBinding("B", "queue")),
        (
            {"type": "secret_key", "format": "der", "algorithm": "x"},
            AbsentBinding("B", "secret_key of format der"),
        ),
    ],
)
def test_a_binding_becomes(binding: dict[str, Any], expected: object) -> None:
    assert bound(**binding) == expected


def test_each_way_to_call_a_script_has_a_socket_of_its_own() -> None:
    plain = bound(type="service", service="other")
    default = bound(type="service", service="other", entrypoint="default")
    admin = bound(type="service", service="other", entrypoint="Admin")
    with_props = bound(type="service", service="other", entrypoint="Admin", props={"a": 1})

    assert isinstance(plain, ServiceBinding)
    assert plain == default
    assert len({plain, admin, with_props}) == 3


def test_the_order_of_props_makes_no_difference() -> None:
    one, other = ({"props": {"a": 1, "b": 2}}, {"props": {"b": 2, "a": 1}})

    assert entrance_of(one) == entrance_of(other)


def test_an_object_of_another_script_is_absent() -> None:
    binding = {
        "type": "durable_object_namespace",
        "class_name": "C",
        "script_name": "other",
    }

    assert bound(**binding) == AbsentBinding("B", "durable_object_namespace of another script")
    assert program({"name": "B", **binding}).objects == ()


@pytest.mark.parametrize(
    ("wanted", "newest", "served"),
    [
        ("2026-01-01", "2026-06-01", "2026-01-01"),
        ("2026-09-01", "2026-06-01", "2026-06-01"),
        ("2026-09-01", None, "2026-09-01"),
        ("", "2026-06-01", "2021-11-02"),
    ],
)
def test_a_date_is_no_later_than_the_runtime_knows(
    wanted: str, newest: str | None, served: str
) -> None:
    assert served_date(wanted, newest) == served


def test_the_runtime_tells_its_newest_date() -> None:
    assert newest_date("workerd 2026-01-15\n") == "2026-01-15"
    assert newest_date("something else") is None


@pytest.mark.parametrize(
    ("limits", "seconds"),
    [({"cpu_ms": 50}, 0.05), ({"cpu_ms": 0}, 30), ({"cpu_ms": "x"}, 30), (None, 30), ([], 30)],
)
def test_how_long_a_script_may_compute(limits: object, seconds: float) -> None:
    assert cpu_seconds(limits) == seconds
