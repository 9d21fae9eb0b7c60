"""The text that workerd is started with."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.workers.runtime import binary
from emulator.workers.runtime.config import quoted, render
from emulator.workers.runtime.failures import RuntimeAbsent
from emulator.workers.runtime.program import (
    KVBinding,
    Module,
    ModuleKind,
    Program,
    WrappedBinding,
    Wrapping,
)


def program(*bindings: KVBinding | WrappedBinding) -> Program:
    modules = (Module('a"b.mjs', ModuleKind.ES, Path("/srv/a.mjs")),)
    return Program("shop", "2026-01-01", "out", "cache", modules, bindings=bindings)


def test_a_binding_goes_to_the_listener_with_its_token() -> None:
    text = render(program(KVBinding("KV", "token-1")), "unix:/run/twin", Path("/objects"))

    assert '(name = "KV", kvNamespace = "env:KV")' in text
    assert '(name = "cftwin-binding", value = "token-1")' in text
    assert 'address = "unix:/run/twin"' in text


def test_an_index_is_wrapped_as_vectorize_2() -> None:
    bound = WrappedBinding("V", Wrapping.VECTORIZE, "token-1", "jobs")

    text = render(program(bound), "unix:/run/twin", Path("/objects"))

    assert 'moduleName = "cloudflare-internal:vectorize-api"' in text
    assert '(name = "indexId", text = "jobs")' in text


def test_a_modules_name_is_text_and_nothing_else() -> None:
    assert r'(name = "a\"b.mjs", esModule = embed "/srv/a.mjs")' in render(
        program(), "unix:/run/twin", Path("/objects")
    )


@given(st.text(st.characters(codec="utf-8")))
def test_a_text_literal_stays_on_its_line_and_ends_where_it_should(text: str) -> None:
    literal = quoted(text)

    inner = literal[1:-1].replace("\\\\", "").replace('\\"', "")
    assert '"' not in inner
    assert not any(ord(letter) < 32 for letter in literal)


def test_the_binary_is_found_where_npm_puts_it(tmp_path: Path) -> None:
    [package] = {path.parts[-3] for path in binary.candidates(tmp_path, {"PATH": ""})}
    found = tmp_path / "node_modules" / "@cloudflare" / package / "bin" / "workerd"
    found.parent.mkdir(parents=True)
    found.touch(0o755)

    assert binary.find(tmp_path / "deep" / "below", {"PATH": ""}) == found


def test_a_named_binary_that_is_not_there_is_not_replaced_by_another(tmp_path: Path) -> None:
    with pytest.raises(RuntimeAbsent, match="WORKERD"):
        binary.find(tmp_path, {"WORKERD": str(tmp_path / "absent"), "PATH": "/usr/bin"})
