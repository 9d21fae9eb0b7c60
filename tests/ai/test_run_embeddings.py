"""Embeddings through `/ai/run`: shapes, limits and refusals."""

import httpx
import pytest

from emulator import Account
from tests.ai.conftest import BGE_BASE, BGE_M3, Run
from tests.assertions import assert_failure

WRONG = "AiError: Bad input: Error: oneOf at '/' not met, 0 matches: "


@pytest.mark.parametrize(
    ("model", "dimensions"),
    [
        ("@cf/baai/bge-small-en-v1.5", 384),
        (BGE_BASE, 768),
        ("@cf/baai/bge-large-en-v1.5", 1024),
        (BGE_M3, 1024),
        ("@cf/qwen/qwen3-embedding-0.6b", 1024),
        ("@cf/google/embeddinggemma-300m", 768),
    ],
)
async def test_a_model_embeds_at_its_dimensions(run: Run, model: str, dimensions: int) -> None:
    result = (await run(model, text=["one", "two"])).json()["result"]

    assert result["shape"] == [2, dimensions]
    assert [len(row) for row in result["data"]] == [dimensions, dimensions]


async def test_a_text_by_itself_is_one_item(run: Run) -> None:
    alone = (await run(BGE_BASE, text="hello world")).json()["result"]
    listed = (await run(BGE_BASE, text=["hello world"])).json()["result"]

    assert alone == listed
    assert alone["shape"] == [1, 768]


@pytest.mark.parametrize(("model", "pooling"), [(BGE_BASE, "mean"), (BGE_M3, "cls")])
async def test_a_model_has_a_pooling_of_its_own(run: Run, model: str, pooling: str) -> None:
    assert (await run(model, text="a")).json()["result"]["pooling"] == pooling


async def test_the_two_poolings_differ(run: Run) -> None:
    mean = (await run(BGE_BASE, text="a", pooling="mean")).json()["result"]
    cls = (await run(BGE_BASE, text="a", pooling="cls")).json()["result"]

    assert cls["pooling"] == "cls"
    assert mean["data"] != cls["data"]


async def test_the_answer_says_that_it_is_not_bge(run: Run) -> None:
    response = await run(BGE_BASE, text="a")

    assert response.headers["cf-twin-embedder"] == "offline"
    assert len(response.headers["cf-ai-req-id"]) == 36


async def test_the_log_says_so_once(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    await run(BGE_BASE, text="a")
    await run(BGE_M3, text="a")

    said = [record.getMessage() for record in caplog.records if record.name == "cftwin.ai"]
    assert said == ["embeddings are of the offline embedder, which is not BGE: no synonyms"]


async def test_neurons_are_those_of_the_price_list(run: Run, account: Account) -> None:
    usage = (await run(BGE_BASE, text="one two three four")).json()["result"]["usage"]

    assert usage["neurons"] == pytest.approx(usage["prompt_tokens"] * 6058 / 1_000_000)
    assert account.ai.neurons_today() == pytest.approx(usage["neurons"])


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({}, "required properties at '/' are 'text', required properties at '/' are 'requests'"),
        ({"text": [""]}, "Length of '/text/0' must be >= 1"),
        ({"text": ""}, "Length of '/text' must be >= 1"),
        ({"text": []}, "Length of '/text' must be >= 1"),
        ({"text": ["a"] * 101}, "Length of '/text' must be <= 100"),
        ({"text": ["a", 7]}, "Type mismatch of '/text/1', 'number' not in 'string'"),
        (
            {"text": 7},
            "oneOf at '/text' not met, 0 matches: Type mismatch of '/text', 'number' not in"
            " 'string', Type mismatch of '/text', 'number' not in 'array'",
        ),
        ({"text": "a", "pooling": "max"}, "enum at '/pooling' not met"),
        ({"text": "a", "pooling": 1}, "Type mismatch of '/pooling', 'number' not in 'string'"),
    ],
)
async def test_a_wrong_input_is_5006(run: Run, inputs: dict[str, object], reason: str) -> None:
    response = await run(BGE_BASE, **inputs)

    assert_failure(response, status=400, code=5006, message=WRONG + reason, result={})


