"""`cftwin cost`: the month's bill of what the running twin has counted."""

from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import Any

import click

STATE = Path(".twin")


class Amount(click.FloatRange):
    """A number that can be counted with."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        amount: float = super().convert(value, param, ctx)
        if not isfinite(amount):
            self.fail(f"{value} is no number.", param, ctx)
        return amount


@click.command()
@click.option("--control", metavar="URL", help="The running twin. Default: that of --state.")
@click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    default=STATE,
    help="Data directory of the running twin. Default: .twin",
)
@click.option("--run", "run", metavar="NAME", help="What this run has counted. Default: all.")
@click.option("--account", help="Account id. Default: all of them.")
@click.option(
    "--scale",
    type=Amount(0, min_open=True),
    help="A month is so many times what was counted. Default: it goes on like that for 30 days.",
)
@click.option("--budget", type=Amount(0), default=15, show_default=True, help="Dollars a month.")
@click.option("--json", "as_json", is_flag=True, help="Print the bill as JSON.")
def cost(
    control: str | None,
    state: Path,
    run: str | None,
    account: str | None,
    scale: float | None,
    budget: float,
    as_json: bool,
) -> None:
    """Print the bill for a month of this, beside Supabase's. Exit 1 above the budget."""
    import orjson

    from emulator.meter.reading import Unreadable, counted, factor_of, monthly
    from emulator.meter.shown import bill_json, bill_text

    try:
        told = counted(control, state, run, account)
        factor = factor_of(told, scale)
    except Unreadable as error:
        raise click.ClickException(str(error)) from None
    bill = monthly(told, factor)
    limit = Decimal(str(budget))
    is_above = bill.dollars > limit
    if as_json:
        above: dict[str, Any] = {"budget": str(limit), "above_budget": is_above}
        head = {"seconds": told["seconds"], "scale": str(factor)}
        click.echo(orjson.dumps({**head, **bill_json(bill), **above}).decode())
    else:
        click.echo(f"{told['seconds']:.0f} s were counted; a month is {factor:,.2f} times that.\n")
        click.echo(bill_text(bill))
    if is_above:
        click.echo(f"${bill.dollars} a month is more than the budget of ${limit}.", err=True)
        raise SystemExit(1)
