"""A Python Worker as wrangler would upload it: what `main` names, read from a project's files.

Python needs no bundler, so `up` deploys such a Worker itself, on machines without Node, too.
What only wrangler understands (assets, routes, Durable Objects …) is left to wrangler.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from emulator.wrangler import ConfigError, Environment, Project, load

# Keys that are not inherited by environments, each a list of bindings or a table of them.
OWN = frozenset("ai d1_databases kv_namespaces r2_buckets services vars vectorize".split())
# Beside what every project has: keys whose meaning is here, or that do nothing on the twin.
UNDERSTOOD = OWN | frozenset(
    "$schema account_id compatibility_date compatibility_flags dev env find_additional_modules"
    " keep_vars limits logpush main name observability placement preview_urls rules send_metrics"
    " triggers version_metadata workers_dev".split()
)
PYTHON = "text/x-python"
CONTENT_TYPES = {
    "Data": "application/octet-stream",
    "PythonModule": PYTHON,
    "PythonRequirement": "text/x-python-requirement",
    "Text": "text/plain",
}
# wrangler's own, after those of the project.
RULES: tuple[tuple[str, Sequence[str]], ...] = (
    ("PythonModule", ("**/*.py",)),
    ("Text", ("**/*.txt", "**/*.html", "**/*.sql")),
    ("Data", ("**/*.bin",)),
)
# Directories of tools, which hold no module of the Worker.
SKIPPED = frozenset({"__pycache__", "node_modules", ".venv", ".venv-workers", "python_modules"})

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PythonScript:
    """An upload: the metadata's members, and each file as (name, content type, bytes)."""

    name: str
    metadata: Json
    files: tuple[tuple[str, str, bytes], ...]
    crons: tuple[str, ...]
    on_subdomain: bool


def read(project: Project, environment: Environment) -> PythonScript | None:
    """The environment's Worker; None where it is not Python, or has what only wrangler knows.

    Ids of databases and namespaces are those of `environment`. Raises `ConfigError`.
    """
    top = load(project.path)
    own = top if environment.name is None else top["env"][environment.name]
    inherited = {key: value for key, value in top.items() if key not in OWN}
    table = inherited | own
    main = table.get("main")
    if not isinstance(main, str) or not main.endswith(".py") or table.keys() - UNDERSTOOD:
        return None
    entry = project.path.parent / main
    if not entry.is_file():
        raise ConfigError(f"{project.path}: main: there is no {main}")
    try:
        return script_of(table, environment, entry)
    except (AttributeError, KeyError, TypeError) as error:
        # A member that is of another type than wrangler's, or is not there.
        raise ConfigError(f"{project.path}: {environment.worker}: {error}") from None


def script_of(table: Json, environment: Environment, entry: Path) -> PythonScript:
    metadata = {
        "main_module": entry.name,
        # TOML has dates of its own.
        "compatibility_date": str(table.get("compatibility_date", "")) or None,
        "compatibility_flags": list(table.get("compatibility_flags", [])),
        "bindings": list(bindings(table, environment)),
    }
    crons = tuple(table.get("triggers", {}).get("crons", []))
    files = tuple(modules(entry.parent, table.get("rules", [])))
    return PythonScript(
        environment.worker, metadata, files, crons, bool(table.get("workers_dev", True))
    )


def bindings(table: Json, environment: Environment) -> Iterator[Json]:
    """As wrangler names them in the metadata of an upload (`wrangler-wire` §7)."""
    for name, value in table.get("vars", {}).items():
        if isinstance(value, str):
            yield {"type": "plain_text", "name": name, "text": value}
        else:
            yield {"type": "json", "name": name, "json": value}
    for database in environment.d1:
        yield {"type": "d1", "name": database.binding, "id": database.id}
    for namespace in environment.kv:
        yield {"type": "kv_namespace", "name": namespace.binding, "namespace_id": namespace.id}
    for bucket in environment.r2:
        found = {"type": "r2_bucket", "name": bucket.binding, "bucket_name": bucket.name}
        yield found | ({"jurisdiction": bucket.jurisdiction} if bucket.jurisdiction else {})
    for index in environment.vectorize:
        yield {"type": "vectorize", "name": index.binding, "index_name": index.name}
    for service in table.get("services", []):
        found = {"type": "service", "name": service["binding"], "service": service["service"]}
        yield found | {key: service[key] for key in ("entrypoint", "props") if key in service}
    for key in ("ai", "version_metadata"):
        if key in table:
            yield {"type": key, "name": table[key]["binding"]}


def modules(directory: Path, rules: Sequence[Json]) -> Iterator[tuple[str, str, bytes]]:
    """Every file below the entry's directory that a rule takes for a module."""
    known = (*((rule.get("type", ""), rule.get("globs", ())) for rule in rules), *RULES)
    for path in sorted(directory.rglob("*")):
        relative = path.relative_to(directory)
        if not path.is_file() or SKIPPED & set(relative.parts):
            continue
        name = relative.as_posix()
        kind = next((kind for kind, globs in known if matches(name, globs)), None)
        if kind is not None and kind in CONTENT_TYPES:
            yield name, CONTENT_TYPES[kind], path.read_bytes()


def matches(name: str, globs: Sequence[str]) -> bool:
    """`**/` is any directory, and none."""
    return any(fnmatch(f"/{name}", f"*/{pattern.removeprefix('**/')}") for pattern in globs)
