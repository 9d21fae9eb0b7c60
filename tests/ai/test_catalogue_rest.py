"""The catalogue over REST: search, paging, schemas, tasks, authors, finetunes."""

from typing import Any

import httpx
import pytest

from emulator.ai.embedders import DIMENSIONS
from emulator.ai.inference import Inference
from tests.ai.conftest import BGE_BASE, LLAMA
from tests.assertions import assert_failure


async def search(rest: httpx.AsyncClient, **query: str) -> Any:
    return (await rest.get("/ai/models/search", params=query)).json()


async def test_a_model_is_shown_whole(rest: httpx.AsyncClient) -> None:
    answer = await search(rest, search="bge-base")

    [model] = answer["result"]
    assert model["id"] == "429b9e8b-d99e-44de-91ad-706cf8183658"
    assert (model["name"], model["source"]) == (BGE_BASE, 1)
    assert model["task"]["name"] == "Text Embeddings"
    assert model["properties"] == [
        {"property_id": "max_input_tokens", "value": "512"},
        {"property_id": "output_dimensions", "value": "768"},
        {
            "property_id": "price",
            "value": [{"unit": "per M input tokens", "price": 0.067, "currency": "USD"}],
        },
    ]
    assert set(model["schema"]) == {"input", "output"}


async def test_models_come_in_pages_and_end_empty(rest: httpx.AsyncClient) -> None:
    first = await search(rest, task="Text Embeddings", per_page="5")
    second = await search(rest, task="Text Embeddings", per_page="5", page="2")
    third = await search(rest, task="Text Embeddings", per_page="5", page="3")

    assert [len(page["result"]) for page in (first, second, third)] == [5, 2, 0]
    assert first["result_info"]["total_count"] == 7


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"author": "pfnet"}, ["@cf/pfnet/plamo-embedding-1b"]),
        ({"search": "BGE-M3"}, ["@cf/baai/bge-m3"]),
        ({"task": "translation", "author": "meta"}, ["@cf/meta/m2m100-1.2b"]),
        ({"search": "6.7b-base", "source": "1"}, []),
        ({"search": "6.7b-base", "source": "2"}, ["@hf/thebloke/deepseek-coder-6.7b-base-awq"]),
        ({"search": "6.7b-base", "hide_experimental": "true"}, []),
        ({"search": "hermes-2-pro"}, []),
        ({"search": "falcon"}, []),
        (
            {"search": "falcon", "include_deprecated": "true"},
            ["@cf/tiiuae/falcon-7b-instruct"],
        ),
    ],
)
async def test_models_are_found_by(
    rest: httpx.AsyncClient, query: dict[str, str], names: list[str]
) -> None:
    answer = await search(rest, **query)

    assert [model["name"] for model in answer["result"]] == names


@pytest.mark.parametrize("query", [{"page": "x"}, {"hide_experimental": "maybe"}, {"page": "0"}])
async def test_an_absurd_query_is_refused(rest: httpx.AsyncClient, query: dict[str, str]) -> None:
    answer = await search(rest, **query)

    assert answer["errors"][0]["code"] == 5004


async def test_a_marketplace_format_is_not_built(rest: httpx.AsyncClient) -> None:
    response = await rest.get("/ai/models/search", params={"format": "openrouter"})

    assert response.status_code == 501


async def test_a_schema_names_the_required_input(rest: httpx.AsyncClient) -> None:
    text = (await rest.get("/ai/models/schema", params={"model": LLAMA})).json()["result"]
    vectors = (await rest.get("/ai/models/schema", params={"model": BGE_BASE})).json()["result"]

    assert [form["required"] for form in text["input"]["oneOf"]] == [["prompt"], ["messages"]]
    assert vectors["input"]["required"] == ["text"]


async def test_an_unknown_models_schema_is_5007(rest: httpx.AsyncClient) -> None:
    response = await rest.get("/ai/models/schema", params={"model": "@cf/no/such"})

    message = "AiError: No such model: No such model @cf/no/such or task"
    assert_failure(response, status=400, code=5007, message=message)


async def test_tasks_and_authors_are_listed(rest: httpx.AsyncClient) -> None:
    tasks = (await rest.get("/ai/tasks/search")).json()["result"]
    authors = (await rest.get("/ai/authors/search")).json()["result"]

    assert {"Text Generation", "Text Embeddings"} <= {task["name"] for task in tasks}
    assert {"baai", "meta"} <= {author["name"] for author in authors}


async def test_there_are_no_finetunes(rest: httpx.AsyncClient) -> None:
    assert (await rest.get("/ai/finetunes")).json()["result"] == []
    assert (await rest.get("/ai/finetunes/public")).json()["result"] == []


@pytest.mark.parametrize("path", ["finetunes", "tomarkdown", "finetunes/1/finetune-assets"])
async def test_what_is_not_built_says_so(rest: httpx.AsyncClient, path: str) -> None:
    response = await rest.post(f"/ai/{path}", json={})

    assert response.status_code == 501


def test_every_embedding_model_has_its_dimensions(inference: Inference) -> None:
    listed = inference.catalogue.search(task="Text Embeddings")

    assert {model.name: model.output_dimensions for model in listed} == dict(DIMENSIONS)


def test_models_are_unique_by_id(inference: Inference) -> None:
    models = inference.catalogue.models.values()

    assert len({model.id for model in models}) == len(models) > 100
