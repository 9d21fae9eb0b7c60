"""`wrangler.toml`, `wrangler.json`, `wrangler.jsonc` → what a project says it needs.

Pure: reads a file, returns frozen values. Bindings are not inherited by environments, as in
wrangler. Keys that are not understood are reported with file and key, never ignored silently.
"""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE_NAMES = ("wrangler.json", "wrangler.jsonc", "wrangler.toml")
ALL_ENVIRONMENTS = "*"

# Understood by products of the twin, or by wrangler alone and of no consequence here.
KNOWN_KEYS = frozenset(
    "$schema account_id ai assets build compatibility_date compatibility_flags"
    " d1_databases define dev env find_additional_modules keep_vars kv_namespaces limits logpush"
    " main minify name no_bundle node_compat observability pages_build_output_dir placement"
    " preview_urls r2_buckets route routes rules send_metrics services tail_consumers triggers"
    " tsconfig upload_source_maps vars vectorize version_metadata workers_dev".split()
)


class ConfigError(Exception):
    """The file cannot be used; the text says where and why."""


@dataclass(frozen=True, slots=True)
class D1Database:
    binding: str
    name: str
    id: str | None
    migrations: Path
    migrations_table: str


@dataclass(frozen=True, slots=True)
class KVNamespace:
    binding: str
    id: str | None
    title: str


@dataclass(frozen=True, slots=True)
class R2Bucket:
    binding: str
    name: str
    jurisdiction: str | None


@dataclass(frozen=True, slots=True)
class VectorizeIndex:
    binding: str
    name: str


@dataclass(frozen=True, slots=True)
class Environment:
    """One environment's resources; `name` is None for the top level. `is_deployable`: there is
    code or a directory of files to deploy.
    """

    name: str | None
    worker: str
    is_deployable: bool
    d1: tuple[D1Database, ...]
    kv: tuple[KVNamespace, ...]
    r2: tuple[R2Bucket, ...]
    vectorize: tuple[VectorizeIndex, ...]

    def __bool__(self) -> bool:
        return any((self.d1, self.kv, self.r2, self.vectorize))


@dataclass(frozen=True, slots=True)
class Project:
    """What one configuration file asks for, in the environments that were chosen."""

    path: Path
    name: str
    account_id: str | None
    environments: tuple[Environment, ...]
    warnings: tuple[str, ...]


def find(directory: Path) -> Path | None:
    """The configuration wrangler would use in this directory."""
    return next((path for name in FILE_NAMES if (path := directory / name).is_file()), None)


def read(path: Path, environment: str | None = None) -> Project:
    """The project in `path`, for one environment, the top level (None) or all (`*`)."""
    top = load(path)
    name = str(top.get("name", path.parent.name))
    reader = Reader(path, name, top)
    named: Mapping[str, Any] = top.get("env", {})
    if environment not in (None, ALL_ENVIRONMENTS, *named):
        known = ", ".join(named) or "none"
        raise ConfigError(f"{path}: no environment {environment!r} (there are: {known})")
    chosen: list[Environment] = []
    if environment in (None, ALL_ENVIRONMENTS):
        chosen.append(reader.environment(None, top, ()))
    for key, table in named.items():
        if environment in (key, ALL_ENVIRONMENTS):
            chosen.append(reader.environment(key, table, ("env", key)))
    return Project(path, name, top.get("account_id"), tuple(chosen), tuple(reader.warnings))


def load(path: Path) -> dict[str, Any]:
    """The file as plain values. Raises `ConfigError` with file and position."""
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".toml":
            return tomllib.loads(text)
        return load_json(text)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from None


def load_json(text: str) -> dict[str, Any]:
    """JSON with comments and trailing commas. Plain JSON does not pay for the parser."""
    try:
        value = json.loads(text)
    except ValueError:
        import json5

        value = json5.loads(text)
    if not isinstance(value, dict):
        raise ValueError("the top level must be an object")
    return value


class Reader:
    """Turns tables into dataclasses and collects what it did not understand."""

    def __init__(self, path: Path, name: str, top: Mapping[str, Any]) -> None:
        self._path = path
        self._name = name
        self._top = top
        self.warnings: list[str] = []

    def environment(
        self, key: str | None, table: Mapping[str, Any], where: Sequence[str]
    ) -> Environment:
        worker = str(table.get("name", self._name if key is None else f"{self._name}-{key}"))
        for unknown in sorted(set(table) - KNOWN_KEYS):
            self.warnings.append(f"{self._path}: {'.'.join((*where, unknown))} is not understood")
        return Environment(
            key,
            worker,
            # Both are inherited from the top level.
            any(name in table or name in self._top for name in ("main", "assets")),
            tuple(self._d1(row, worker) for row in self._rows(table, "d1_databases", where)),
            tuple(self._kv(row, worker) for row in self._rows(table, "kv_namespaces", where)),
            tuple(self._r2(row, worker) for row in self._rows(table, "r2_buckets", where)),
            tuple(self._vectorize(row) for row in self._rows(table, "vectorize", where)),
        )

    def _rows(
        self, table: Mapping[str, Any], key: str, where: Sequence[str]
    ) -> list[Mapping[str, Any]]:
        rows = table.get(key, [])
        place = ".".join((*where, key))
        if not isinstance(rows, list):
            raise ConfigError(f"{self._path}: {place} must be a list of tables")
        for row in rows:
            if not isinstance(row, dict) or not isinstance(row.get("binding"), str):
                raise ConfigError(f"{self._path}: every entry of {place} needs a binding")
        return rows

    def _d1(self, row: Mapping[str, Any], worker: str) -> D1Database:
        return D1Database(
            row["binding"],
            row.get("database_name") or default_name(worker, row["binding"]),
            row.get("database_id"),
            self._path.parent / row.get("migrations_dir", "migrations"),
            row.get("migrations_table", "d1_migrations"),
        )

    def _kv(self, row: Mapping[str, Any], worker: str) -> KVNamespace:
        return KVNamespace(row["binding"], row.get("id"), f"{worker}-{row['binding']}")

    def _r2(self, row: Mapping[str, Any], worker: str) -> R2Bucket:
        name = row.get("bucket_name") or default_name(worker, row["binding"])
        return R2Bucket(row["binding"], name, row.get("jurisdiction"))

    def _vectorize(self, row: Mapping[str, Any]) -> VectorizeIndex:
        if "index_name" not in row:
            raise ConfigError(f"{self._path}: vectorize {row['binding']} needs an index_name")
        return VectorizeIndex(row["binding"], row["index_name"])


def default_name(worker: str, binding: str) -> str:
    """How wrangler names a resource whose binding has no name (`wrangler-wire` §7.5)."""
    return f"{worker}-{binding}".lower().replace("_", "-")
