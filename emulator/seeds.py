"""Seed data: a directory of the field's own formats, loaded into one environment.

    d1/<binding>/NN_<table>.jsonl   a row an object, in the order of the file names
    d1/<binding>/NN_<name>.sql      statements, as `wrangler d1 execute --file` takes them
    kv/<BINDING>.json               pairs, as `wrangler kv bulk put` takes them

A named seed is the directory `seeds/NAME` beside the configuration, or what the project's
`seeds/generate.py NAME OUTDIR` writes.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from emulator.core.errors import CloudflareError
from emulator.d1.database import D1Database
from emulator.kv.models import Pair
from emulator.kv.store import KVStore
from emulator.twin import Account
from emulator.wrangler import ConfigError, Environment

# Told after each batch: the file and how many of its rows are in.
Progress = Callable[[Path, int], None]

BATCH_ROWS = 2_000


def locate(name: str, project_directory: Path, cache: Path) -> Path:
    """The seed's directory: a path, `seeds/NAME`, or freshly generated below `cache`."""
    for candidate in (Path(name), project_directory / "seeds" / name):
        if candidate.is_dir():
            return candidate
    generator = project_directory / "seeds" / "generate.py"
    if not generator.is_file():
        raise ConfigError(f"no seed {name!r}: neither a directory nor in {generator.parent}")
    target = cache / name
    target.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [sys.executable, str(generator), name, str(target)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        last_line = done.stderr.strip().rpartition("\n")[2]
        raise ConfigError(f"{generator} {name}: {last_line}")
    return target


def load(seed: Path, account: Account, environment: Environment, progress: Progress) -> int:
    """Load everything the seed has for the environment; the number of rows and pairs."""
    total = 0
    for database in environment.d1:
        opened = account.d1.open(database.id or database.name)
        for path in sorted((seed / "d1" / database.binding).glob("*.*")):
            total += load_file(opened, path, progress)
    for namespace in environment.kv:
        path = seed / "kv" / f"{namespace.binding}.json"
        if path.is_file():
            title = namespace.title
            namespace_id = namespace.id or account.kv.namespace_titled(title).id
            total += load_pairs(account.kv, namespace_id, path, progress)
    return total


def load_file(database: D1Database, path: Path, progress: Progress) -> int:
    try:
        if path.suffix == ".sql":
            database.execute(path.read_text(encoding="utf-8"))
            progress(path, 1)
            return 1
        return load_rows(database, path, progress)
    except CloudflareError as error:
        hint = "a seed is loaded into empty tables; remove the state directory to start over"
        raise ConfigError(f"{path}: {error} ({hint})") from None


def load_rows(database: D1Database, path: Path, progress: Progress) -> int:
    """One table's rows, a batch a transaction: any size in constant memory."""
    table = path.stem.partition("_")[2]
    total = 0
    with path.open(encoding="utf-8") as lines:
        rows = (json.loads(line) for line in lines)
        for batch in batches(rows):
            database.insert_rows(table, batch)
            total += len(batch)
            progress(path, total)
    return total


def load_pairs(kv: KVStore, namespace_id: str, path: Path, progress: Progress) -> int:
    try:
        pairs = [Pair.from_json(row) for row in json.loads(path.read_text(encoding="utf-8"))]
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from None
    for start in range(0, len(pairs), BATCH_ROWS):
        batch = pairs[start : start + BATCH_ROWS]
        kv.put_many(namespace_id, batch)
        progress(path, start + len(batch))
    return len(pairs)


def batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while batch := list(islice(rows, BATCH_ROWS)):
        yield batch
