"""Gateways: their rules, without HTTP."""

from pathlib import Path

import pytest

from emulator.ai_gateway.errors import (
    GatewayExists,
    GatewayNotFound,
    InvalidGateway,
    TooManyGateways,
)
from emulator.ai_gateway.limits import MAX_GATEWAYS
from emulator.ai_gateway.models import CachedAnswer, Configuration, LogQuery, NewLog
from emulator.ai_gateway.store import GatewayStore
from emulator.core.clock import ManualClock
from emulator.core.ids import Ids
from emulator.core.settings import Settings

ANSWER = CachedAnswer(200, (), b"{}", "openai", "gpt-4o")


@pytest.mark.parametrize("gateway_id", ["a", "shop-1", "a_b-c_d", "0", "x" * 64])
def test_an_id_of_small_letters_digits_and_single_dashes_is_taken(
    store: GatewayStore, gateway_id: str
) -> None:
    store.create(gateway_id, Configuration())

    assert store.get(gateway_id).id == gateway_id


@pytest.mark.parametrize(
    "gateway_id", ["", "x" * 65, "Shop", "a--b", "-a", "a-", "a b", "a/b", "ü", "a\n"]
)
def test_any_other_id_is_refused(store: GatewayStore, gateway_id: str) -> None:
    with pytest.raises(InvalidGateway):
        store.create(gateway_id, Configuration())

    assert store.gateways() == []


def test_an_id_is_taken_once(store: GatewayStore) -> None:
    store.create("shop", Configuration())

    with pytest.raises(GatewayExists, match="shop"):
        store.create("shop", Configuration())


def test_an_account_has_twenty_gateways_at_most(store: GatewayStore) -> None:
    for number in range(MAX_GATEWAYS):
        store.create(f"g{number}", Configuration())

    with pytest.raises(TooManyGateways, match="20"):
        store.create("one-more", Configuration())


def test_gateways_are_listed_the_newest_first(store: GatewayStore, clock: ManualClock) -> None:
    for gateway_id in ("old", "shop", "shop-2"):
        store.create(gateway_id, Configuration())
        clock.advance(1)

    assert [one.id for one in store.gateways()] == ["shop-2", "shop", "old"]
    assert [one.id for one in store.gateways("shop")] == ["shop-2", "shop"]


def test_a_change_replaces_the_configuration(store: GatewayStore, clock: ManualClock) -> None:
    made = store.create("shop", Configuration(cache_ttl=60, kept={"zdr": True}))
    clock.advance(5)

    store.change("shop", Configuration(cache_ttl=120))

    read = store.get("shop")
    assert (read.configuration, read.created_at) == (Configuration(cache_ttl=120), made.created_at)
    assert read.modified_at == made.modified_at + 5


def test_what_no_json_holds_is_refused(store: GatewayStore) -> None:
    with pytest.raises(InvalidGateway):
        store.create("shop", Configuration(kept={"dlp": {"n": 10**30}}))

    assert store.gateways() == []


@pytest.mark.parametrize("invalidates", [True, False])
def test_a_change_drops_the_cache_if_it_says_so(store: GatewayStore, invalidates: bool) -> None:
    made = store.create("shop", Configuration())
    store.cache.put(b"key", made.number, ANSWER, 60)

    store.change("shop", Configuration(cache_invalidate_on_update=invalidates))

    assert (store.cache.get(b"key") is None) == invalidates


def test_a_gateway_goes_with_its_logs_and_its_cache(store: GatewayStore) -> None:
    made = store.create("shop", Configuration())
    store.logs.add(made, a_log())
    store.cache.put(b"key", made.number, ANSWER, 60)

    store.delete("shop")

    again = store.create("shop", Configuration())
    assert again.number != made.number
    assert store.logs.page(again, LogQuery(), 0, 10).total == 0
    assert store.cache.get(b"key") is None
    with pytest.raises(GatewayNotFound):
        store.get("absent")


@pytest.mark.parametrize("act", ["get", "delete", "change"])
def test_a_gateway_that_is_not_there_is_not_found(store: GatewayStore, act: str) -> None:
    arguments = ("absent", Configuration()) if act == "change" else ("absent",)

    with pytest.raises(GatewayNotFound):
        getattr(store, act)(*arguments)


def test_the_default_gateway_is_made_once_and_wants_authentication(store: GatewayStore) -> None:
    first, second = store.create_default(), store.create_default()

    assert (first, first.id) == (second, "default")
    assert first.configuration.authentication
    assert not first.configuration.cache_ttl


async def test_first_uses_that_are_committed_together_make_one_default_gateway(
    store: GatewayStore,
) -> None:
    first, second = await store.commit(lambda: (store.create_default(), store.create_default()))

    assert first == second


def test_gateways_and_logs_are_there_after_a_restart(
    store: GatewayStore, clock: ManualClock, tmp_path: Path
) -> None:
    made = store.create("shop", Configuration(cache_ttl=60, kept={"otel": [{"url": "u"}]}))
    store.logs.add(made, a_log())
    store.close()

    again = GatewayStore(tmp_path / "ai_gateway", Settings(), clock, Ids(seed=2))

    assert again.get("shop") == made
    assert again.logs.page(made, LogQuery(), 0, 10).total == 1
    again.close()


def test_nothing_is_opened_before_a_gateway_is_used(store: GatewayStore, tmp_path: Path) -> None:
    assert not list(tmp_path.rglob("*.sqlite"))

    store.gateways()

    assert len(list(tmp_path.rglob("*.sqlite"))) == 1


def a_log() -> NewLog:
    return NewLog("01A", 1.0, "openai", "gpt-4o", "chat/completions", 5, 200, True, False, 0, "api")
