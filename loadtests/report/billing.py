"""What a month of the run's traffic costs, as `cftwin cost --json` tells it."""

from dataclasses import dataclass
from decimal import Decimal

from pydantic import TypeAdapter, ValidationError

from loadtests.report.results import ResultsError, Run


@dataclass(frozen=True, slots=True)
class Line:
    """Of a unit in a month. `billed` is what exceeds `included`."""

    name: str
    used: Decimal
    included: int
    billed: Decimal
    price: Decimal
    per: int
    dollars: Decimal
    url: str
    date: str
    product: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    name: str
    dollars: Decimal


@dataclass(frozen=True, slots=True)
class Free:
    """Whether Workers Free is enough, and by which units it is not."""

    enough: bool
    beyond: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Supabase:
    name: str
    plan_dollars: Decimal
    lines: tuple[Line, ...]
    dollars: Decimal


@dataclass(frozen=True, slots=True)
class Month:
    """`scale`: how many times what was counted in `seconds` a month is."""

    prices: str
    plan: Plan
    lines: tuple[Line, ...]
    dollars: Decimal
    free_plan: Free
    supabase: Supabase
    seconds: float
    scale: Decimal
    budget: Decimal
    above_budget: bool

    @property
    def sentence(self) -> str:
        free = ", and Workers Free would be enough" if self.free_plan.enough else ""
        return (
            f"A month of this costs ${self.dollars:,.2f} at Cloudflare and"
            f" ${self.supabase.dollars:,.2f} at Supabase{free}"
        )


MONTH = TypeAdapter(Month)


def month(run: Run) -> Month | None:
    """Raises `ResultsError`."""
    if run.bill is None:
        return None
    try:
        return MONTH.validate_python(dict(run.bill))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ResultsError(f"the bill's {where}: {first['msg']}") from None


def used(lines: tuple[Line, ...]) -> list[Line]:
    return [one for one in lines if one.used]
