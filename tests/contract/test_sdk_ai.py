"""The official Python SDK's Workers AI, synchronous and asynchronous, on a real port."""

from typing import Any

import cloudflare as sdk
import pytest
from cloudflare import AsyncCloudflare, Cloudflare

from emulator.testing import TwinAccount, TwinServer

BGE = "@cf/baai/bge-base-en-v1.5"
LLAMA = "@cf/meta/llama-3.1-8b-instruct"
Where = dict[str, Any]


@pytest.fixture
def where(twin_account: TwinAccount) -> Where:
    return {"account_id": twin_account.id}


def test_a_model_is_run(cloudflare: Cloudflare, where: Where) -> None:
    answer: Any = cloudflare.ai.run(LLAMA, **where, prompt="Who are you?")

    assert "Cloudflare Twin" in answer["response"]


def test_texts_are_embedded(cloudflare: Cloudflare, where: Where) -> None:
    answer: Any = cloudflare.ai.run(BGE, **where, text=["a", "b"])

    assert (answer["shape"], len(answer["data"][1])) == ([2, 768], 768)


def test_messages_and_json_mode(cloudflare: Cloudflare, where: Where) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}

    answer: Any = cloudflare.ai.run(
        LLAMA,
        **where,
        messages=[{"role": "user", "content": "How many?"}],
        response_format={"type": "json_schema", "json_schema": schema},
    )

    assert isinstance(answer["response"]["n"], int)


def test_a_refusal_has_its_code(cloudflare: Cloudflare, where: Where) -> None:
    with pytest.raises(sdk.BadRequestError) as refusal:
        cloudflare.ai.run("@cf/no/such", **where, prompt="Hi")

    assert [error.code for error in refusal.value.errors] == [5007]


def test_a_scripted_refusal_is_a_rate_limit(
    cloudflare: Cloudflare, where: Where, twin_server: TwinServer
) -> None:
    rule = {"error": {"code": 3040, "status": 429}}
    twin_server.control.post("/_twin/ai/rules", params=where, json=rule).raise_for_status()

    with pytest.raises(sdk.RateLimitError, match="Capacity temporarily exceeded"):
        cloudflare.ai.run(LLAMA, **where, prompt="Hi")


def test_models_are_listed_over_all_pages(cloudflare: Cloudflare, where: Where) -> None:
    listed: list[Any] = list(cloudflare.ai.models.list(**where, per_page=30))

    assert len(listed) > 60
    assert BGE in [model["name"] for model in listed]


def test_schemas_tasks_authors_and_finetunes(cloudflare: Cloudflare, where: Where) -> None:
    schema: Any = cloudflare.ai.models.schema.get(**where, model=BGE)
    tasks: list[Any] = list(cloudflare.ai.tasks.list(**where))
    authors: list[Any] = list(cloudflare.ai.authors.list(**where))

    assert schema.input.type == "object"
    assert "Text Embeddings" in [task["name"] for task in tasks]
    assert "baai" in [author["name"] for author in authors]
    finetunes: Any = cloudflare.ai.finetunes.list(**where)
    assert finetunes == []


async def test_a_model_is_run_asynchronously(
    async_cloudflare: AsyncCloudflare, where: Where
) -> None:
    answer: Any = await async_cloudflare.ai.run(LLAMA, **where, prompt="Who are you?")

    assert "Cloudflare Twin" in answer["response"]
