"""Logs: what is stored, found, changed and deleted."""

from dataclasses import replace

import pytest

from emulator.ai_gateway.errors import InvalidGateway, LogNotFound, PayloadNotFound
from emulator.ai_gateway.filters import check_filter
from emulator.ai_gateway.limits import MAX_LOG_BYTES, MIN_LOG_LIMIT
from emulator.ai_gateway.models import (
    Configuration,
    Filter,
    GatewayRecord,
    LogQuery,
    NewLog,
    Payload,
    Strategy,
)
from emulator.ai_gateway.store import GatewayStore

LOG = NewLog(
    id="01A",
    created_at=1_767_225_600.0,
    provider="openai",
    model="gpt-4o",
    path="chat/completions",
    duration_ms=20,
    status_code=200,
    success=True,
    cached=False,
    step=0,
    request_type="provider",
    tokens_in=10,
    tokens_out=5,
    cost=0.5,
    metadata={"user": "ada", "team": 7, "test": True},
    event_id="event-1",
    user_agent="curl/8",
    request=Payload(b'{"model":"gpt-4o"}', "application/json"),
    response=Payload(b'{"id":"x"}', "application/json"),
)
OTHER = replace(
    LOG,
    id="01B",
    created_at=LOG.created_at + 60,
    provider="workers-ai",
    model="@cf/meta/llama",
    model_type="chat",
    path="@cf/meta/llama",
    duration_ms=900,
    status_code=500,
    success=False,
    cached=True,
    tokens_in=0,
    tokens_out=0,
    cost=0.0,
    metadata=None,
    event_id="event-2",
    compat=True,
    authentication=True,
    user_agent="python",
)


@pytest.fixture
def gateway(store: GatewayStore) -> GatewayRecord:
    return store.create("shop", Configuration())


@pytest.fixture
def both(store: GatewayStore, gateway: GatewayRecord) -> GatewayRecord:
    store.logs.add(gateway, LOG)
    store.logs.add(gateway, OTHER)
    return gateway


def ids(store: GatewayStore, gateway: GatewayRecord, query: LogQuery) -> list[str]:
    return [log.id for log in store.logs.page(gateway, query, 0, 50).logs]


def test_a_log_is_read_as_it_was_written(store: GatewayStore, both: GatewayRecord) -> None:
    log = store.logs.get(both, "01A")

    assert (log.provider, log.model, log.metadata) == ("openai", "gpt-4o", LOG.metadata)
    assert (log.tokens_in, log.tokens_out, log.cost, log.cached) == (10, 5, 0.5, False)
    assert (log.request_head, log.request_size) == ('{"model":"gpt-4o"}', 18)
    assert store.logs.payloads(both, "01A") == (LOG.request, LOG.response)


def test_a_log_without_payloads_has_none(store: GatewayStore, gateway: GatewayRecord) -> None:
    store.logs.add(gateway, replace(LOG, request=None, response=None))

    assert store.logs.get(gateway, "01A").request_head is None
    with pytest.raises(PayloadNotFound):
        store.logs.payloads(gateway, "01A")
    with pytest.raises(LogNotFound):
        store.logs.payloads(gateway, "absent")


def test_a_log_of_another_gateway_is_not_found(store: GatewayStore, both: GatewayRecord) -> None:
    other = store.create("other", Configuration())

    with pytest.raises(LogNotFound):
        store.logs.get(other, "01A")
    with pytest.raises(LogNotFound):
        store.logs.change(other, "01A", feedback=1)
    assert ids(store, other, LogQuery()) == []


def test_a_log_that_is_too_large_is_not_stored(store: GatewayStore, gateway: GatewayRecord) -> None:
    whole = replace(LOG, request=Payload(b"a" * (MAX_LOG_BYTES - 10)))

    assert store.logs.add(gateway, whole)
    assert not store.logs.add(gateway, replace(whole, id="01B", response=Payload(b"b" * 11)))
    assert ids(store, gateway, LogQuery()) == ["01A"]


