"""Seed data: a directory of the field's own formats, loaded into one environment.

    d1/<binding>/NN_<table>.jsonl   a row an object, in the order of the file names
    d1/<binding>/NN_<name>.sql      statements, as `wrangler d1 execute --file` takes them
    kv/<BINDING>.json               pairs, as `wrangler kv bulk put` takes them
    r2/<BINDING>.jsonl              an object a line: `key`, `file` (below r2/), and as a Worker
                                    names them `httpMetadata` and `customMetadata`

A named seed is the directory `seeds/NAME` beside the configuration, or what the project's
`seeds/generate.py NAME OUTDIR` writes.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from emulator.core.errors import CloudflareError
from emulator.d1.database import D1Database
from emulator.kv.models import Pair
from emulator.kv.store import KVStore
from emulator.r2.bucket import BucketStore
from emulator.r2.content import Content
from emulator.r2.models import DEFAULT_JURISDICTION, Attributes, HttpMetadata
from emulator.r2.store import R2Store
from emulator.twin import Account
from emulator.wrangler import ConfigError, Environment

# Told after each batch: the file and how many of its rows are in.
Progress = Callable[[Path, int], None]

T = TypeVar("T")

BATCH_ROWS = 2_000
# Content of a small object is held in memory until its batch is written.
BATCH_OBJECTS = 500
READ_BYTES = 1 << 20
HTTP_NAMES = MappingProxyType(
    {
        "contentType": "content_type",
        "contentLanguage": "content_language",
        "contentDisposition": "content_disposition",
        "contentEncoding": "content_encoding",
        "cacheControl": "cache_control",
    }
)


@dataclass(frozen=True, slots=True)
class SeedObject:
    key: str
    file: str
    attributes: Attributes

    @classmethod
    def from_json(cls, line: dict[str, Any]) -> "SeedObject":
        """Raises `KeyError` by the name that is missing or not understood."""
        http = {HTTP_NAMES[name]: value for name, value in line.get("httpMetadata", {}).items()}
        attributes = Attributes(HttpMetadata(**http), line.get("customMetadata", {}))
        return cls(line["key"], line["file"], attributes)


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
    """Load everything the seed has for the environment; the number of rows, pairs and objects."""
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
    for known in environment.r2:
        path = seed / "r2" / f"{known.binding}.jsonl"
        if path.is_file():
            bucket = account.r2.bucket(known.name, known.jurisdiction or DEFAULT_JURISDICTION)
            total += load_objects(account.r2, bucket, path, progress)
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
        for batch in batches(rows, BATCH_ROWS):
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


def load_objects(r2: R2Store, bucket: BucketStore, path: Path, progress: Progress) -> int:
    """One bucket's objects, a batch a transaction: any number and size in constant memory."""
    total = 0
    try:
        with path.open(encoding="utf-8") as lines:
            found = (SeedObject.from_json(json.loads(line)) for line in lines)
            for batch in batches(found, BATCH_OBJECTS):
                put_objects(r2, bucket, path.parent, batch)
                total += len(batch)
                progress(path, total)
    except KeyError as error:
        raise ConfigError(f"{path}: {error} is missing or not understood") from None
    except (CloudflareError, OSError, ValueError) as error:
        raise ConfigError(f"{path}: {error}") from None
    return total


def put_objects(
    r2: R2Store, bucket: BucketStore, directory: Path, batch: Sequence[SeedObject]
) -> None:
    """All of them or none: contents first, then the keys that they are found by."""
    contents: list[Content] = []

    def work() -> None:
        for entry, content in zip(batch, contents, strict=True):
            bucket.put(entry.key, content, entry.attributes)

    try:
        for entry in batch:
            contents.append(content_of(r2, directory / entry.file))
        r2.commit_now(work)
    except BaseException:
        for content in contents:
            r2.drop(content)
        raise


def content_of(r2: R2Store, path: Path) -> Content:
    incoming = r2.incoming()
    try:
        with path.open("rb") as file:
            while data := file.read(READ_BYTES):
                incoming.write(data)
        return incoming.finish()
    except BaseException:
        incoming.discard()
        raise


def batches(rows: Iterator[T], size: int) -> Iterator[list[T]]:
    while batch := list(islice(rows, size)):
        yield batch
