"""Seed data in a project's PostgreSQL: the files that `cftwin up --seed` loads into D1.

    d1/<binding>/NN_<table>.jsonl   a row an object; loaded where a table has that name
    vectorize/<binding>.jsonl       a vector a line: of `job:ID` in `job_embeddings`, by `job_id`

What D1 has as 0 and 1 or as JSON text becomes what the column's type is. Loading the same seed
twice does nothing.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import psycopg
from psycopg import Connection, sql

Embed = Callable[[Sequence[str]], Sequence[Sequence[float]]]
Row = dict[str, Any]

BATCH_VECTORS = 100
COLUMNS = """
SELECT column_name, udt_name FROM information_schema.columns
WHERE table_schema = 'public' AND table_name = %s
"""
SEEDS = """
CREATE TABLE IF NOT EXISTS supabase_migrations.seed_files (path text PRIMARY KEY, hash text)
"""


class SeedFailed(Exception):
    """A file of the seed does not fit the schema; the text says which and how."""


def load(seed: Path, dsn: str, embed: Embed) -> int:
    """Load all of it, or nothing; how many rows. Raises `SeedFailed`."""
    with psycopg.connect(dsn) as connection:
        connection.execute("SET search_path TO public, extensions")
        connection.execute(SEEDS)
        new = connection.execute(
            "INSERT INTO supabase_migrations.seed_files VALUES (%s, %s) ON CONFLICT DO NOTHING",
            (seed.name, ""),
        )
        if not new.rowcount:
            return 0
        total = sum(load_table(connection, path) for path in files(seed, "d1"))
        return total + sum(
            load_vectors(connection, path, embed) for path in files(seed, "vectorize")
        )


def files(seed: Path, kind: str) -> list[Path]:
    """Of the first binding that has any: the others are copies for other environments."""
    below = seed / kind
    directories = sorted(path for path in below.glob("*") if path.is_dir()) or [below]
    return sorted(directories[0].glob("*.jsonl"))


def load_table(connection: Connection, path: Path) -> int:
    table = path.stem.partition("_")[2]
    types: dict[str, str] = dict(connection.execute(COLUMNS, (table,)).fetchall())
    if not types:
        return 0
    rows = read(path)
    first = next(rows, None)
    if first is None:
        return 0
    names = list(first)
    if unknown := set(names) - set(types):
        raise SeedFailed(f"{path.name}: {table} has no column {', '.join(sorted(unknown))}")
    copy = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    total = 0
    try:
        with connection.cursor().copy(copy) as target:
            for row in (first, *rows):
                target.write_row([converted(row.get(name), types[name]) for name in names])
                total += 1
    except (psycopg.Error, TypeError, ValueError) as error:
        raise SeedFailed(f"{path.name}, row {total}: {error}") from error
    return total


def load_vectors(connection: Connection, path: Path, embed: Embed) -> int:
    """`{"id": "job:ID", "namespace": owner, "text": …}` each; `values` where there is no text."""
    known: dict[str, str] = dict(connection.execute(COLUMNS, ("job_embeddings",)).fetchall())
    if not known:
        return 0
    total = 0
    lines = (line for line in read(path) if str(line.get("id", "")).startswith("job:"))
    copy = "COPY job_embeddings (job_id, user_id, content, embedding) FROM STDIN"
    with connection.cursor().copy(copy) as target:
        while batch := list(islice(lines, BATCH_VECTORS)):
            vectors = iter(embed([line["text"] for line in batch if "text" in line]))
            for line in batch:
                values = line["values"] if "values" in line else next(vectors)
                vector = orjson.dumps([float(value) for value in values]).decode()
                row = (line["id"].removeprefix("job:"), line["namespace"], line.get("text"), vector)
                target.write_row(row)
                total += 1
    return total


def read(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def converted(value: Any, type: str) -> Any:
    """A value of D1 as the column's type takes it."""
    if value is None:
        return None
    if type == "bool":
        return bool(value)
    if type in ("json", "jsonb") and not isinstance(value, str):
        return json.dumps(value)
    return value
