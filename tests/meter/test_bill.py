"""The month's bill: Cloudflare's own examples, the written one of the docs, and its rules."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.meter.bill import Bill, bill_of, month_of
from emulator.meter.prices import load
from emulator.meter.shown import bill_json, bill_text

DOCS = Path(__file__).parents[2] / "docs" / "cost.md"
PRICES = load()
UNITS = sorted(PRICES.units)
GB = 10**9


def bill(**used: int | Decimal) -> Bill:
    return bill_of({unit: Decimal(amount) for unit, amount in used.items()}, PRICES)


def dollars(bill: Bill, unit: str) -> str:
    [line] = [line for line in bill.lines if line.price.unit == unit]
    return str(line.dollars)


def test_nothing_costs_the_plan() -> None:
    assert (bill().dollars, bill().supabase_dollars) == (Decimal("5.00"), Decimal("25.00"))
    assert not bill().beyond_free


@pytest.mark.parametrize(
    ("requests", "milliseconds", "total"),
    [(15_000_000, 7, "8.00"), (720, 180_000, "6.99"), (100_000_000, 7, "45.40")],
)
def test_the_examples_of_workers_pricing(requests: int, milliseconds: int, total: str) -> None:
    assert str(bill(requests=requests, cpu_ms=requests * milliseconds).dollars) == total


def test_the_examples_of_r2_pricing() -> None:
    stored = bill(r2_bytes=1_000 * GB, r2_class_a=1_000, r2_class_b=1_000_000)
    hosted = bill(r2_bytes=10 * GB, r2_class_a=100_000, r2_class_b=300_000_000)

    assert stored.dollars - 5 == Decimal("14.85")
    assert hosted.dollars - 5 == Decimal("104.40")


def test_r2_bills_a_million_that_is_begun() -> None:
    assert dollars(bill(r2_class_a=2_000_001), "r2_class_a") == "9.00"
    assert dollars(bill(r2_bytes=11 * GB + GB // 10), "r2_bytes") == "0.03"


def test_the_example_of_logs_pricing() -> None:
    assert dollars(bill(log_events=30_000_000), "log_events") == "6.00"


def test_stored_dimensions_are_queried_once_more() -> None:
    used = bill(queried_dimensions=30_000 * 768, stored_dimensions=10_000 * 768)
    [line] = [line for line in used.lines if line.price.unit == "queried_dimensions"]

    assert line.used == 30_720_000
    assert dollars(bill(stored_dimensions=10**9), "queried_dimensions") == "0.00"


def test_workers_free_says_what_it_does_not_do() -> None:
    used = bill(rows_read=151_000_000, kv_writes=30_000, requests=3_000_000)

    assert [line.price.unit for line in used.beyond_free] == ["rows_read"]


def test_the_written_example_costs_what_the_docs_calculate_by_hand() -> None:
    text = DOCS.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| ([\d,]+) \| .* \| \$([\d.]+) \|$", text, re.MULTILINE)
    used = {unit: Decimal(amount.replace(",", "")) for unit, amount, _ in rows}
    told = bill_of(used, PRICES)

    by_hand = {unit: cost for unit, _, cost in rows}
    assert by_hand == {unit: dollars(told, unit) for unit in by_hand}
    assert len(by_hand) > 10
    assert f"**${told.dollars}**" in text
    assert f"**${told.supabase_dollars}**" in text


def test_the_docs_show_every_price_with_its_page_and_date() -> None:
    text = DOCS.read_text(encoding="utf-8")

    for price in PRICES.units.values():
        assert price.url in text, price.unit
        assert f"| {price.product} | {price.name} |" in text


@given(st.dictionaries(st.sampled_from(UNITS), st.integers(0, 10**13)))
def test_a_bill_is_the_sum_of_its_lines_and_never_less_than_the_plan(used: dict[str, int]) -> None:
    made = bill(**used)

    assert made.dollars == 5 + sum(line.dollars for line in made.lines)
    assert made.dollars >= 5
    assert bill_json(made)["dollars"] in bill_text(made)


@given(
    st.dictionaries(st.sampled_from(UNITS), st.integers(0, 10**12)),
    st.sampled_from(UNITS),
    st.integers(0, 10**12),
)
def test_more_never_costs_less(used: dict[str, int], unit: str, more: int) -> None:
    greater = used | {unit: used.get(unit, 0) + more}

    assert bill(**greater).dollars >= bill(**used).dollars


def test_a_month_takes_what_passes_so_often_and_what_is_stored_once() -> None:
    found = month_of({"rows_read": 10, "neurons": 0.1}, {"d1_bytes": 100}, Decimal(3))

    assert found == {"rows_read": 30, "neurons": Decimal("0.3"), "d1_bytes": 100}
