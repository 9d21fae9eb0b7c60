"""Whatever is in the fields of a request, of any dialect: an answer, never a server error."""

import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ai.conftest import BGE_BASE, BGE_M3, GLM, GPT_OSS, LLAMA

NAMES = (
    "type role content text name arguments function parameters description input_schema output"
    " tool_calls tool_call_id call_id id properties required items enum $ref json_schema schema"
    " format image_url url source data query anyOf minItems pattern prefixItems"
).split()
WORDS = (
    "text input_text image image_url function tool_use tool_result function_call user system tool"
    " assistant function_call_output json_object json_schema object array string integer null auto"
    " any none required base64 mean cls #"
).split()

leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(WORDS)
    | st.text(max_size=10)
)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=12,
)
turns = st.lists(
    st.fixed_dictionaries({"role": st.sampled_from(WORDS), "content": values}) | values, max_size=3
)


def body(model: str, *names: str, **known: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Some of the fields, each with any value or one that is nearly right."""
    optional = {name: values for name in names} | known
    return st.fixed_dictionaries({"model": st.just(model)}, optional=optional)


MODE = st.fixed_dictionaries(
    {"type": st.sampled_from(["json_object", "json_schema"]), "json_schema": values}
)
CHAT = (
    "prompt max_tokens temperature tools tool_choice stream stream_options seed guided_json"
).split()
CASES = [
    (f"/ai/run/{LLAMA}", body(LLAMA, *CHAT, messages=turns, response_format=MODE)),
    (f"/ai/run/{GLM}", body(GLM, *CHAT, "options", messages=turns, response_format=MODE)),
    (f"/ai/run/{GPT_OSS}", body(GPT_OSS, "input", "instructions", "tools", "text")),
    (f"/ai/run/{BGE_BASE}", body(BGE_BASE, "text", "pooling", "request_id", "requests")),
    (f"/ai/run/{BGE_M3}", body(BGE_M3, "text", "contexts", "query", "truncate_inputs")),
    ("/ai/v1/chat/completions", body(GLM, *CHAT, messages=turns, response_format=MODE)),
    ("/ai/v1/embeddings", body(BGE_BASE, "input", "encoding_format", "dimensions")),
    (
        "/ai/v1/responses",
        body(GLM, "instructions", "tools", "tool_choice", "text", "metadata", input=turns),
    ),
    (
        "/ai/v1/messages",
        body(GLM, "system", "tools", "tool_choice", messages=turns, max_tokens=st.just(9)),
    ),
]


@pytest.mark.parametrize(("path", "bodies"), CASES, ids=[path for path, _ in CASES])
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
async def test_no_field_is_a_server_error(
    rest: httpx.AsyncClient, path: str, bodies: st.SearchStrategy[Any], data: st.DataObject
) -> None:
    sent = data.draw(bodies)

    response = await rest.post(path, content=json.dumps(sent))

    assert response.status_code < 500 or response.status_code == 501, response.text
