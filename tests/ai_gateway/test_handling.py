"""Headers, entries and settings: which of them counts, and what they may say."""

import pytest

from emulator.ai_gateway.errors import InvalidHeader
from emulator.ai_gateway.handling import CustomCost, Handling, Retries, handling_of
from emulator.ai_gateway.metadata import kept, metadata_of
from emulator.ai_gateway.models import Configuration

NONE = Configuration()
MONTH = 30 * 86_400


def handling(
    configuration: Configuration = NONE, *levels: dict[str, str], zero_caches: bool = False
) -> Handling:
    return handling_of(configuration, levels, zero_caches=zero_caches)


def test_an_entry_wins_over_the_request_and_that_over_the_gateway() -> None:
    gateway = Configuration(cache_ttl=100, retry_max_attempts=2, collect_logs=False)
    entry, request = {"cf-aig-cache-ttl": "300"}, {"cf-aig-cache-ttl": "200"}

    assert handling(gateway, entry, request).cache_ttl == 300
    assert handling(gateway, {}, request).cache_ttl == 200
    assert handling(gateway, {}, {}).cache_ttl == 100
    assert handling(gateway, {}, {}).retries.attempts == 2
    assert not handling(gateway, {}, {}).collect_log
    assert handling(gateway, {}, {"cf-aig-collect-log": "true"}).collect_log


@pytest.mark.parametrize(
    ("settings", "headers", "ttl"),
    [
        ({"cache_ttl": None}, {}, 0),
        ({"cache_ttl": 0}, {}, 0),
        ({"cache_ttl": 3600}, {}, 3600),
        ({"cache_ttl": 3600}, {"cf-aig-cache-ttl": "0"}, 0),
        ({"cache_ttl": 0}, {"cf-aig-cache-ttl": "1"}, 60),
        ({"cache_ttl": 0}, {"cf-aig-cache-ttl": "9999999"}, MONTH),
        ({"cache_ttl": 0}, {"cf-cache-ttl": "90"}, 90),
        ({"cache_ttl": 0}, {"cf-aig-cache-ttl": "70", "cf-cache-ttl": "90"}, 70),
        ({"cache_ttl": 0}, {"cf-aig-cache-key": "k"}, 300),
        ({"cache_ttl": 600}, {"cf-aig-cache-key": "k"}, 600),
        ({"cache_ttl": 0}, {"cf-aig-cache-key": "k", "cf-aig-cache-ttl": "120"}, 120),
        ({"cache_ttl": 0}, {"cf-aig-cache-key": "k", "cf-aig-cache-ttl": "0"}, 0),
    ],
)
def test_how_long_an_answer_is_cached(
    settings: dict[str, int | None], headers: dict[str, str], ttl: int
) -> None:
    assert handling(Configuration(**settings), headers).cache_ttl == ttl  # type: ignore[arg-type]


@pytest.mark.parametrize("headers", [{}, {"cf-aig-cache-ttl": "0"}])
def test_a_ttl_of_zero_is_five_minutes_where_that_is_set(headers: dict[str, str]) -> None:
    assert handling(NONE, headers, zero_caches=True).cache_ttl == 300


@pytest.mark.parametrize("name", ["cf-aig-skip-cache", "cf-skip-cache"])
def test_the_cache_is_skipped_by_either_name(name: str) -> None:
    assert handling(NONE, {name: "true"}).skip_cache
    assert not handling(NONE, {name: "false"}).skip_cache


def test_attempts_and_delays_have_their_limits() -> None:
    asked = {"cf-aig-max-attempts": "9", "cf-aig-retry-delay": "60000", "cf-aig-backoff": "linear"}

    assert handling(NONE, asked).retries == Retries(5, 5_000, "linear")
    assert handling(NONE, {"cf-aig-max-attempts": "0"}).retries.attempts == 1
    assert handling().retries.attempts == 1


@pytest.mark.parametrize(
    ("backoff", "pauses"),
    [
        ("constant", [0.2, 0.2, 0.2, 0.2]),
        ("linear", [0.2, 0.4, 0.6, 0.8]),
        ("exponential", [0.2, 0.4, 0.8, 1.6]),
    ],
)
def test_pauses_follow_the_backoff(backoff: str, pauses: list[float]) -> None:
    retries = Retries(5, 200, backoff)  # type: ignore[arg-type]  # one of the literals

    assert [round(retries.pause_seconds(failed), 6) for failed in (1, 2, 3, 4)] == pauses


@pytest.mark.parametrize(
    "header",
    [
        {"cf-aig-cache-ttl": "soon"},
        {"cf-aig-cache-ttl": "-1"},
        {"cf-aig-cache-ttl": "1" * 400},
        {"cf-aig-request-timeout": "1.5"},
        {"cf-aig-max-attempts": "٣"},
        {"cf-aig-retry-delay": ""},
        {"cf-aig-backoff": "random"},
        {"cf-aig-skip-cache": "yes"},
        {"cf-aig-collect-log": "1"},
        {"cf-aig-custom-cost": "{"},
        {"cf-aig-custom-cost": "[]"},
        {"cf-aig-custom-cost": '{"per_token_in": -1}'},
        {"cf-aig-custom-cost": '{"per_token_in": "dear"}'},
        {"cf-aig-custom-cost": '{"per_token_in": null}'},
    ],
    ids=str,
)
def test_a_header_that_says_nothing_is_refused_by_its_name(header: dict[str, str]) -> None:
    with pytest.raises(InvalidHeader, match=next(iter(header))):
        handling(NONE, header)


def test_a_custom_cost_is_for_each_token() -> None:
    given = '{"per_token_in": 0.000001, "per_token_out": 0.000002}'

    assert handling(NONE, {"cf-aig-custom-cost": given}).custom_cost == CustomCost(1e-6, 2e-6)


@pytest.mark.parametrize(
    ("text", "metadata"),
    [
        (None, None),
        ('{"user": "ada", "n": 1.5, "test": true}', {"user": "ada", "n": 1.5, "test": True}),
        ("{}", {}),
        ('{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6}', {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}),
        ('{"user": "ada", "team": null}', None),
        ('{"user": "ada", "team": {"id": 1}}', None),
        ('{"user": "ada", "teams": [1]}', None),
        ('{"a":1,"b":2,"c":3,"d":4,"e":5,"f":null}', None),
        ("not JSON", None),
        ('["user"]', None),
        ("J\u00fcrgen", None),
        ('{"user": "J\u00c3\u00bcrgen"}', {"user": "J\u00fcrgen"}),
    ],
)
def test_metadata_is_kept_or_dropped_as_a_whole(
    text: str | None, metadata: dict[str, object] | None
) -> None:
    assert metadata_of(text) == metadata


def test_the_first_five_entries_are_those_that_came_first() -> None:
    given = dict.fromkeys("zyxwvu", 1)

    assert list(kept(given) or {}) == list("zyxwv")
