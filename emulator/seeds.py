"""Seed data: a directory of the field's own formats, loaded into one environment.

    d1/<binding>/NN_<table>.jsonl   a row an object, in the order of the file names
    d1/<binding>/NN_<name>.sql      statements, as `wrangler d1 execute --file` takes them
    kv/<BINDING>.json               pairs, as `wrangler kv bulk put` takes them
    r2/<BINDING>.jsonl              an object a line: `key`, `file` (below r2/), and as a Worker
                                    names them `httpMetadata` and `customMetadata`
    vectorize/<BINDING>.jsonl       a vector a line: `id`, `metadata`, `namespace`, and `values`
                                    or the `text` that the model of the index makes them from

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

from emulator.ai.inference import Inference
from emulator.core.errors import CloudflareError
from emulator.d1.database import D1Database
from emulator.kv.models import Pair
from emulator.kv.store import KVStore
from emulator.r2.bucket import BucketStore
from emulator.r2.content import Content
from emulator.r2.models import DEFAULT_JURISDICTION, Attributes, HttpMetadata
from emulator.r2.store import R2Store
from emulator.seed_vectors import BATCH_VECTORS, SeedVector, upsert
from emulator.twin import Account
from emulator.vectorize.store import VectorizeStore
from emulator.wrangler import ConfigError, Environment

# Told after each batch: the file, how many of its rows are in, how many it has.
Progress = Callable[[Path, int, int], None]

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
class Loaded:
    """How many rows, pairs, objects and vectors, and who embedded the vectors' texts if any."""

    total: int
    embedder: str | None


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


def load(
    seed: Path,
    account: Account,
    inference: Inference,
    environment: Environment,
    progress: Progress,
) -> Loaded:
    """Load everything the seed has for the environment. Raises `ConfigError`."""
    total = load_tables(seed, account, environment, progress)
    total += load_contents(seed, account, environment, progress)
    embedder = None
    for known in environment.vectorize:
        path = seed / "vectorize" / f"{known.binding}.jsonl"
        if path.is_file():
            loaded = load_vectors(account.vectorize, known.name, inference, path, progress)
            total += loaded.total
            embedder = loaded.embedder or embedder
    return Loaded(total, embedder)


def load_tables(seed: Path, account: Account, environment: Environment, progress: Progress) -> int:
    total = 0
    for database in environment.d1:
        opened = account.d1.open(database.id or database.name)
        for path in sorted((seed / "d1" / database.binding).glob("*.*")):
            total += load_file(opened, path, progress)
    return total


def load_contents(
    seed: Path, account: Account, environment: Environment, progress: Progress
) -> int:
    """Pairs and objects."""
    total = 0
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
            progress(path, 1, 1)
            return 1
        return load_rows(database, path, progress)
    except CloudflareError as error:
        hint = "a seed is loaded into empty tables; remove the state directory to start over"
        raise ConfigError(f"{path}: {error} ({hint})") from None


def load_rows(database: D1Database, path: Path, progress: Progress) -> int:
    """One table's rows, a batch a transaction: any size in constant memory."""
    table = path.stem.partition("_")[2]
    total, lines_in_all = 0, count_lines(path)
    with path.open(encoding="utf-8") as lines:
        rows = (json.loads(line) for line in lines)
        for batch in batches(rows, BATCH_ROWS):
            database.insert_rows(table, batch)
            total += len(batch)
            progress(path, total, lines_in_all)
    return total


def load_pairs(kv: KVStore, namespace_id: str, path: Path, progress: Progress) -> int:
    try:
        pairs = [Pair.from_json(row) for row in json.loads(path.read_text(encoding="utf-8"))]
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from None
    for start in range(0, len(pairs), BATCH_ROWS):
        batch = pairs[start : start + BATCH_ROWS]
        kv.put_many(namespace_id, batch)
        progress(path, start + len(batch), len(pairs))
    return len(pairs)


def load_objects(r2: R2Store, bucket: BucketStore, path: Path, progress: Progress) -> int:
    """One bucket's objects, a batch a transaction: any number and size in constant memory."""
    total, lines_in_all = 0, count_lines(path)
    try:
        with path.open(encoding="utf-8") as lines:
            found = (SeedObject.from_json(json.loads(line)) for line in lines)
            for batch in batches(found, BATCH_OBJECTS):
                put_objects(r2, bucket, path.parent, batch)
                total += len(batch)
                progress(path, total, lines_in_all)
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
            contents.append(content_of(r2, within(directory, entry.file)))
        r2.commit_now(work)
    except BaseException:
        for content in contents:
            r2.drop(content)
        raise


def within(directory: Path, name: str) -> Path:
    """A file of the seed. Raises `ValueError` for one beside it: seeds come from elsewhere."""
    path = (directory / name).resolve()
    if not path.is_relative_to(directory.resolve()):
        raise ValueError(f"file {name!r} is not below {directory}")
    return path


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


def load_vectors(
    vectorize: VectorizeStore, name: str, inference: Inference, path: Path, progress: Progress
) -> Loaded:
    """One index's vectors, a batch a mutation: any number in constant memory."""
    total, lines_in_all, embedder = 0, count_lines(path), None
    try:
        index = vectorize.index(name)
        with path.open(encoding="utf-8") as lines:
            found = (SeedVector.from_json(json.loads(line)) for line in lines)
            for batch in batches(found, BATCH_VECTORS):
                embedder = upsert(index, inference.embedders, batch) or embedder
                total += len(batch)
                progress(path, total, lines_in_all)
    except (CloudflareError, OSError, TypeError, ValueError) as error:
        raise ConfigError(f"{path}: {error}") from None
    return Loaded(total, embedder)


def count_lines(path: Path) -> int:
    """Of a file whose last line may lack its end."""
    count, last = 0, b"\n"
    with path.open("rb") as file:
        while data := file.read(READ_BYTES):
            count, last = count + data.count(b"\n"), data[-1:]
    return count + (last != b"\n")


def batches(rows: Iterator[T], size: int) -> Iterator[list[T]]:
    while batch := list(islice(rows, size)):
        yield batch
