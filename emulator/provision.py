"""From a project's configuration to resources that exist: idempotent, as `up` runs it.

wrangler's configuration names an index and no more; `twin.toml` says the rest of it. Databases,
namespaces, buckets, indexes and migrations are made through the same stores the API uses;
migrations are recorded in the table and form that `wrangler d1 migrations apply` uses, so
either may carry on where the other stopped.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from emulator.ai_gateway.errors import GatewayNotFound
from emulator.ai_gateway.models import Configuration
from emulator.config import FILE_NAME, GatewayTable, IndexTable
from emulator.core.errors import CloudflareError
from emulator.d1.errors import DatabaseNotFound
from emulator.kv.errors import NamespaceNotFound
from emulator.r2.errors import NoSuchBucket
from emulator.r2.models import DEFAULT_JURISDICTION
from emulator.twin import Account
from emulator.vectorize.errors import IndexNotFound
from emulator.wrangler import ConfigError, D1Database, Environment, KVNamespace, R2Bucket

Report = Callable[[str], None]

# Byte for byte what wrangler sends, so that the schema is the same whoever came first.
CREATE_MIGRATIONS_TABLE = """CREATE TABLE IF NOT EXISTS "{table}"(
\t\tid         INTEGER PRIMARY KEY AUTOINCREMENT,
\t\tname       TEXT UNIQUE,
\t\tapplied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
);"""


@dataclass(frozen=True, slots=True)
class Provisioned:
    """How many of each there are now, and how many migrations were applied this time."""

    databases: int
    namespaces: int
    buckets: int
    indexes: int
    migrations: int


def provision(
    account: Account,
    environment: Environment,
    report: Report,
    tables: Sequence[IndexTable] = (),
) -> Provisioned:
    """Make what the environment names; `tables` describe its indexes. Raises `ConfigError`."""
    applied = 0
    for database in environment.d1:
        ensure_database(account, database)
        applied += migrate(account, database, report)
    for namespace in environment.kv:
        ensure_namespace(account, namespace)
    for bucket in environment.r2:
        ensure_bucket(account, bucket)
    described = {table.name: table for table in tables}
    for index in environment.vectorize:
        ensure_index(account, described.get(index.name, IndexTable(name=index.name)), report)
    return Provisioned(
        databases=len(environment.d1),
        namespaces=len(environment.kv),
        buckets=len(environment.r2),
        indexes=len(environment.vectorize),
        migrations=applied,
    )


def ensure_database(account: Account, database: D1Database) -> None:
    try:
        account.d1.get_database(database.id or database.name)
    except DatabaseNotFound:
        account.d1.create_database(database.name, database_id=database.id)


def ensure_gateway(account: Account, table: GatewayTable) -> None:
    """Raises `ConfigError` for an id that is none."""
    try:
        account.ai_gateway.get(table.id)
    except GatewayNotFound:
        configuration = Configuration(
            cache_ttl=table.cache_ttl,
            collect_logs=table.collect_logs,
            authentication=table.authentication,
        )
        try:
            account.ai_gateway.create(table.id, configuration)
        except CloudflareError as error:
            raise ConfigError(f"{FILE_NAME}: ai_gateways: {error}") from None


def ensure_namespace(account: Account, namespace: KVNamespace) -> None:
    if namespace.id is None:
        if namespace.title not in {known.title for known in account.kv.namespaces()}:
            account.kv.create_namespace(namespace.title)
        return
    try:
        account.kv.get_namespace(namespace.id)
    except NamespaceNotFound:
        account.kv.create_namespace(namespace.title, namespace_id=namespace.id)


def ensure_bucket(account: Account, bucket: R2Bucket) -> None:
    jurisdiction = bucket.jurisdiction or DEFAULT_JURISDICTION
    try:
        account.r2.get_bucket(bucket.name, jurisdiction)
    except NoSuchBucket:
        account.r2.create_bucket(bucket.name, jurisdiction)


def ensure_index(account: Account, table: IndexTable, report: Report) -> None:
    """The index, then its metadata indexes: those cover only what is written after them."""
    dimensions, metric = table.shape
    try:
        try:
            index = account.vectorize.get_index(table.name)
        except IndexNotFound:
            index = account.vectorize.create_index(table.name, dimensions, metric)
        if (index.dimensions, index.metric) != (dimensions, metric):
            report(
                f"{index.name} is an index of {index.dimensions} dimensions, {index.metric}, and"
                f" stays so; {FILE_NAME} asks for {dimensions}, {metric}"
            )
        ensure_metadata_indexes(account, table)
    except CloudflareError as error:
        raise ConfigError(f"index {table.name}: {error}") from None


def ensure_metadata_indexes(account: Account, table: IndexTable) -> None:
    # To open an index takes longer than anything else here.
    if not table.metadata_indexes:
        return
    index = account.vectorize.index(table.name)
    known = {one.path for one in index.metadata_indexes()}
    for path, kind in table.metadata_indexes.items():
        if path not in known:
            index.create_metadata_index(path, kind)


def migrate(account: Account, database: D1Database, report: Report) -> int:
    """Apply the migrations that are not in the table yet, each in one transaction."""
    files = migration_files(database.migrations)
    if not files:
        return 0
    open_database = account.d1.open(database.id or database.name)
    table = database.migrations_table.replace('"', '""')
    open_database.execute(CREATE_MIGRATIONS_TABLE.format(table=table))
    rows = open_database.execute(f'SELECT name FROM "{table}"')[-1].rows
    done = {row[0] for row in rows}
    pending = [path for path in files if path.name not in done]
    for path in pending:
        report(f"{database.name}: {path.name}")
        name = path.name.replace("'", "''")
        text = path.read_text(encoding="utf-8")
        try:
            open_database.execute(f"{text}\nINSERT INTO \"{table}\" (name)\nvalues ('{name}');")
        except CloudflareError as error:
            raise ConfigError(f"{path}: {error}") from None
    return len(pending)


def migration_files(directory: Path) -> list[Path]:
    return sorted(directory.glob("*.sql")) if directory.is_dir() else []
