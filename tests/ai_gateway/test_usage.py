"""Tokens and what they cost, in each provider's words."""

import orjson
import pytest

from emulator.ai_gateway.costs import cost_of
from emulator.ai_gateway.handling import CustomCost
from emulator.ai_gateway.usage import MAX_LINE_BYTES, NOTHING, StreamUsage, Usage, usage_of

ANSWERS = [
    ({"usage": {"prompt_tokens": 7, "completion_tokens": 3}}, Usage(7, 3)),
    ({"usage": {"input_tokens": 7, "output_tokens": 3}}, Usage(7, 3)),
    ({"result": {"usage": {"prompt_tokens": 7, "neurons": 1.5}}}, Usage(7, 0, 1.5)),
    ({"response": {"usage": {"input_tokens": 7}}}, Usage(7, 0)),
    ({"usage": {"prompt_tokens": -1, "completion_tokens": True}}, Usage(0, 0)),
    ({"usage": {"prompt_tokens": "7", "completion_tokens": 1e300}}, Usage(0, 0)),
    ({"usage": None}, NOTHING),
    ({"usage": [1]}, NOTHING),
    ([{"usage": {"prompt_tokens": 7}}], NOTHING),
    ({"text": '"usage"'}, NOTHING),
]


@pytest.mark.parametrize(("answer", "usage"), ANSWERS, ids=str)
def test_an_answer_says_what_it_used(answer: object, usage: Usage) -> None:
    assert usage_of(orjson.dumps(answer)) == usage


@pytest.mark.parametrize("body", [b"", b'{"usage":', b'\xff"usage"', b"[" * 5_000 + b'"usage"'])
def test_what_is_no_json_used_nothing(body: bytes) -> None:
    assert usage_of(body) == NOTHING


def stream(*lines: str, size: int) -> Usage:
    told, text = StreamUsage(), "\n\n".join((*lines, "")).encode()
    for start in range(0, len(text), size):
        told.feed(text[start : start + size])
    return told.usage


@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_a_stream_says_it_in_its_last_event_wherever_it_is_cut(size: int) -> None:
    usage = stream(
        'data: {"choices":[{"delta":{"content":"hi"}}]}',
        'data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}}',
        "data: [DONE]",
        size=size,
    )

    assert usage == Usage(7, 3)


def test_anthropic_says_it_in_two_events() -> None:
    usage = stream(
        'event: message_start\ndata: {"message":{"usage":{"input_tokens":7,"output_tokens":1}}}',
        'event: message_delta\ndata: {"usage":{"output_tokens":9}}',
        size=10,
    )

    assert usage == Usage(7, 9)


def test_a_later_lower_count_takes_nothing_back() -> None:
    usage = stream(
        'data: {"usage":{"output_tokens":9}}', 'data: {"usage":{"output_tokens":1}}', size=100
    )

    assert usage == Usage(0, 9)


def test_neurons_of_a_stream_count_too() -> None:
    usage = stream('data: {"response":"","usage":{"prompt_tokens":7,"neurons":2.5}}', size=50)

    assert usage == Usage(7, 0, 2.5)


def test_a_line_without_end_takes_no_room() -> None:
    told = StreamUsage()
    for _ in range(5):
        told.feed(b"a" * MAX_LINE_BYTES)

    told.feed(b'\ndata: {"usage":{"prompt_tokens":7}}\n')

    assert told.usage == Usage(7, 0)


@pytest.mark.parametrize(
    ("provider", "model", "cost"),
    [
        ("openai", "gpt-4o-mini-2024-07-18", 0.75),
        ("openai", "gpt-4o", 12.5),
        ("openai", "gpt-4", 90.0),
        ("openai", "text-embedding-3-small", 0.02),
        ("anthropic", "claude-3-5-sonnet-20241022", 18.0),
        ("anthropic", "gpt-4o", 0.0),
        ("groq", "llama", 0.0),
    ],
)
def test_a_million_tokens_each_way_cost_the_list_price(
    provider: str, model: str, cost: float
) -> None:
    usage = Usage(1_000_000, 1_000_000)

    assert cost_of(provider, model, usage, None) == pytest.approx(cost)


def test_neurons_and_custom_costs_have_prices_of_their_own() -> None:
    assert cost_of("workers-ai", "@cf/x", Usage(1, 1, 1_000.0), None) == pytest.approx(0.011)
    custom = CustomCost(0.5, 0.25)
    assert cost_of("openai", "gpt-4o", Usage(2, 4, 9.0), custom) == pytest.approx(2.0)
