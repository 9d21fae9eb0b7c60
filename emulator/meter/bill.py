"""The month's bill of what was used: the same units on both of Cloudflare's plans, and Supabase's.

Every line is rounded to the cent, half a cent up, and the sum is that of the lines.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from emulator.meter.prices import Plan, Price, Prices

DAYS = 30
MONTH_SECONDS = DAYS * 86_400
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Line:
    """Of a unit in a month: what was used, what of it is billed, and what that costs."""

    price: Price
    used: Decimal
    billed: Decimal
    dollars: Decimal

    @property
    def allowed(self) -> int | None:
        """What Workers Free has in a month, where every day is like another."""
        free, period = self.price.free, self.price.free_period
        return free * DAYS if free is not None and period == "day" else free

    @property
    def too_much(self) -> bool:
        """More than Workers Free allows."""
        return self.allowed is not None and self.used > self.allowed


@dataclass(frozen=True, slots=True)
class Bill:
    prices: Prices
    lines: tuple[Line, ...]
    supabase: tuple[Line, ...]

    @property
    def dollars(self) -> Decimal:
        """On Workers Paid."""
        return total(self.prices.paid, self.lines)

    @property
    def supabase_dollars(self) -> Decimal:
        return total(self.prices.supabase_plan, self.supabase)

    @property
    def beyond_free(self) -> tuple[Line, ...]:
        """For what Workers Free does not do."""
        return tuple(line for line in self.lines if line.too_much)


def bill_of(used: Mapping[str, Decimal], prices: Prices) -> Bill:
    """`used` in a month, by unit."""
    return Bill(
        prices,
        tuple(line_of(price, used) for price in prices.units.values()),
        tuple(line_of(price, used) for price in prices.supabase.values()),
    )


def month_of(
    passed: Mapping[str, float], stored: Mapping[str, float], factor: Decimal
) -> dict[str, Decimal]:
    """What was counted, so many times; what is stored, as it is."""
    times = {unit: Decimal(str(amount)) * factor for unit, amount in passed.items()}
    return times | {unit: Decimal(str(amount)) for unit, amount in stored.items()}


def line_of(price: Price, used: Mapping[str, Decimal]) -> Line:
    amount = used.get(price.unit, Decimal(0))
    # What is only stored is billed as queried once it is queried at all.
    if price.adds and amount:
        amount += used.get(price.adds, Decimal(0))
    billed = max(amount - price.included, Decimal(0))
    if price.whole:
        billed = (billed / price.per).to_integral_value(ROUND_CEILING) * price.per
    return Line(price, amount, billed, cents(billed / price.per * price.price))


def total(plan: Plan, lines: tuple[Line, ...]) -> Decimal:
    return cents(plan.price) + sum((line.dollars for line in lines), Decimal(0))


def cents(dollars: Decimal) -> Decimal:
    return dollars.quantize(CENT, ROUND_HALF_UP)