@pytest.mark.parametrize(
    ("strategy", "stored", "oldest"),
    [("STOP_INSERTING", False, "0"), ("DELETE_OLDEST", True, "1"), (None, False, "0")],
)
def test_a_full_gateway_stops_or_forgets_its_oldest_log(
    store: GatewayStore, strategy: Strategy | None, stored: bool, oldest: str
) -> None:
    gateway = store.create(
        "small", Configuration(log_management=MIN_LOG_LIMIT, log_management_strategy=strategy)
    )
    small = replace(LOG, request=None, response=None)
    with store.logs._storage.transaction():
        for number in range(MIN_LOG_LIMIT):
            store.logs.add(gateway, replace(small, id=str(number), created_at=float(number)))

    assert store.logs.add(gateway, replace(small, id="new")) == stored

    first = LogQuery(descending=False)
    assert store.logs.page(gateway, first, 0, 1).logs[0].id == oldest
    assert store.logs.page(gateway, first, 0, 1).total == MIN_LOG_LIMIT


def test_logs_that_are_deleted_make_room(store: GatewayStore) -> None:
    gateway = store.create("small", Configuration(log_management=MIN_LOG_LIMIT))
    with store.logs._storage.transaction():
        for number in range(MIN_LOG_LIMIT):
            store.logs.add(gateway, replace(LOG, id=str(number), request=None, response=None))

    assert store.logs.delete(gateway, LogQuery(), 3) == 3

    assert [store.logs.add(gateway, replace(LOG, id=f"n{n}")) for n in range(4)] == [
        True,
        True,
        True,
        False,
    ]


FILTERS = [
    (("id", "eq", ["01A"]), ["01A"]),
    (("id", "eq", ["01A", "01B"]), ["01B", "01A"]),
    (("id", "neq", ["01A"]), ["01B"]),
    (("model", "contains", ["LLAMA"]), ["01B"]),
    (("cached", "eq", [True]), ["01B"]),
    (("success", "eq", ["true"]), ["01A"]),
    (("cost", "gt", [0.4]), ["01A"]),
    (("cost", "lt", ["0.4"]), ["01B"]),
    (("tokens", "gt", [14]), ["01A"]),
    (("tokens", "eq", [15]), ["01A"]),
    (("tokens_in", "gt", [9]), ["01A"]),
    (("duration", "gt", [500]), ["01B"]),
    (("created_at", "gt", ["2026-01-01T00:00:30Z"]), ["01B"]),
    (("created_at", "lt", ["2026-01-01T00:00:30Z"]), ["01A"]),
    (("event_id", "eq", ["event-2"]), ["01B"]),
    (("user_agent", "contains", ["curl"]), ["01A"]),
    (("model_type", "eq", [None]), ["01A"]),
    (("model_type", "neq", ["chat"]), ["01A"]),
    (("feedback", "eq", [None]), ["01B", "01A"]),
    (("authentication", "eq", [True]), ["01B"]),
    (("compatibilityMode", "eq", [True]), ["01B"]),
    (("wholesale", "eq", [True]), []),
    (("dlp_action", "eq", ["BLOCK"]), []),
    (("request_type", "eq", []), []),
    (("metadata.key", "eq", ["user"]), ["01A"]),
    (("metadata.key", "neq", ["user"]), ["01B"]),
    (("metadata.value", "eq", ["ada"]), ["01A"]),
    (("metadata.value", "eq", ["7"]), ["01A"]),
    (("metadata.value", "eq", [7]), ["01A"]),
    (("metadata.value", "eq", [True]), ["01A"]),
    (("metadata.value", "contains", ["AD"]), ["01A"]),
    (("metadata.value", "eq", ["bob"]), []),
]


@pytest.mark.parametrize(("given", "found"), FILTERS, ids=str)
def test_a_filter_finds_its_logs(
    store: GatewayStore,
    both: GatewayRecord,
    given: tuple[str, str, list[str | float | bool | None]],
    found: list[str],
) -> None:
    assert ids(store, both, LogQuery([Filter(*given)])) == found


def test_all_filters_must_hold(store: GatewayStore, both: GatewayRecord) -> None:
    openai, cached = Filter("provider", "eq", ["openai"]), Filter("cached", "eq", [True])

    assert ids(store, both, LogQuery([openai])) == ["01A"]
    assert ids(store, both, LogQuery([openai, cached])) == []


