"""Prices, a file for each month that they were read in. Money is `Decimal`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Any

NEWEST = "2026-11"


@dataclass(frozen=True, slots=True)
class Price:
    """`price` dollars for each `per` units beyond `included` ones a month.

    `stored`: what lies there, not what passes. `whole`: a part of `per` counts as all of it.
    `adds`: another unit whose amount counts in. `free` is None where Workers Free sets no sum.
    """

    unit: str
    name: str
    included: int
    per: int
    price: Decimal
    url: str
    date: date
    product: str = ""
    stored: bool = False
    whole: bool = False
    adds: str = ""
    free: int | None = None
    free_period: str = "month"


@dataclass(frozen=True, slots=True)
class Plan:
    name: str
    price: Decimal
    url: str
    date: date


@dataclass(frozen=True, slots=True)
class Prices:
    """`supabase` has the units of which Supabase bills the like."""

    month: str
    paid: Plan
    free: Plan
    units: Mapping[str, Price]
    supabase_plan: Plan
    supabase: Mapping[str, Price]


def load(month: str = NEWEST) -> Prices:
    text = files(__package__).joinpath(f"{month}.toml").read_text(encoding="utf-8")
    document = tomllib.loads(text)
    plans, supabase = document["plans"], document["supabase"]
    return Prices(
        document["month"],
        plan_of(plans["paid"]),
        plan_of(plans["free"]),
        prices_in(document["units"]),
        plan_of({name: supabase[name] for name in ("name", "price", "url", "date")}),
        prices_in(supabase["units"]),
    )


def plan_of(table: Mapping[str, Any]) -> Plan:
    return Plan(**{**table, "price": Decimal(table["price"])})


def prices_in(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, Price]:
    return {
        unit: Price(unit=unit, **{**table, "price": Decimal(table["price"])})
        for unit, table in tables.items()
    }
