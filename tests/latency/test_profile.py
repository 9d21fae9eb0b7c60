"""Profile files: what they may say, and that those of the twin say where it is from."""

from pathlib import Path

import pytest

from emulator import Settings, Twin
from emulator.config import placed
from emulator.core.clock import ManualClock
from emulator.latency.naming import PRODUCTS
from emulator.latency.profile import load, names, parse
from tests.latency.profiles import TEXT

FIRST = "fixed = 200"


@pytest.mark.parametrize("name", names())
def test_each_figure_of_the_twins_own_has_a_source_and_is_of_something(name: str) -> None:
    profile = load(name)

    assert profile.name == name
    assert len({(row.product, row.operation) for row in profile.service}) == len(profile.service)
    assert {row.product for row in profile.service} <= {*PRODUCTS, "api"}
    for row in (*profile.network, *profile.service):
        assert row.source.startswith(("https://", "guess: ", "by design: ")), row
    for product in ("d1", "kv", "r2", "vectorize", "ai", "ai_gateway", "supabase", "workers"):
        assert name == "loopback" or any(row.product == product for row in profile.service)


def test_loopback_adds_nothing() -> None:
    rows = load("loopback").service

    assert all(row.spread.p95 == 0 for row in rows)


def test_the_regions_of_the_profile_and_the_product_choose_the_way() -> None:
    profile = parse(TEXT)

    assert profile.network_of("d1", "rest").fixed == 100  # type: ignore[union-attr]
    assert profile.network_of("kv", "rest").fixed == 200  # type: ignore[union-attr]
    assert profile.network_of("kv", "binding") is None


@pytest.mark.parametrize(
    ("now", "says"),
    [
        ("p50 = 3", "network.0: Value error, a distribution is `fixed`, or `p50` and `p95`"),
        ("p50 = 3\np95 = 2", "network.0: Value error, p95 is not below p50"),
        ("fixed = 1\np50 = 3\np95 = 4", "a distribution is `fixed`, or `p50` and `p95`"),
        ("fixed = -1", "network.0.fixed: Input should be greater than or equal to 0"),
        ("fixed = inf", "network.0.fixed: Input should be a finite number"),
        ("fixed = 1\np99 = 3", "network.0.p99: Extra inputs are not permitted"),
        ("fixed = ", "Invalid value"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(now: str, says: str) -> None:
    with pytest.raises(ValueError, match="^latency profile: ") as refused:
        parse(TEXT.replace(FIRST, now, 1))

    assert says in str(refused.value)


def test_a_queue_must_be_there_and_be_one_whose_refusal_is_known() -> None:
    with pytest.raises(ValueError, match=r"there is no \[queue.other\]"):
        parse(TEXT.replace('queue = "database"', 'queue = "other"', 1))
    with pytest.raises(ValueError, match="only d1 and supabase have queues"):
        parse(TEXT.replace('operation = "read_hot"', 'operation = "x"\nqueue = "database"'))


def test_other_figures_are_another_digest() -> None:
    assert parse(TEXT).digest != parse(TEXT.replace(FIRST, "fixed = 201")).digest


def test_a_twin_takes_a_profile_by_name_or_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(TEXT)
    for name, found in (("same-region", "same-region"), (str(file), "by-hand")):
        settings = Settings(state=tmp_path / found, latency_profile=name, latency_seed=7)
        twin = Twin(settings, clock=ManualClock())
        delays = twin.latency.delays
        twin.close()

        assert delays is not None
        assert (delays.profile.name, delays.seed) == (found, 7)


def test_a_file_in_twin_toml_is_found_from_where_that_is() -> None:
    home = Path("/home/shop")

    assert placed({"latency_profile": "lab/eu.toml"}, home) == {
        "latency_profile": "/home/shop/lab/eu.toml"
    }
    assert placed({"latency_profile": "loopback"}, home) == {"latency_profile": "loopback"}


def test_an_unknown_profile_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there are europe-to-us, loopback, same-region"):
        Twin(Settings(state=tmp_path, latency_profile="moon"))
    with pytest.raises(ValueError, match=r"latency profile .*none\.toml"):
        Twin(Settings(state=tmp_path, latency_profile=str(tmp_path / "none.toml")))


def test_without_a_profile_a_twin_adds_nothing(twin: Twin) -> None:
    assert twin.latency.delays is None
    assert twin.latency.timings is None
