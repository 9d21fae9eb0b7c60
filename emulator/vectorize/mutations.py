"""What a write asks for, from when it is acknowledged until it is processed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from emulator.vectorize.ledger import Change, Ledger
from emulator.vectorize.models import Item, Kind


@dataclass(frozen=True, slots=True)
class Put:
    """Vectors whose values lie in the engine's file, from slot `first` on."""

    first: int
    items: Sequence[Item]
    keep_first: bool

    def apply(self, ledger: Ledger, number: int, now: float) -> Change:
        rows = list(enumerate(self.items, self.first))
        return ledger.put(rows, number, now, keep_first=self.keep_first)

    def json(self) -> dict[str, object]:
        rows = [
            [item.id, item.namespace, item.metadata and item.metadata.decode()]
            for item in self.items
        ]
        return {"put": rows, "first": self.first, "keep_first": self.keep_first}


@dataclass(frozen=True, slots=True)
class Remove:
    ids: Sequence[str]

    def apply(self, ledger: Ledger, number: int, now: float) -> Change:
        return ledger.remove(self.ids, number, now)

    def json(self) -> dict[str, object]:
        return {"remove": self.ids}


@dataclass(frozen=True, slots=True)
class CreateMetadataIndex:
    path: str
    kind: Kind

    def apply(self, ledger: Ledger, number: int, now: float) -> Change:
        ledger.add_property(self.path, self.kind, number)
        return Change()

    def json(self) -> dict[str, object]:
        return {"create": self.path, "kind": self.kind}


@dataclass(frozen=True, slots=True)
class DeleteMetadataIndex:
    path: str

    def apply(self, ledger: Ledger, number: int, now: float) -> Change:
        ledger.drop_property(self.path)
        return Change()

    def json(self) -> dict[str, object]:
        return {"delete": self.path}


Mutation = Put | Remove | CreateMetadataIndex | DeleteMetadataIndex


def work_of(mutation: Mutation) -> bytes:
    """The mutation as it waits on disk."""
    return orjson.dumps(mutation.json())


def mutation_of(work: bytes) -> Mutation:
    row: dict[str, Any] = orjson.loads(work)
    if "put" in row:
        items = [
            Item(id, namespace, None if metadata is None else metadata.encode())
            for id, namespace, metadata in row["put"]
        ]
        return Put(row["first"], items, row["keep_first"])
    if "remove" in row:
        return Remove(row["remove"])
    if "create" in row:
        return CreateMetadataIndex(row["create"], Kind(row["kind"]))
    return DeleteMetadataIndex(row["delete"])
