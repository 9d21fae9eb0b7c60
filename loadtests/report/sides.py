"""Which sides there are, and which do the same operations."""

from collections.abc import Iterable
from dataclasses import dataclass

# What each side is called where people read.
SIDES = {
    "d1": "D1 over REST",
    "worker": "D1 through the Worker",
    "supabase": "Supabase",
    "kv": "KV",
    "postgres": "Postgres",
    "r2": "R2",
    "storage": "Supabase Storage",
    "vectorize": "Vectorize",
    "pgvector": "pgvector",
    "gateway": "AI Gateway with cache",
    "ai": "Workers AI without cache",
    "jobmatch": "JobMatch",
}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sides that do the same operations; the ratio is `left` by `right`."""

    left: str
    right: str


PAIRS = (
    Pair("d1", "supabase"),
    Pair("worker", "supabase"),
    Pair("kv", "postgres"),
    Pair("r2", "storage"),
    Pair("vectorize", "pgvector"),
    Pair("gateway", "ai"),
)


# As they are read best; others come after them.
OPERATIONS = (
    *("point_read", "list_page", "fts_search", "filter_count", "hybrid_search"),
    *("insert", "update", "upsert", "delete", "batch"),
    *("rate_limit", "session_read", "session_write", "state_new", "state_take"),
    *("get", "head", "list", "put"),
)
# What the sides of a pair keep, by its right side.
KINDS = {
    "supabase": "tables",
    "postgres": "keys",
    "storage": "objects",
    "pgvector": "vectors",
    "ai": "models",
}


def in_order(operations: Iterable[str]) -> list[str]:
    found = list(dict.fromkeys(operations))
    known = [one for one in OPERATIONS if one in found]
    return known + [one for one in found if one not in known]


def kind_of(side: str) -> str:
    """Operations of one name are the same one where their sides are of one kind."""
    for pair in PAIRS:
        if side in (pair.left, pair.right):
            return KINDS[pair.right]
    return SIDES.get(side, side)
