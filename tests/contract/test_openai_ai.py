"""The openai package against `/ai/v1`: chat, streams, JSON, tools, embeddings, responses."""

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import OpenAI
from pydantic import BaseModel

from emulator.testing import TwinAccount, TwinServer

GLM = "@cf/zai-org/glm-4.7-flash"
LLAMA = "@cf/meta/llama-3.3-70b-instruct-fp8-fast"
BGE = "@cf/baai/bge-base-en-v1.5"
HI: Any = [{"role": "user", "content": "What is the weather in Paris?"}]
WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}


class Weather(BaseModel):
    city: str
    degrees: int
    sunny: bool


@pytest.fixture
def client(twin_server: TwinServer, twin_account: TwinAccount) -> Iterator[OpenAI]:
    base = f"{twin_server.api}/accounts/{twin_account.id}/ai/v1"
    with OpenAI(base_url=base, api_key=twin_account.token, max_retries=0) as client:
        yield client


def script(twin_server: TwinServer, twin_account: TwinAccount, **rule: Any) -> None:
    query = {"account_id": twin_account.id}
    twin_server.control.put("/_twin/ai/rules", params=query, json=rule).raise_for_status()


@pytest.mark.parametrize("model", [GLM, LLAMA])
def test_a_chat_is_answered(client: OpenAI, model: str) -> None:
    answer = client.chat.completions.create(model=model, messages=HI)

    assert "Cloudflare Twin" in (answer.choices[0].message.content or "")
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.total_tokens > 0


@pytest.mark.parametrize("model", [GLM, LLAMA])
def test_a_chat_is_streamed(
    client: OpenAI, model: str, twin_server: TwinServer, twin_account: TwinAccount
) -> None:
    script(twin_server, twin_account, chunks=["Hel", "lo"])

    chunks = list(
        client.chat.completions.create(
            model=model, messages=HI, stream=True, stream_options={"include_usage": True}
        )
    )

    texts = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices]
    assert texts == ["", "Hel", "lo", None]
    assert chunks[-1].usage is not None


def test_an_answer_is_parsed_by_its_schema(client: OpenAI) -> None:
    answer = client.chat.completions.parse(model=GLM, messages=HI, response_format=Weather)

    assert isinstance(answer.choices[0].message.parsed, Weather)


def test_json_mode_is_json(client: OpenAI) -> None:
    answer = client.chat.completions.create(
        model=LLAMA, messages=HI, response_format={"type": "json_object"}
    )

    assert json.loads(answer.choices[0].message.content or "")["answer"]


def test_a_tool_is_called_and_its_answer_used(client: OpenAI) -> None:
    first = client.chat.completions.create(model=GLM, messages=HI, tools=[WEATHER])
    message: Any = first.choices[0].message
    assert message.tool_calls is not None
    call = message.tool_calls[0]
    assert set(json.loads(call.function.arguments)) == {"city"}
    result: Any = {"role": "tool", "tool_call_id": call.id, "content": "18 degrees"}

    second = client.chat.completions.create(
        model=GLM, messages=[*HI, message, result], tools=[WEATHER]
    )

    assert "18 degrees" in (second.choices[0].message.content or "")


def test_a_tool_call_is_streamed(client: OpenAI) -> None:
    with client.chat.completions.stream(model=GLM, messages=HI, tools=[WEATHER]) as stream:
        final = stream.get_final_completion()

    assert final.choices[0].finish_reason == "tool_calls"
    calls = final.choices[0].message.tool_calls
    assert calls is not None
    assert calls[0].function.name == "get_weather"


def test_texts_are_embedded(client: OpenAI) -> None:
    default = client.embeddings.create(model=BGE, input=["a", "b"])
    plain = client.embeddings.create(model=BGE, input="a", encoding_format="float")

    assert [len(row.embedding) for row in default.data] == [768, 768]
    assert default.data[0].embedding == pytest.approx(plain.data[0].embedding)


def test_a_response_is_answered(client: OpenAI) -> None:
    answer = client.responses.create(model="@cf/openai/gpt-oss-20b", input="Who are you?")

    assert "Cloudflare Twin" in answer.output_text


def test_a_response_is_streamed(
    client: OpenAI, twin_server: TwinServer, twin_account: TwinAccount
) -> None:
    script(twin_server, twin_account, chunks=["Hel", "lo"])

    with client.responses.stream(model="@cf/openai/gpt-oss-20b", input="Hi") as stream:
        deltas = [one.delta for one in stream if one.type == "response.output_text.delta"]
        final = stream.get_final_response()

    assert deltas == ["Hel", "lo"]
    assert (final.output_text, final.status) == ("Hello", "completed")


def test_a_response_is_parsed_and_calls_tools(client: OpenAI) -> None:
    function: Any = {"type": "function", "strict": False, **WEATHER["function"]}

    parsed = client.responses.parse(model=GLM, input="Weather?", text_format=Weather)
    called = client.responses.create(model=GLM, input="How is the weather?", tools=[function])

    assert isinstance(parsed.output_parsed, Weather)
    assert called.output[0].type == "function_call"


def test_a_refusal_is_openais_exception(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refusal:
        client.chat.completions.create(model="@cf/no/such", messages=HI)

    assert refusal.value.response.json()["errors"][0]["code"] == 5007


def test_models_cannot_be_listed(client: OpenAI) -> None:
    with pytest.raises(openai.APIStatusError) as refusal:
        client.models.list()

    assert refusal.value.status_code == 405
