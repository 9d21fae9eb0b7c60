"""The schemas that labelled statements are about, and whose their tables are."""

import sqlite3
from functools import cache
from pathlib import Path

from emulator.guard.owners import Owners
from emulator.guard.schema import Schema

HERE = Path(__file__).parent / "labelled"
MIGRATIONS = Path(__file__).parents[2] / "fixtures" / "jobmatch" / "migrations"

# What `[guard]` of each application's twin.toml would say.
DECLARED: dict[str, dict[str, object]] = {"jobmatch": {"shared": ["canonical_job_metadata"]}}


@cache
def scripts() -> dict[str, str]:
    parts = (HERE / "schemas.sql").read_text().split("-- schema: ")[1:]
    named = {name.strip(): script for name, _, script in (part.partition("\n") for part in parts)}
    files = sorted(MIGRATIONS.glob("*.sql"))
    return {**named, "jobmatch": "\n".join(path.read_text() for path in files)}


def schema_of(script: str) -> Schema:
    """As the database itself tells it."""
    database = sqlite3.connect(":memory:")
    database.row_factory = sqlite3.Row
    try:
        database.executescript(script)
        return Schema.read(lambda sql: [dict(row) for row in database.execute(sql)])
    finally:
        database.close()


@cache
def named(name: str) -> tuple[Schema, Owners]:
    schema = schema_of(scripts()[name])
    return schema, Owners.of(schema, DECLARED.get(name, {}))
