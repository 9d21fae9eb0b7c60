"""A pgvector column on its way into an index: fetched by ids, and only what differs is upserted."""

import re
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Any, Protocol

import orjson

from emulator.migrating.http_client import Refusal
from emulator.migrating.mapping import kind_of
from emulator.migrating.models import Column, Table
from emulator.migrating.report import Refused, VectorReport
from emulator.migrating.values import Kind, Unfit, Value, to_d1

BATCH = 500
NAMED = re.compile(r"\{([^{}]*)\}")
MAX_ID_BYTES = 64
# Ids that are fetched again in the end, at most.
SAMPLE = 400

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Item:
    """A vector as Vectorize has it; values are 32-bit floats."""

    id: str
    values: tuple[float, ...]
    namespace: str | None = None
    metadata: Mapping[str, Any] | None = None

    def line(self) -> bytes:
        named = {"namespace": self.namespace, "metadata": self.metadata or None}
        more = {name: value for name, value in named.items() if value is not None}
        return orjson.dumps({"id": self.id, "values": self.values, **more})


class SpecError(ValueError):
    """What `--vectors` says cannot be understood."""


@dataclass(frozen=True, slots=True)
class Spec:
    """`TABLE.COLUMN=INDEX;id=job:{job_id};namespace={user_id};metadata=jobId:job_id,…`."""

    table: str
    column: str
    index: str
    id: str = ""
    namespace: str = ""
    metadata: Mapping[str, str] | None = None

    @property
    def source(self) -> str:
        return f"{self.table}.{self.column}"


def spec_of(text: str) -> Spec:
    """Raises `SpecError`."""
    first, *more = text.split(";")
    source, _, index = first.partition("=")
    table, dot, column = source.partition(".")
    options = dict(part.partition("=")[::2] for part in more if part)
    if not (table and dot and column and index) or set(options) - {"id", "namespace", "metadata"}:
        raise SpecError(f"{text}: TABLE.COLUMN=INDEX;id=…;namespace=…;metadata=NAME:COLUMN,…")
    pairs = [part.partition(":")[::2] for part in options.get("metadata", "").split(",") if part]
    metadata = {name: taken or name for name, taken in pairs}
    return Spec(table, column, index, options.get("id", ""), options.get("namespace", ""), metadata)


class Source(Protocol):
    def rows(
        self, table: str, columns: Sequence[Column], order: Sequence[str]
    ) -> Iterator[list[tuple[str | None, ...]]]: ...


class Index(Protocol):
    """Raises `Refusal`."""

    def fetch(self, ids: Sequence[str]) -> dict[str, Item]: ...

    def upsert(self, items: Sequence[Item]) -> None: ...

    def settle(self) -> None: ...

    def count(self) -> int: ...


class VectorMover:
    """Moves one column of one table."""

    def __init__(self, source: Source, index: Index, spec: Spec, table: Table) -> None:
        self._source = source
        self._index = index
        self._spec = spec
        self._table = table
        self._template = spec.id or ":".join(f"{{{name}}}" for name in table.primary_key)
        if not self._template:
            raise SpecError(f"{spec.table} has no primary key: say id=…")
        named = [name for text in (self._template, spec.namespace) for name in NAMED.findall(text)]
        wanted = {spec.column, *table.primary_key, *(spec.metadata or {}).values(), *named}
        if missing := wanted - {column.name for column in table.columns}:
            raise SpecError(f"{spec.table} has no column {', '.join(sorted(missing))}")
        self._columns = [column for column in table.columns if column.name in wanted]
        self.refused: list[Refused] = []

    def move(self, progress: Progress) -> VectorReport:
        written = total = 0
        sample: list[Item] = []
        dice = Random(0)
        items = self._items()
        while batch := list(islice(items, BATCH)):
            there = self._index.fetch([item.id for item in batch])
            written += self._write([item for item in batch if not same(item, there.get(item.id))])
            for item in batch:
                total += 1
                if len(sample) < SAMPLE:
                    sample.append(item)
                elif (at := dice.randrange(total)) < SAMPLE:
                    sample[at] = item
            progress(len(batch))
        return self._compared(sample, written, total)

    def _write(self, items: Sequence[Item]) -> int:
        """How many were written; of a batch that is refused, halves, down to those at fault."""
        if not items:
            return 0
        try:
            self._index.upsert(items)
        except Refusal as error:
            if len(items) == 1:
                self._refuse(items[0].id, str(error))
                return 0
            middle = len(items) // 2
            return self._write(items[:middle]) + self._write(items[middle:])
        return len(items)

    def _items(self) -> Iterator[Item]:
        """Every vector of the column; rows without one have none."""
        names = [column.name for column in self._columns]
        for piece in self._source.rows(self._table.name, self._columns, self._table.primary_key):
            for texts in piece:
                row = dict(zip(names, texts, strict=True))
                if row[self._spec.column] is None:
                    continue
                try:
                    yield self._item(row)
                except ValueError as error:
                    key = ", ".join(str(row[name]) for name in self._table.primary_key)
                    self._refuse(key, str(error))

    def _item(self, row: Mapping[str, str | None]) -> Item:
        id = filled(self._template, row)
        if len(id.encode()) > MAX_ID_BYTES:
            raise Unfit(f"its id has more than {MAX_ID_BYTES} bytes")
        numbers = tuple(map(float, orjson.loads(row[self._spec.column] or "")))
        namespace = filled(self._spec.namespace, row) or None
        metadata = {
            name: self._value(column, row) for name, column in (self._spec.metadata or {}).items()
        }
        present = {name: value for name, value in metadata.items() if value is not None}
        return Item(id, numbers, namespace, present or None)

    def _value(self, name: str, row: Mapping[str, str | None]) -> object:
        column = self._table.column(name)
        kind = kind_of(column, "real")
        value: Value = to_d1(row[name], kind)
        if value is None or kind not in (Kind.BOOLEAN, Kind.JSON):
            return value
        return bool(value) if kind is Kind.BOOLEAN else orjson.loads(str(value))

    def _refuse(self, key: str, reason: str) -> None:
        self.refused.append(Refused(f"vectors {self._spec.source}", key, reason))

    def _compared(self, sample: Sequence[Item], written: int, total: int) -> VectorReport:
        self._index.settle()
        ids = [item.id for item in sample]
        there = self._index.fetch(ids)
        different = [item.id for item in sample if not same(item, there.get(item.id))]
        count = self._index.count()
        return VectorReport(
            self._spec.source,
            self._spec.index,
            written,
            total,
            count,
            len(ids),
            tuple(sorted(different)),
        )


def filled(template: str, row: Mapping[str, str | None]) -> str:
    """`job:{id}` with the row's values."""
    return NAMED.sub(lambda match: row[match[1]] or "", template)


def same(item: Item, other: Item | None) -> bool:
    if other is None:
        return False
    about = (item.namespace or "", dict(item.metadata or {}))
    if about != (other.namespace or "", dict(other.metadata or {})):
        return False
    return len(item.values) == len(other.values) and single(item.values) == single(other.values)


def single(values: Sequence[float]) -> bytes:
    """As 32-bit floats; zero has no sign."""
    return struct.pack(f"<{len(values)}f", *(value + 0.0 for value in values))
