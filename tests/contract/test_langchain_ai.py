"""langchain-cloudflare's embeddings and chat, pointed at the twin by its base URL alone."""

from collections.abc import Iterator
from typing import Any

import pytest

from emulator.testing import TwinAccount, TwinServer

pytestmark = pytest.mark.filterwarnings("ignore")

LLAMA = "@cf/meta/llama-3.3-70b-instruct-fp8-fast"
GLM = "@cf/zai-org/glm-4.7-flash"


@pytest.fixture
def chat(twin_server: TwinServer, twin_account: TwinAccount) -> Iterator[Any]:
    """Makes chat models; options are the package's own."""
    from langchain_cloudflare import ChatCloudflareWorkersAI

    made: list[Any] = []

    def make(**options: Any) -> Any:
        defaults = {
            "account_id": twin_account.id,
            "api_token": twin_account.token,
            "base_url": twin_server.api,
            "model": LLAMA,
        }
        made.append(ChatCloudflareWorkersAI(**(defaults | options)))
        return made[-1]

    yield make
    for model in made:
        model.client.close()


@pytest.fixture
def embeddings(twin_server: TwinServer, twin_account: TwinAccount) -> Any:
    from langchain_cloudflare import CloudflareWorkersAIEmbeddings

    return CloudflareWorkersAIEmbeddings(
        account_id=twin_account.id,
        api_token=twin_account.token,
        api_base_url=f"{twin_server.api}/accounts",
        model_name="@cf/baai/bge-base-en-v1.5",
    )


def test_texts_and_queries_are_embedded(embeddings: Any) -> None:
    documents = embeddings.embed_documents(["a python engineer"] * 51)

    assert [len(row) for row in documents] == [768] * 51
    assert embeddings.embed_query("a python engineer") == documents[0]


async def test_texts_are_embedded_asynchronously(embeddings: Any) -> None:
    assert len(await embeddings.aembed_query("a python engineer")) == 768


@pytest.mark.parametrize("endpoint", ["workers_ai", "openai_compatible"])
@pytest.mark.parametrize("model", [LLAMA, GLM])
def test_a_chat_is_answered(chat: Any, endpoint: str, model: str) -> None:
    answer = chat(endpoint_format=endpoint, model=model).invoke("Who are you?")

    assert "Cloudflare Twin" in answer.content
    assert answer.response_metadata["model_name"] == model


@pytest.mark.parametrize("model", [LLAMA, GLM])
def test_a_chat_is_streamed(
    chat: Any, model: str, twin_server: TwinServer, twin_account: TwinAccount
) -> None:
    query = {"account_id": twin_account.id}
    rule = {"chunks": ["Hel", "lo"]}
    twin_server.control.put("/_twin/ai/rules", params=query, json=rule).raise_for_status()

    texts = [chunk.content for chunk in chat(model=model).stream("Hi")]

    assert [text for text in texts if text] == ["Hel", "lo"]


def test_tools_are_called(chat: Any) -> None:
    def get_weather(city: str) -> str:
        """The weather of a city."""
        return city

    for model in (LLAMA, GLM):
        answer = chat(model=model).bind_tools([get_weather]).invoke("How is the weather?")
        assert [call["name"] for call in answer.tool_calls] == ["get_weather"]


def test_a_structured_answer_is_parsed(chat: Any) -> None:
    from pydantic import BaseModel

    class Weather(BaseModel):
        """The weather."""

        city: str
        degrees: int

    for method in ("function_calling", "json_schema"):
        model = chat().with_structured_output(Weather, method=method)
        assert isinstance(model.invoke("How is the weather?"), Weather)
