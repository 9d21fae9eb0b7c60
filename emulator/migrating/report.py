"""What a migration did, and whether both sides are alike: for people, and as JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

SHOWN_REFUSALS = 20


@dataclass(frozen=True, slots=True)
class Refused:
    """A row, an object or a vector that the target did not take."""

    where: str
    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class TableReport:
    table: str
    inserted: int
    updated: int
    source_rows: int
    target_rows: int
    source_hash: str
    target_hash: str

    @property
    def alike(self) -> bool:
        return (self.source_rows, self.source_hash) == (self.target_rows, self.target_hash)


@dataclass(frozen=True, slots=True)
class BucketReport:
    """Objects by size, MD5, type and metadata. `different` are keys that are not alike."""

    source: str
    target: str
    written: int
    objects: int
    bytes: int
    different: tuple[str, ...]

    @property
    def alike(self) -> bool:
        return not self.different


@dataclass(frozen=True, slots=True)
class VectorReport:
    """`compared` vectors were fetched again; `different` are ids among them."""

    source: str
    index: str
    written: int
    source_vectors: int
    target_vectors: int
    compared: int
    different: tuple[str, ...]

    @property
    def alike(self) -> bool:
        return not self.different and self.source_vectors == self.target_vectors


@dataclass(frozen=True, slots=True)
class Report:
    tables: tuple[TableReport, ...] = ()
    buckets: tuple[BucketReport, ...] = ()
    vectors: tuple[VectorReport, ...] = ()
    refused: tuple[Refused, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def alike(self) -> bool:
        """Everything is on the other side as it was."""
        verdicts = [one.alike for one in self.tables] + [one.alike for one in self.buckets]
        return not self.refused and all(verdicts) and all(one.alike for one in self.vectors)

    @property
    def written(self) -> int:
        rows = sum(one.inserted + one.updated for one in self.tables)
        objects = sum(one.written for one in self.buckets)
        return rows + objects + sum(one.written for one in self.vectors)

    def to_json(self) -> Mapping[str, Any]:
        def rows(parts: tuple[Any, ...]) -> list[dict[str, Any]]:
            return [{**asdict(part), "alike": part.alike} for part in parts]

        return {
            "alike": self.alike,
            "changes": self.written,
            "tables": rows(self.tables),
            "buckets": rows(self.buckets),
            "vectors": rows(self.vectors),
            "refused": [asdict(one) for one in self.refused],
            "notes": list(self.notes),
        }

    def lines(self) -> list[str]:
        lines = [table_line(one) for one in self.tables]
        lines += [bucket_line(one) for one in self.buckets]
        lines += [vector_line(one) for one in self.vectors]
        lines += [f"note: {note}" for note in self.notes]
        shown = self.refused[:SHOWN_REFUSALS]
        lines += [f"refused: {one.where} {one.key}: {one.reason}" for one in shown]
        if more := len(self.refused) - len(shown):
            lines.append(f"refused: {more} more, all of them in --json")
        changed = f"{self.written:,} changes" if self.written else "nothing changed"
        return [*lines, f"{changed}; {'both sides are alike' if self.alike else 'NOT ALIKE'}"]


def verdict(alike: bool) -> str:
    return "alike" if alike else "DIFFERS"


def table_line(one: TableReport) -> str:
    counts = f"{one.source_rows:,} rows, {one.target_rows:,} in D1"
    return f"{one.table}: {counts}, {one.inserted:,} new, {one.updated:,} changed: " + (
        f"{verdict(one.alike)} ({one.target_hash[:12]})"
    )


def bucket_line(one: BucketReport) -> str:
    what = f"{one.objects:,} objects, {one.bytes:,} bytes, {one.written:,} written"
    return f"{one.source} -> {one.target}: {what}: {verdict(one.alike)}"


def vector_line(one: VectorReport) -> str:
    counts = f"{one.source_vectors:,} vectors, {one.target_vectors:,} in the index"
    what = f"{counts}, {one.written:,} written, {one.compared:,} compared"
    return f"{one.source} -> {one.index}: {what}: {verdict(one.alike)}"
