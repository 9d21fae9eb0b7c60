"""What is asked of which side: operations with how often, and what a side needs to be there."""

from collections.abc import Mapping, Sequence

from loadtests.lab.settings import SETTINGS, Settings

TABLES: Mapping[str, int] = {
    "point_read": 6,
    "list_page": 4,
    "fts_search": 3,
    "filter_count": 2,
    "insert": 2,
    "update": 2,
    "upsert": 1,
    "delete": 3,
    "batch": 1,
    "hybrid_search": 2,
}
KEYS = {"rate_limit": 4, "session_read": 4, "session_write": 1, "state_new": 1, "state_take": 1}
OBJECTS = {"get": 4, "put": 2, "head": 2, "list": 1, "delete": 2}
VECTORS = {"nearest": 4, "get_vector": 2, "upsert_vector": 1}
MODELS = {"embedding": 4, "generation": 1}
OPERATIONS: Mapping[str, Mapping[str, int]] = {
    "d1": TABLES,
    "worker": TABLES,
    "supabase": TABLES,
    "kv": KEYS,
    "postgres": KEYS,
    "r2": OBJECTS,
    "storage": OBJECTS,
    "vectorize": VECTORS,
    "pgvector": VECTORS,
    "gateway": MODELS,
    "ai": MODELS,
    "jobmatch": {
        "list_jobs": 4,
        "read_job": 3,
        "read_profile": 1,
        "search": 3,
        "track": 2,
        "generate": 1,
    },
}
# Sides that are held beside each other take turns.
FAMILIES: Sequence[tuple[str, ...]] = (
    ("d1", "supabase", "worker"),
    ("kv", "postgres"),
    ("r2", "storage"),
    ("vectorize", "pgvector"),
    ("gateway", "ai"),
    ("jobmatch",),
)
CLOUDFLARE = ("api", "account_id", "api_token")
SUPABASE = ("supabase", "anon_key", "service_key")
NEEDS: Mapping[str, tuple[str, ...]] = {
    "d1": (*CLOUDFLARE, "database", "index"),
    "worker": ("worker", "worker_secret", *CLOUDFLARE, "database", "index"),
    "supabase": SUPABASE,
    "kv": (*CLOUDFLARE, "namespace"),
    "postgres": SUPABASE,
    "r2": ("s3", "s3_key", "s3_secret", "bucket"),
    "storage": SUPABASE,
    "vectorize": (*CLOUDFLARE, "index"),
    "pgvector": SUPABASE,
    "gateway": (*CLOUDFLARE, "gateway"),
    "ai": CLOUDFLARE,
    "jobmatch": ("jobmatch", *SUPABASE),
}


def lacking(settings: Settings, side: str) -> list[str]:
    """The variables that a side needs and that are not set."""
    return [SETTINGS[name].variable for name in NEEDS[side] if not getattr(settings, name)]


def available(settings: Settings, wanted: Sequence[str] = ()) -> tuple[str, ...]:
    """In the order of the families."""
    every = [side for family in FAMILIES for side in family]
    return tuple(
        side for side in every if (side in wanted or not wanted) and not lacking(settings, side)
    )
