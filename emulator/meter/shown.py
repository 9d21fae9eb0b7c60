"""A bill as people read it, and as programs do."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from emulator.meter.bill import Bill, Line

Json = dict[str, Any]
Row = tuple[str, ...]
HEAD = ("", "a month", "included", "billed", "dollars", "Workers Free")


def bill_json(bill: Bill) -> Json:
    """Money and amounts as text, so that nothing is lost in them."""
    return {
        "prices": bill.prices.month,
        "plan": {"name": bill.prices.paid.name, "dollars": money(bill.prices.paid.price)},
        "lines": [line_json(line) for line in bill.lines],
        "dollars": money(bill.dollars),
        "free_plan": {
            "enough": not bill.beyond_free,
            "beyond": [line.price.unit for line in bill.beyond_free],
        },
        "supabase": {
            "name": bill.prices.supabase_plan.name,
            "plan_dollars": money(bill.prices.supabase_plan.price),
            "lines": [line_json(line) for line in bill.supabase],
            "dollars": money(bill.supabase_dollars),
        },
    }


def line_json(line: Line) -> Json:
    price = line.price
    return {
        "unit": price.unit,
        "product": price.product,
        "name": price.name,
        "used": plain(line.used),
        "included": price.included,
        "billed": plain(line.billed),
        "price": str(price.price),
        "per": price.per,
        "dollars": money(line.dollars),
        "url": price.url,
        "date": price.date.isoformat(),
    }


def bill_text(bill: Bill) -> str:
    """What was used only: a line each, the sum, and what the same is at Supabase."""
    prices = bill.prices
    rows: list[Row] = [HEAD]
    rows += [row_of(line, f"{line.price.product}: ") for line in bill.lines if line.used]
    rows.append((prices.paid.name, "", "", "", money(prices.paid.price), ""))
    rows.append(("together", "", "", "", money(bill.dollars), verdict(bill)))
    other: list[Row] = [(*HEAD[:5], "")]
    other += [(*row_of(line, "")[:5], "") for line in bill.supabase if line.used]
    other.append((prices.supabase_plan.name, "", "", "", money(prices.supabase_plan.price), ""))
    other.append(("together", "", "", "", money(bill.supabase_dollars), ""))
    return "\n".join([*table(rows), "", *table(other), "", f"Prices of {prices.month}."])


def row_of(line: Line, prefix: str) -> Row:
    price = line.price
    return (
        f"{prefix}{price.name}",
        plain(line.used, grouped=True),
        f"{price.included:,}",
        plain(line.billed, grouped=True),
        money(line.dollars),
        free_of(line),
    )


def free_of(line: Line) -> str:
    if line.allowed is None:
        return ""
    return f"beyond {line.allowed:,}" if line.too_much else "enough"


def verdict(bill: Bill) -> str:
    return "not enough" if bill.beyond_free else "0.00, enough"


def table(rows: Iterable[Row]) -> list[str]:
    found = list(rows)
    widths = [max(len(row[at]) for row in found) for at in range(len(HEAD))]
    return [
        "  ".join(
            cell.ljust(width) if at in (0, 5) else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in found
    ]


def plain(amount: Decimal, *, grouped: bool = False) -> str:
    """Without an exponent; to a whole unit where it is shown to people."""
    return f"{amount.quantize(Decimal(1)):,}" if grouped else f"{amount.normalize():f}"


def money(dollars: Decimal) -> str:
    return f"{dollars:.2f}"
