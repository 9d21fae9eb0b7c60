"""What servers answer, odd ones too: read into pieces, or refused."""

from typing import Any

import orjson
import pytest

from emulator.ai.chat_client import Reader
from emulator.ai.errors import UpstreamRefused
from emulator.ai.models import Finish, TextRequest, ToolCall, Usage
from tests.ai.conftest import LLAMA


def reader() -> Reader:
    return Reader(TextRequest("workers-ai", LLAMA, (), 9, {}), None)


def call(index: int | None, **function: Any) -> dict[str, Any]:
    return {"index": index, "function": function}


def delta(**said: Any) -> str:
    return "data: " + orjson.dumps({"choices": [{"delta": said}]}).decode()


def test_the_parts_of_a_tool_call_are_put_together() -> None:
    read = reader()

    read.line(delta(tool_calls=[call(0, name="find", arguments='{"q"')]))
    read.line(delta(tool_calls=[call(0, arguments=':"cats"}'), call(1, name="go")]))

    assert read.end() == [
        ToolCall("find", {"q": "cats"}),
        ToolCall("go", {}),
        Finish("tool_calls", Usage(0, 0)),
    ]


def test_a_server_without_usage_is_counted() -> None:
    read = reader()

    texts = [*read.line(delta(content="Hello ")), *read.line(delta(content="there"))]

    assert texts == ["Hello ", "there"]
    assert read.end() == [Finish("stop", Usage(0, 2))]


def test_a_null_usage_and_content_are_none() -> None:
    read = reader()
    body = {
        "choices": [{"message": {"content": None}, "finish_reason": "length"}],
        "usage": {"prompt_tokens": None},
    }

    assert read.whole(orjson.dumps(body)) == []
    assert read.end() == [Finish("length", Usage(0, 0))]


@pytest.mark.parametrize("line", ["", ": ping", "event: x", "data: [DONE]", "data:"])
def test_other_lines_are_passed_over(line: str) -> None:
    assert reader().line(line) == []


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{", b'"x"'])
def test_what_is_no_completion_is_refused(body: bytes) -> None:
    with pytest.raises(UpstreamRefused):
        reader().whole(body)


@pytest.mark.parametrize("body", [b"{}", b'{"choices": []}', b'{"choices": 7}'])
def test_an_answer_without_a_choice_is_refused(body: bytes) -> None:
    read = reader()
    read.whole(body)

    with pytest.raises(UpstreamRefused):
        read.end()
