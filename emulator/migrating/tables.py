"""A table on its way: what the target has is read, and only what differs is written.

So a run that was killed goes on where it stopped, and one more run changes nothing. The
source's rows are hashed as they pass; the target's are read again for the comparison.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from emulator.migrating.hashing import Digest, row_hash
from emulator.migrating.http_client import Refusal
from emulator.migrating.models import Column
from emulator.migrating.plan import TablePlan
from emulator.migrating.report import Refused, TableReport
from emulator.migrating.statements import (
    MAX_ROW_BYTES,
    Row,
    Shape,
    Statement,
    batches,
    insert,
    read_keys,
    read_offset,
    read_page,
    update,
)
from emulator.migrating.values import Unfit, from_d1, size_of, to_d1

PAGE_ROWS = 500
# Before any rowid.
FIRST = -(2**63)
SHOWN_KEY = 80

Progress = Callable[[int], None]


class Source(Protocol):
    def rows(
        self, table: str, columns: Sequence[Column], order: Sequence[str]
    ) -> Iterator[list[tuple[str | None, ...]]]: ...


class Target(Protocol):
    """Both raise `Refusal`."""

    def run(self, statement: Statement) -> list[list[Any]]: ...

    def run_all(self, statements: Sequence[Statement]) -> None: ...


@dataclass
class Tally:
    """What has become of one table's rows."""

    digest: Digest = field(default_factory=Digest)
    inserted: int = 0
    updated: int = 0
    waiting: bool = False
    refused: list[Refused] = field(default_factory=list)

    def refuse(self, table: TablePlan, row: Sequence[object], reason: str) -> None:
        key = table.shape.key or range(len(row))
        shown = ", ".join(str(row[at]) for at in key)[:SHOWN_KEY]
        self.refused.append(Refused(table.name, shown, reason))


