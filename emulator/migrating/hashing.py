"""A table as one number: the sum of its rows' hashes, whatever order they come in."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

from emulator.migrating.values import Value

BYTES = 16
MODULUS = 1 << (8 * BYTES)


@dataclass(frozen=True, slots=True)
class Digest:
    """How many rows, and their hash. A row that is there twice counts twice."""

    rows: int = 0
    total: int = 0

    def with_rows(self, rows: Iterable[tuple[Value, ...]]) -> "Digest":
        count, total = self.rows, self.total
        for row in rows:
            count += 1
            total += row_hash(row)
        return Digest(count, total % MODULUS)

    @property
    def hash(self) -> str:
        return f"{self.total:0{2 * BYTES}x}"


def row_hash(row: tuple[Value, ...]) -> int:
    return int.from_bytes(blake2b(canonical(row), digest_size=BYTES).digest())


def canonical(row: tuple[Value, ...]) -> bytes:
    """Each value with its type and its length, so that no two rows are written alike."""
    parts: list[bytes] = []
    for value in row:
        if value is None:
            parts.append(b"n")
        elif isinstance(value, int):
            parts.append(b"i%d;" % value)
        elif isinstance(value, float):
            parts.append(b"r" + struct.pack(">d", value))
        elif isinstance(value, str):
            data = value.encode()
            parts.append(b"t%d;" % len(data) + data)
        else:
            parts.append(b"b%d;" % len(value) + value)
    return b"".join(parts)
