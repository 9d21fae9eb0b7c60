"""Subdomain, schedules, domains, routes and tails, without HTTP."""

import pytest

from emulator import Account
from emulator.core.clock import ManualClock
from emulator.workers.errors import (
    DomainNotFound,
    InvalidCron,
    NoSubdomain,
    SubdomainExists,
    SubdomainInvalid,
    TailNotFound,
    TooManyCrons,
    TooManyTails,
)
from emulator.workers.limits import MAX_CRONS, MAX_TAILS, TAIL_SECONDS
from emulator.workers.store import WorkersStore
from emulator.workers.triggers import Triggers


@pytest.fixture
def triggers(store: WorkersStore) -> Triggers:
    store.create_script("shop")
    return store.triggers


def test_an_account_has_a_subdomain_from_the_start(triggers: Triggers, account: Account) -> None:
    assert triggers.subdomain() == f"twin-{account.id[:8]}"

    with pytest.raises(SubdomainExists):
        triggers.claim_subdomain("other")


def test_a_subdomain_is_given_up_and_another_claimed(triggers: Triggers) -> None:
    triggers.give_up_subdomain()
    with pytest.raises(NoSubdomain):
        triggers.subdomain()

    triggers.claim_subdomain("other")

    assert triggers.subdomain() == "other"


@pytest.mark.parametrize("name", ["", "A", "a.b", "-a", "a-", "x" * 64, "ü"])
def test_a_subdomain_is_a_label_of_a_host(triggers: Triggers, name: str) -> None:
    with pytest.raises(SubdomainInvalid):
        triggers.claim_subdomain(name)


def test_schedules_are_replaced_and_remember_when_they_were_made(
    triggers: Triggers, clock: ManualClock
) -> None:
    [old] = triggers.put_schedules("shop", ["0 0 * * *"])
    clock.advance(60)

    new = triggers.put_schedules("shop", ["1 0 * * *", "0 0 * * *", "1 0 * * *"])

    assert [one.cron for one in new] == ["1 0 * * *", "0 0 * * *"]
    assert [one.created_at - old.created_at for one in new] == [60, 0]


def test_a_bad_cron_leaves_the_old_ones(triggers: Triggers) -> None:
    triggers.put_schedules("shop", ["0 0 * * *"])

    with pytest.raises(InvalidCron):
        triggers.put_schedules("shop", ["1 0 * * *", "99 * * * *"])

    assert [one.cron for _, one in triggers.schedules()] == ["0 0 * * *"]


def test_an_account_has_at_most_250_crons(triggers: Triggers, store: WorkersStore) -> None:
    store.create_script("other")
    triggers.put_schedules("other", ["0 0 * * *"])
    crons = [f"{n % 60} {n // 60} * * *" for n in range(MAX_CRONS)]

    with pytest.raises(TooManyCrons):
        triggers.put_schedules("shop", crons)

    assert len(triggers.schedules()) == 1
    assert len(triggers.put_schedules("shop", crons[1:])) == MAX_CRONS - 1


def test_a_domain_leads_to_one_script(triggers: Triggers) -> None:
    first = triggers.put_domain("Shop.Example.com.", "shop", None, None)
    moved = triggers.put_domain("shop.example.com", "other", "zone", "example.com")

    assert triggers.domains() == [moved]
    assert (moved.id, first.zone_name, moved.zone_id) == (first.id, "example.com", "zone")
    with pytest.raises(DomainNotFound):
        triggers.get_domain("none")


def test_routes_are_replaced_and_taken_over(triggers: Triggers) -> None:
    triggers.put_routes("shop", ["a.example/*", "b.example/*"])
    triggers.put_routes("shop", ["a.example/*"])

    triggers.put_routes("other", ["a.example/*", "c.example/*"])

    assert [(one.pattern, one.script) for one in triggers.routes()] == [
        ("a.example/*", "other"),
        ("c.example/*", "other"),
    ]


def test_a_route_outlives_its_script(triggers: Triggers, store: WorkersStore) -> None:
    triggers.put_routes("shop", ["a.example/*"])

    store.delete_script("shop")

    assert [(one.pattern, one.script) for one in triggers.routes()] == [("a.example/*", None)]


def test_a_tail_ends(triggers: Triggers, clock: ManualClock) -> None:
    tail = triggers.open_tail("shop", [{"outcome": ["exception"]}])
    clock.advance(TAIL_SECONDS - 1)
    assert triggers.tails("shop") == [tail]

    clock.advance(1)

    assert triggers.tails() == []


def test_a_tail_is_closed_by_its_script_alone(triggers: Triggers) -> None:
    tail = triggers.open_tail("shop", [])

    with pytest.raises(TailNotFound):
        triggers.close_tail("other", tail.id)
    triggers.close_tail("shop", tail.id)

    assert triggers.tails() == []


def test_a_script_has_at_most_ten_tails(triggers: Triggers) -> None:
    for _ in range(MAX_TAILS):
        triggers.open_tail("shop", [])

    with pytest.raises(TooManyTails):
        triggers.open_tail("shop", [])
    triggers.open_tail("other", [])