def test_metadata_keys_and_values_match_independently(
    store: GatewayStore, both: GatewayRecord
) -> None:
    team_is_ada = [Filter("metadata.key", "eq", ["team"]), Filter("metadata.value", "eq", ["ada"])]

    assert ids(store, both, LogQuery(team_is_ada)) == ["01A"]


@pytest.mark.parametrize(
    "given",
    [("metadata.user", "eq", ["ada"]), ("id; DROP TABLE logs", "eq", [1]), ("id", "like", ["x"])],
)
def test_a_filter_that_does_not_exist_is_refused(given: tuple[str, str, list[str]]) -> None:
    with pytest.raises(InvalidGateway, match="Invalid enum value"):
        check_filter(Filter(*given))


@pytest.mark.parametrize(
    "given",
    [("cost", "gt", ["dear"]), ("created_at", "lt", ["yesterday"]), ("cached", "eq", ["perhaps"])],
)
def test_a_value_of_another_kind_is_refused(
    store: GatewayStore, both: GatewayRecord, given: tuple[str, str, list[str]]
) -> None:
    with pytest.raises(InvalidGateway):
        ids(store, both, LogQuery([Filter(*given)]))


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("ADA", ["01A"]),
        ("llama", ["01B"]),
        ("event-", ["01B", "01A"]),
        ("%", []),
        ("", ["01B", "01A"]),
    ],
)
def test_a_search_looks_into_texts_and_metadata(
    store: GatewayStore, both: GatewayRecord, search: str, found: list[str]
) -> None:
    assert ids(store, both, LogQuery(search=search)) == found


@pytest.mark.parametrize(
    ("order_by", "descending", "found"),
    [
        ("created_at", True, ["01B", "01A"]),
        ("created_at", False, ["01A", "01B"]),
        ("duration", True, ["01B", "01A"]),
        ("cost", True, ["01A", "01B"]),
        ("provider", False, ["01A", "01B"]),
    ],
)
def test_logs_come_in_the_order_that_is_asked(
    store: GatewayStore, both: GatewayRecord, order_by: str, descending: bool, found: list[str]
) -> None:
    assert ids(store, both, LogQuery(order_by=order_by, descending=descending)) == found


def test_an_order_that_does_not_exist_is_refused(store: GatewayStore, both: GatewayRecord) -> None:
    with pytest.raises(InvalidGateway):
        ids(store, both, LogQuery(order_by="number"))


def test_a_page_says_how_many_there_are(store: GatewayStore, both: GatewayRecord) -> None:
    page = store.logs.page(both, LogQuery(), 1, 1)

    assert ([log.id for log in page.logs], page.total) == (["01A"], 2)


def test_extremes_are_those_of_all_logs_that_match(
    store: GatewayStore, both: GatewayRecord
) -> None:
    extremes = store.logs.extremes(both, LogQuery())

    assert (extremes["max_cost"], extremes["min_duration"], extremes["max_duration"]) == (
        0.5,
        20,
        900,
    )
    assert extremes["max_total_tokens"] == 15
    assert store.logs.extremes(both, LogQuery(search="nowhere"))["max_cost"] == 0


def test_a_change_leaves_what_it_does_not_name(store: GatewayStore, both: GatewayRecord) -> None:
    store.logs.change(both, "01A", feedback=-1, score=40.5)
    store.logs.change(both, "01A", metadata={"user": "bob"})

    log = store.logs.get(both, "01A")
    assert (log.feedback, log.score, log.metadata) == (-1, 40.5, {"user": "bob"})
    assert ids(store, both, LogQuery([Filter("feedback", "eq", [-1])])) == ["01A"]


def test_only_logs_of_the_query_are_deleted(store: GatewayStore, both: GatewayRecord) -> None:
    assert store.logs.delete(both, LogQuery([Filter("cached", "eq", [True])]), 10) == 1

    assert ids(store, both, LogQuery()) == ["01A"]
    with pytest.raises(LogNotFound):
        store.logs.payloads(both, "01B")