async def test_a_hundred_texts_are_taken(run: Run) -> None:
    response = await run("@cf/baai/bge-small-en-v1.5", text=["a"] * 100)

    assert response.json()["result"]["shape"] == [100, 384]


async def test_a_long_text_is_cut_without_a_word(run: Run) -> None:
    long = "word " * 600
    first = (await run(BGE_BASE, text=long)).json()["result"]

    assert first["usage"]["prompt_tokens"] <= 512
    assert (await run(BGE_BASE, text=long + "more")).json()["result"]["data"] == first["data"]


async def test_m3_refuses_a_sequence_beyond_its_window(run: Run) -> None:
    response = await run(BGE_M3, text="word " * 9003)

    message = "AiError: Sequence too long: 9003 > 8192"
    assert_failure(response, status=400, code=3030, message=message, result={})


async def test_m3_cuts_where_it_may(run: Run) -> None:
    response = await run(BGE_M3, text="word " * 9003, truncate_inputs=True)

    assert response.json()["result"]["shape"] == [1, 1024]


async def test_m3_counts_the_tokens_of_the_whole_request(run: Run) -> None:
    response = await run(BGE_M3, text=["word " * 7_000] * 9)

    message = "AiError: Max context reached 63000 tokens but model supports only 60000"
    assert_failure(response, status=400, code=3030, message=message, result={})


async def test_m3_has_vectors_of_contexts_under_response(run: Run) -> None:
    result = (await run(BGE_M3, contexts=[{"text": "a"}, {"text": "b"}])).json()["result"]

    assert [len(row) for row in result["response"]] == [1024, 1024]
    assert "data" not in result


async def test_reranking_is_not_faked(run: Run) -> None:
    response = await run(BGE_M3, query="a", contexts=[{"text": "b"}])

    assert response.status_code == 501
    assert "reranking" in response.json()["errors"][0]["message"]


async def test_qwen3_takes_queries_and_documents(run: Run) -> None:
    response = await run("@cf/qwen/qwen3-embedding-0.6b", queries=["a"])

    assert response.json()["result"]["shape"] == [1, 1024]


async def test_a_body_of_more_than_ten_megabytes_is_too_large(rest: httpx.AsyncClient) -> None:
    body = b'{"text": "' + b"a" * 10 * 1_048_576 + b'"}'

    response = await rest.post(f"/ai/run/{BGE_BASE}", content=body)

    message = "AiError: Request is too large"
    assert_failure(response, status=413, code=3006, message=message, result={})


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (b"", 3003, "AiError: Request is missing headers or body: body"),
        (b"[]", 5006, "AiError: Bad input: Error: Type mismatch of '/', 'array' not in 'object'"),
        (b'{"a":' * 250 + b"1" + b"}" * 250, 5006, "nests deeper"),
        (b"{", 5006, "the body is not JSON"),
        (b'{"text": NaN}', 5006, "the body is not JSON"),
        (b'{"text": "\\ud800"}', 5006, "the body is not JSON"),
    ],
)
async def test_a_body_that_is_no_object_is_refused(
    rest: httpx.AsyncClient, body: bytes, code: int, message: str
) -> None:
    response = await rest.post(f"/ai/run/{BGE_BASE}", content=body)

    error = response.json()["errors"][0]
    assert (response.status_code, error["code"]) == (400, code)
    assert message in error["message"]


async def test_a_call_is_remembered(run: Run, account: Account) -> None:
    response = await run(BGE_BASE, text=["a", "b"])

    [call] = account.ai.calls.recent(10)
    assert call.id == response.headers["cf-ai-req-id"]
    assert (call.task, call.backend, call.output) == (
        "Text Embeddings",
        "offline",
        {"shape": [2, 768]},
    )
