"""The rules of bindings, without a store."""

from typing import Any

import pytest

from emulator.core.errors import CloudflareError
from emulator.workers.bindings import checked, resolved, shown
from emulator.workers.errors import (
    BindingNameTaken,
    BindingUnnamed,
    InheritInvalid,
    ScriptInvalid,
    TooManyVariables,
    VariableTooLarge,
)

OLD: list[dict[str, Any]] = [
    {"name": "CACHE", "type": "kv_namespace", "namespace_id": "1"},
    {"name": "TOKEN", "type": "secret_text", "text": "s3cret"},
    {"name": "WHO", "type": "plain_text", "text": "ada"},
]


@pytest.mark.parametrize(
    ("binding", "refusal", "message"),
    [
        ({"type": "ai"}, BindingUnnamed, "Binding at index 0 must have a name."),
        ({"type": "ai", "name": ""}, BindingUnnamed, "Binding at index 0 must have a name."),
        ({"name": "A"}, ScriptInvalid, "binding A must have a valid `type` specified"),
        (
            {"name": "DB", "type": "d1"},
            ScriptInvalid,
            "binding DB of type d1 must have a valid `id` specified",
        ),
        (
            {"name": "DB", "type": "d1", "id": 7},
            ScriptInvalid,
            "binding DB of type d1 must have a valid `id` specified",
        ),
        (
            {"name": "V", "type": "vectorize", "index_name": ""},
            ScriptInvalid,
            "binding V of type vectorize must have a valid `index_name` specified",
        ),
        (
            {"name": "T", "type": "plain_text", "text": 1},
            ScriptInvalid,
            "binding T of type plain_text must have a valid `text` specified",
        ),
        (
            {"name": "J", "type": "json"},
            ScriptInvalid,
            "binding J of type json must have a valid `json` specified",
        ),
    ],
)
def test_a_binding_that_lacks_something_is_refused(
    binding: dict[str, Any], refusal: type[CloudflareError], message: str
) -> None:
    with pytest.raises(refusal) as refused:
        checked([binding])

    assert str(refused.value) == message


def test_an_empty_text_and_a_null_are_values() -> None:
    given = [
        {"name": "T", "type": "plain_text", "text": ""},
        {"name": "J", "type": "json", "json": None},
    ]

    assert checked(given) == given


def test_a_kind_nobody_knows_yet_is_kept_as_it_is() -> None:
    given = {"name": "NEW", "type": "telepathy", "range": {"km": [1, 2]}}

    assert checked([given]) == [given]


def test_a_database_has_its_id_under_both_names() -> None:
    [binding] = checked([{"name": "DB", "type": "d1", "database_id": "x"}])

    assert (binding["id"], binding["database_id"]) == ("x", "x")


def test_a_name_is_there_once() -> None:
    with pytest.raises(BindingNameTaken, match="Binding name 'A' already in use"):
        checked([{"name": "A", "type": "ai"}, {"name": "A", "type": "browser"}])


def test_a_variable_has_at_most_5_kilobytes() -> None:
    checked([{"name": "T", "type": "plain_text", "text": "x" * 5_120}])

    with pytest.raises(VariableTooLarge):
        checked([{"name": "T", "type": "plain_text", "text": "é" * 2_561}])
    with pytest.raises(VariableTooLarge):
        checked([{"name": "T", "type": "json", "json": ["x" * 5_120]}])


def test_there_are_at_most_128_variables() -> None:
    variables = [{"name": f"V{n}", "type": "plain_text", "text": ""} for n in range(128)]
    checked([*variables, {"name": "AI", "type": "ai"}])

    with pytest.raises(TooManyVariables):
        checked([*variables, {"name": "S", "type": "secret_text", "text": ""}])


def test_what_is_inherited_may_have_another_name() -> None:
    found = resolved(
        [{"name": "STORE", "type": "inherit", "old_name": "CACHE"}], OLD, frozenset(), strict=True
    )

    assert found == [{"name": "STORE", "type": "kv_namespace", "namespace_id": "1"}]


def test_every_binding_that_cannot_be_inherited_is_told() -> None:
    missing = [{"name": name, "type": "inherit"} for name in ("A", "CACHE", "B")]

    with pytest.raises(InheritInvalid) as refused:
        resolved(missing, OLD, frozenset(), strict=True)

    assert [str(error) for error in (refused.value, *refused.value.others)] == [
        f"inherit binding '{name}' is invalid: previous version does not have binding named"
        f" '{name}'"
        for name in ("A", "B")
    ]


def test_without_strictness_it_is_left_out() -> None:
    found = resolved([{"name": "A", "type": "inherit"}], OLD, frozenset(), strict=False)

    assert found == []


def test_only_the_latest_version_is_inherited_from() -> None:
    binding = {"name": "CACHE", "type": "inherit", "version_id": "123"}

    with pytest.raises(InheritInvalid, match="only the literal 'latest' is supported"):
        resolved([binding], OLD, frozenset(), strict=True)


def test_kinds_that_are_kept_stay_unless_their_name_is_given_anew() -> None:
    new = [{"name": "WHO", "type": "plain_text", "text": "bob"}]

    found = resolved(new, OLD, frozenset({"plain_text", "secret_text"}), strict=True)

    assert {one["name"]: one.get("text") for one in found} == {"WHO": "bob", "TOKEN": "s3cret"}


@pytest.mark.parametrize(
    ("secret", "visible"),
    [
        ({"type": "secret_text", "text": "x"}, {"type": "secret_text"}),
        ({"type": "secret_key", "key_jwk": {}}, {"type": "secret_key"}),
        (
            {"type": "secret_key", "key_base64": "x", "format": "raw"},
            {"type": "secret_key", "format": "raw"},
        ),
        ({"type": "plain_text", "text": "x"}, {"type": "plain_text", "text": "x"}),
    ],
)
def test_what_a_secret_holds_is_never_shown(
    secret: dict[str, Any], visible: dict[str, Any]
) -> None:
    assert shown(secret) == visible
