"""What a run would touch, told without touching it: for `--dry-run`."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from e2e.parity import record
from e2e.real.creations import CREATIONS, UNROUTED
from e2e.real.deployment import accounts_of
from e2e.real.ledger import Run
from e2e.real.refusal import refused
from e2e.settings import Settings

PEOPLE = ("anna", "ben", "admin")
# Made, signed in; signed in to clean up, and deleted.
OF_A_PERSON = 4
RECORDS = Path(__file__).parents[1] / "records"


@dataclass(frozen=True, slots=True)
class Expected:
    """What cases were seen to ask, by route, where a record has them."""

    source: str
    requests: Counter[str]
    cases: int

    @property
    def created(self) -> Counter[str]:
        """Things that routes delete afterwards, by the route that makes them."""
        deletable = {route for route, creation in CREATIONS.items() if creation.path}
        return Counter({route: n for route, n in self.requests.items() if route in deletable})


def expected_of(items: Sequence[pytest.Item], folder: Path = RECORDS) -> Expected | None:
    """By the record that has the most of the cases; None where there is none."""
    names = {item.nodeid for item in items}
    found = [expected_in(path, names) for path in sorted(folder.glob("*.json"))]
    return max(found, key=lambda one: one.cases, default=None)


def expected_in(path: Path, names: set[str]) -> Expected:
    cases = {name: case for name, case in record.read(path).cases.items() if name in names}
    routes = Counter(str(answer.route) for case in cases.values() for answer in case.answers)
    return Expected(path.name, routes, len(cases))


def told(run: Run, settings: Settings, items: Sequence[pytest.Item]) -> Iterator[str]:
    """The plan, line by line."""
    skipped = [item for item in items if item.get_closest_marker("skip")]
    running = [item for item in items if item not in skipped]
    yield "Dry run: nothing was sent but GET /health."
    yield from hosts(run, settings)
    yield f"cases        {len(running)} would run, {len(skipped)} would be skipped"
    count = sum(name in names_of(item) for item in running for name in PEOPLE)
    yield f"people       {people(count, settings)}"
    expected = expected_of(running)
    if expected is None:
        yield "requests     not known: e2e/records has no record of these cases"
        return
    yield from requests(expected, count, settings)


def hosts(run: Run, settings: Settings) -> Iterator[str]:
    yield f"API          {run.api} ({run.environment}; its clock says {run.started})"
    yield f"site         {settings.site or 'none: cases in a browser are skipped'}"
    yield f"Supabase     {run.supabase}"
    if settings.account_id and settings.api_token and run.worker:
        yield f"Cloudflare   account {settings.account_id}, script {run.worker}"
    else:
        yield "Cloudflare   no access: what no route deletes would stay, and be listed"
    reason = refused(run.api, settings.site, run.environment)
    if reason is not None:
        agreed = " (given)" if settings.yes_production else ""
        yield f"refused      {reason}{agreed}"


def people(count: int, settings: Settings) -> str:
    accounts = accounts_of(settings)
    if accounts:
        return f"none made; {', '.join(account.email for account in accounts)}"
    if settings.service_key:
        return f"{count} or more users would be made by the service key, and deleted"
    return f"{count} or more users would sign up; without a service key they stay, and are listed"


def names_of(item: pytest.Item) -> Sequence[str]:
    return getattr(item, "fixturenames", ())


def requests(expected: Expected, count: int, settings: Settings) -> Iterator[str]:
    asked, created = expected.requests.total(), expected.created.total()
    of = f"as {expected.source} has them of {expected.cases} cases, and browsers' besides"
    yield f"requests     {asked}, {of}:"
    yield from (f"  {n:5}  {route}" for route, n in expected.requests.most_common())
    yield f"created      {created} things, each deleted by one more request:"
    yield from (f"  {n:5}  {route}" for route, n in expected.created.most_common())
    for route, what in UNROUTED.items():
        if route in expected.requests:
            yield f"besides      {route} leaves {what}, which no route deletes"
    signing = OF_A_PERSON * count
    yield f"at Auth      {signing} or more, to make people, sign in, and delete them"
    minutes = -(-(asked + created + signing) // settings.pace)
    yield f"time         {minutes} minutes or more at {settings.pace} requests a minute"
    if asked + signing // 2 > settings.budget:
        yield f"budget       {settings.budget} requests are not enough: the run would end early"
