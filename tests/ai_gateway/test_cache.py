"""The cache: what is the same request, for how long, and how much of it there may be."""

from dataclasses import replace

import pytest

from emulator.ai_gateway.cache import AnswerCache, cache_key, custom_cache_key
from emulator.ai_gateway.models import CachedAnswer
from emulator.core.clock import ManualClock

ANSWER = CachedAnswer(200, (("content-type", "application/json"),), b"x" * 100, "openai", "gpt-4o")
AUTHORIZED = (("authorization", "Bearer a"), ("content-type", "application/json"))
PARTS = {
    "gateway": 1,
    "method": "POST",
    "provider": "openai",
    "path": "chat/completions",
    "headers": AUTHORIZED,
    "body": b"{}",
}


def key(**changes: object) -> bytes:
    return cache_key(**(PARTS | changes))  # type: ignore[arg-type]  # as PARTS has them


@pytest.mark.parametrize(
    "change",
    [
        {"gateway": 2},
        {"method": "GET"},
        {"provider": "groq"},
        {"path": "responses"},
        {"headers": (("authorization", "Bearer b"),)},
        {"headers": (("x-api-key", "Bearer a"),)},
        {"headers": ()},
        {"body": b"{} "},
    ],
    ids=str,
)
def test_another_request_has_another_key(change: dict[str, object]) -> None:
    assert key(**change) != key()


def test_user_and_metadata_are_no_part_of_the_key() -> None:
    told = (
        ("cf-aig-metadata", '{"user":"ada"}'),
        ("cookie", "session=ada"),
        ("x-forwarded-for", "10.0.0.1"),
        ("cf-aig-authorization", "Bearer token"),
        ("user-agent", "ada"),
    )

    assert key(headers=(*AUTHORIZED, *told)) == key()


def test_parts_do_not_run_into_each_other() -> None:
    assert key(provider="openai", path="v1/x") != key(provider="openaiv1", path="/x")
    assert custom_cache_key(1, "2x") != custom_cache_key(12, "x")


def test_an_answer_is_there_until_its_second(clock: ManualClock) -> None:
    cache = AnswerCache(clock)
    cache.put(b"key", 1, ANSWER, 60)

    clock.advance(59.9)
    assert cache.get(b"key") == ANSWER
    clock.advance(0.1)
    assert cache.get(b"key") is None


def test_a_newer_answer_takes_the_place_of_an_older(clock: ManualClock) -> None:
    cache = AnswerCache(clock)
    cache.put(b"key", 1, ANSWER, 60)
    newer = replace(ANSWER, body=b"newer")

    cache.put(b"key", 1, newer, 120)

    clock.advance(90)
    assert cache.get(b"key") == newer


def test_what_was_not_used_longest_makes_room(clock: ManualClock) -> None:
    cache = AnswerCache(clock, max_bytes=300)
    cache.put(b"a", 1, ANSWER, 60)
    cache.put(b"b", 1, ANSWER, 60)
    cache.get(b"a")

    cache.put(b"c", 1, ANSWER, 60)

    assert [cache.get(one) is None for one in (b"a", b"b", b"c")] == [False, True, False]


def test_room_is_counted_once_for_an_answer_that_is_replaced(clock: ManualClock) -> None:
    cache = AnswerCache(clock, max_bytes=300)
    for _ in range(10):
        cache.put(b"a", 1, ANSWER, 60)

    cache.put(b"b", 1, ANSWER, 60)

    assert cache.get(b"a") is not None


def test_an_answer_larger_than_all_room_is_not_kept(clock: ManualClock) -> None:
    cache = AnswerCache(clock, max_bytes=300)
    cache.put(b"a", 1, ANSWER, 60)

    cache.put(b"b", 1, replace(ANSWER, body=b"x" * 301), 60)

    assert (cache.get(b"a"), cache.get(b"b")) == (ANSWER, None)


def test_a_gateway_is_forgotten_alone(clock: ManualClock) -> None:
    cache = AnswerCache(clock)
    cache.put(b"a", 1, ANSWER, 60)
    cache.put(b"b", 2, ANSWER, 60)

    cache.drop(1)

    assert (cache.get(b"a"), cache.get(b"b")) == (None, ANSWER)
