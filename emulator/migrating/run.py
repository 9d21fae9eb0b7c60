"""A whole migration: plan, tables, buckets, vectors, comparison. Who shows progress gives it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import partial

from emulator.core.clock import SystemClock
from emulator.migrating.d1_client import D1Client
from emulator.migrating.http_client import Refusal
from emulator.migrating.models import Table
from emulator.migrating.objects import BucketMover
from emulator.migrating.plan import Options, Plan, TablePlan, plan_of
from emulator.migrating.r2_client import R2Client
from emulator.migrating.report import BucketReport, Refused, Report, TableReport, VectorReport
from emulator.migrating.source_client import SourceClient
from emulator.migrating.storage_client import StorageClient
from emulator.migrating.tables import Mover, Tally
from emulator.migrating.vectorize_client import VectorizeClient
from emulator.migrating.vectors import Spec, SpecError, VectorMover

# What, how many are done, how many there are (0: not known).
Show = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Cloudflare:
    """An account, by the API's base URL and a token; `s3` is R2's endpoint or ""."""

    api: str
    account_id: str
    token: str = field(repr=False)
    s3: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """What is moved from where to where. `buckets` are pairs: Storage's, R2's."""

    dsn: str = field(repr=False)
    schema: str
    database: str
    target: Cloudflare
    options: Options
    storage_url: str = ""
    service_key: str = field(default="", repr=False)
    buckets: tuple[tuple[str, str], ...] = ()
    vectors: tuple[Spec, ...] = ()


class Faulty(Exception):
    """The plan has faults; nothing was written."""

    def __init__(self, plan: Plan) -> None:
        super().__init__("; ".join(plan.faults))
        self.plan = plan


class Migration:
    """Connections to both sides of a job, for as long as it is entered."""

    def __init__(self, job: Job, show: Show) -> None:
        self._job = job
        self._show = show
        self._stack = ExitStack()

    def __enter__(self) -> "Migration":
        job, target = self._job, self._job.target
        account = (target.api, target.account_id, target.token)
        with ExitStack() as stack:
            self._source = stack.enter_context(closing(SourceClient(job.dsn, job.schema)))
            self._tables: list[Table] = self._source.tables()
            self._d1 = stack.enter_context(closing(D1Client(*account, job.database)))
            self.plan = plan_of(self._tables, self._d1.tables(), job.options)
            self._vectors = [
                (spec, self._mover(spec, stack.enter_context(closing(index))))
                for spec in job.vectors
                if (index := VectorizeClient(*account, spec.index))
            ]
            self._buckets = self._bucket_movers(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *ended: object) -> None:
        self._stack.close()

    def run(self) -> Report:
        """Everything. Raises `Faulty` before anything is written."""
        if self.plan.faults:
            raise Faulty(self.plan)
        refused: list[Refused] = []
        tables = self._move_tables(refused)
        buckets = self._move_buckets(refused)
        vectors = self._move_vectors(refused)
        notes = self.plan.notes
        return Report(tuple(tables), tuple(buckets), tuple(vectors), tuple(refused), notes)

    def _move_tables(self, refused: list[Refused]) -> list[TableReport]:
        mover = Mover(self._source, self._d1)
        tallies: list[tuple[TablePlan, Tally]] = []
        for table in self.plan.tables:
            # All before any is filled: SQLite looks for what a row may refer to.
            mover.create(table)
        for table in self.plan.tables:
            tally = Tally()
            total = self._source.count(table.name)
            mover.fill(table, tally, Counter(self._show, table.name, total))
            tallies.append((table, tally))
        for table, tally in tallies:
            mover.finish(table, tally)
            refused += tally.refused
        return [mover.verify(table, tally) for table, tally in tallies]

    def _move_buckets(self, refused: list[Refused]) -> Iterator[BucketReport]:
        for name, mover in self._buckets:
            yield mover.move(Counter(self._show, f"bucket {name}", 0))
            refused += mover.refused

    def _bucket_movers(self, stack: ExitStack) -> list[tuple[str, BucketMover]]:
        """Raises `Refusal` for a bucket that is not there on either side."""
        job, target = self._job, self._job.target
        if not job.buckets:
            return []
        files = stack.enter_context(closing(StorageClient(job.storage_url, job.service_key)))
        objects = stack.enter_context(
            closing(R2Client(target.api, target.account_id, target.token, target.s3, SystemClock()))
        )
        there = files.buckets()
        for source, into in job.buckets:
            if source not in there:
                raise Refusal(404, f"Storage has no bucket {source}")
            objects.check(into)
        return [(source, BucketMover(files, objects, source, into)) for source, into in job.buckets]

    def _move_vectors(self, refused: list[Refused]) -> Iterator[VectorReport]:
        for spec, mover in self._vectors:
            total = self._source.count(spec.table)
            yield mover.move(Counter(self._show, f"vectors {spec.source}", total))
            refused += mover.refused

    def _mover(self, spec: Spec, index: VectorizeClient) -> VectorMover:
        """Raises `SpecError`, or `Refusal` if there is no such index."""
        table = next((one for one in self._tables if one.name == spec.table), None)
        if table is None:
            raise SpecError(f"the source has no table {spec.table}")
        index.count()
        return VectorMover(self._source, index, spec, table)


class Counter:
    """Adds up what is done of one thing, and shows it."""

    def __init__(self, show: Show, what: str, total: int) -> None:
        self._tell = partial(show, what)
        self._done = 0
        self._total = total
        self._tell(0, total)

    def __call__(self, more: int) -> None:
        self._done += more
        self._tell(self._done, self._total)


def pairs(texts: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """`avatars=jobmatch-avatars`; a name alone stays the same."""
    split = [text.partition("=") for text in texts]
    return tuple((source, target or source) for source, _, target in split)