class Mover:
    """Moves tables from a source to a target."""

    def __init__(self, source: Source, target: Target) -> None:
        self._source = source
        self._target = target

    def create(self, table: TablePlan) -> None:
        self._target.run_all([Statement(sql) for sql in table.create])

    def fill(self, table: TablePlan, tally: Tally, progress: Progress) -> None:
        """The table's rows, but columns that are held stay empty in new ones."""
        there = self._multiset(table) if not table.shape.key else Counter[int]()
        for rows in self._read(table, tally):
            tally.digest = tally.digest.with_rows(rows)
            fit = [row for row in rows if self._fits(table, row, tally)]
            if table.shape.key:
                self._sync(table, fit, tally)
            else:
                self._append(table, fit, there, tally)
            progress(len(rows))

    def finish(self, table: TablePlan, tally: Tally) -> None:
        """Fill the columns that were held, now that every table has its rows."""
        if not tally.waiting:
            return
        again = Tally()
        for rows in self._read(table, again):
            fit = [row for row in rows if self._fits(table, row, again)]
            for piece in batches(fit):
                different = self._different(table.shape, piece)
                self._write(table, update, different, tally, self._of_different(table.shape))

    def verify(self, table: TablePlan, tally: Tally) -> TableReport:
        """Both sides' counts and hashes; the target's are read anew."""
        digest = Digest()
        for rows in self._pages(table):
            digest = digest.with_rows(rows)
        source = tally.digest
        # A row that could not even be read as D1's is in the source's count alone.
        return TableReport(
            table.name,
            tally.inserted,
            tally.updated,
            source.rows,
            digest.rows,
            source.hash,
            digest.hash,
        )

    def _read(self, table: TablePlan, tally: Tally) -> Iterator[list[Row]]:
        shape = table.shape
        order = [table.columns[at].name for at in shape.key]
        for piece in self._source.rows(table.name, table.columns, order):
            rows = []
            for texts in piece:
                try:
                    pairs = zip(texts, shape.kinds, strict=True)
                    rows.append(tuple(to_d1(text, kind) for text, kind in pairs))
                except Unfit as error:
                    tally.refuse(table, texts, str(error))
                    tally.digest = Digest(tally.digest.rows + 1, tally.digest.total)
            yield rows

    def _fits(self, table: TablePlan, row: Row, tally: Tally) -> bool:
        if (size := size_of(row)) <= MAX_ROW_BYTES:
            return True
        tally.refuse(table, row, f"{size:,} bytes; a row of D1 has {MAX_ROW_BYTES:,} at most")
        return False

    def _sync(self, table: TablePlan, rows: Sequence[Row], tally: Tally) -> None:
        shape = table.shape
        for piece in batches(rows):
            there = self._there(shape, piece)
            missing = [row for row in piece if shape.key_of(row) not in there]
            changed = [row for row in piece if there.get(shape.key_of(row), row) != row]
            if table.held:
                tally.waiting = tally.waiting or bool(changed) or self._holds(table, missing)
                missing = [emptied(row, table.held) for row in missing]
                changed = []
            self._write(table, insert, missing, tally, self._of_missing(shape))
            self._write(table, update, changed, tally, self._of_different(shape))

    def _holds(self, table: TablePlan, rows: Sequence[Row]) -> bool:
        return any(row[at] is not None for row in rows for at in table.held)

    def _there(self, shape: Shape, rows: Sequence[Row]) -> dict[Row, Row]:
        """The target's rows with these keys."""
        if not rows:
            return {}
        found = (typed(shape, row) for row in self._target.run(read_keys(shape, rows)))
        return {shape.key_of(row): row for row in found}

    def _different(self, shape: Shape, rows: Sequence[Row]) -> list[Row]:
        there = self._there(shape, rows)
        return [row for row in rows if there.get(shape.key_of(row), row) != row]

    def _of_missing(self, shape: Shape) -> Callable[[Sequence[Row]], list[Row]]:
        def missing(rows: Sequence[Row]) -> list[Row]:
            there = self._there(shape, rows)
            return [row for row in rows if shape.key_of(row) not in there]

        return missing

    def _of_different(self, shape: Shape) -> Callable[[Sequence[Row]], list[Row]]:
        return lambda rows: self._different(shape, rows)

    def _append(
        self, table: TablePlan, rows: Sequence[Row], there: Counter[int], tally: Tally
    ) -> None:
        """Of rows without a key, as many as are not there yet."""
        new = []
        for row in rows:
            number = row_hash(row)
            if there[number]:
                there[number] -= 1
            else:
                new.append(row)
        for piece in batches(new):
            self._write(table, insert, piece, tally, list)

    def _write(
        self,
        table: TablePlan,
        statement: Callable[[Shape, Sequence[Row]], Statement],
        rows: Sequence[Row],
        tally: Tally,
        left: Callable[[Sequence[Row]], list[Row]],
    ) -> None:
        """Write the rows; of a batch that is refused, halves, down to the rows that are at fault.

        `left` says which rows still need it: an answer that was lost may have been a yes.
        """
        for piece in batches(rows):
            try:
                self._target.run_all([statement(table.shape, piece)])
            except Refusal as error:
                rest = left(piece)
                if len(rest) == 1 and len(piece) == 1:
                    tally.refuse(table, rest[0], str(error))
                    continue
                middle = (len(rest) + 1) // 2
                self._write(table, statement, rest[:middle], tally, left)
                self._write(table, statement, rest[middle:], tally, left)
                continue
            if statement is insert:
                tally.inserted += len(piece)
            else:
                tally.updated += len(piece)

    def _multiset(self, table: TablePlan) -> Counter[int]:
        return Counter(row_hash(row) for rows in self._pages(table) for row in rows)

    def _pages(self, table: TablePlan) -> Iterator[list[Row]]:
        """All rows of the target, in pieces that it answers at once."""
        after, seen, limit = FIRST, 0, PAGE_ROWS
        while True:
            try:
                statement = (
                    read_page(table.shape, after, limit)
                    if table.has_rowid
                    else read_offset(table.shape, seen, limit)
                )
                answered = self._target.run(statement)
            except Refusal:
                # More than D1 answers at once.
                if limit == 1:
                    raise
                limit = max(1, limit // 8)
                continue
            if answered:
                yield [typed(table.shape, row[1:]) for row in answered]
                after, seen = int(answered[-1][0]), seen + len(answered)
            if len(answered) < limit:
                return


def typed(shape: Shape, row: Sequence[Any]) -> Row:
    return tuple(from_d1(value, kind) for value, kind in zip(row, shape.kinds, strict=True))


def emptied(row: Row, held: frozenset[int]) -> Row:
    return tuple(None if at in held else value for at, value in enumerate(row))
