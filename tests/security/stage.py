"""A twin with all its listeners and two tenants, one with something of everything.

`furnished` puts it there; `imprint` is all that an account holds, so that what a refused
request has changed is seen wherever it is.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from emulator import Account, Settings, Twin
from emulator.ai_gateway.models import Configuration
from emulator.listeners import Listeners, listen
from emulator.pages.drafts import Upload, draft
from emulator.pages.functions import ES_MODULE, Code
from emulator.server import Listener
from emulator.testing import looping
from emulator.vectorize.models import Metric, VectorInput
from tests.ai_gateway.test_logs import LOG
from tests.security.raw import Address
from tests.security.test_tenants import ROUTES

# What a token may have that only reads.
READER = frozenset(
    f"{route.permission.partition(':')[0]}:read" for route in ROUTES if route.permission
)


def furnished(twin: Twin, account: Account) -> dict[str, str]:
    """One of everything, by the names that routes have for it."""
    database = account.d1.create_database("shop")
    account.d1.open(database.id).execute("CREATE TABLE t (x); INSERT INTO t VALUES (1)")
    namespace = account.kv.create_namespace("shop")
    account.kv.put(namespace.id, "k", b"v", ttl_seconds=60, metadata="{}")
    account.r2.create_bucket("shop")
    account.r2.bucket("shop").write("k", b"v")
    gateway = account.ai_gateway.create("shop", Configuration())
    account.ai_gateway.logs.add(gateway, LOG)
    account.vectorize.create_index("shop", 2, Metric.COSINE)
    account.vectorize.index("shop").upsert_now([VectorInput("k", [1, 0])])
    pages = account.pages
    project = pages.create_project("shop", "main", {}, {})
    uploaded = Upload({}, code=Code("_worker.js", (("_worker.js", ES_MODULE, b""),), {}))
    deployment = pages.add_deployment(draft(pages, project, uploaded, twin.clock, twin.ids))
    pages.add_domain("shop", "shop.example.com")
    account.workers.create_script("shop")
    # Its secret is made with the first session.
    account.workers.assets.begin("shop", {})
    zone = account.workers.triggers.zone_named("example.com")
    return {
        "zone_id": zone.id,
        "project_name": "shop",
        "deployment_id": deployment.id,
        "domain_name": "shop.example.com",
        "script_name": "shop",
        "model": "@cf/meta/llama-3.1-8b-instruct",
        "index_name": "shop",
        "gateway_id": gateway.id,
        "log_id": LOG.id,
        "database_id": database.id,
        "namespace_id": namespace.id,
        "key_name": "k",
        "bucket_name": "shop",
        "object_key": "k",
    }


@dataclass(frozen=True, slots=True)
class Stage:
    """`owner` has everything, `stranger` an account beside it, `reader` may only read."""

    twin: Twin
    listeners: Listeners
    account_id: str
    stranger_id: str
    things: dict[str, str]
    owner: str
    stranger: str
    reader: str
    powerless: str

    @property
    def api(self) -> Address:
        return address_of(self.listeners.api)

    @property
    def edge(self) -> Address:
        return address_of(self.listeners.edge)

    @property
    def s3(self) -> Address:
        return address_of(self.listeners.s3)

    @property
    def runtime(self) -> Address:
        """Where the Workers runtime reaches bindings: a Unix socket."""
        return self.listeners.bindings.url.removeprefix("unix:")

    def imprint(self, account_id: str | None = None) -> dict[str, str]:
        """All that the account holds, each file by what is in it."""
        root = self.twin.account_path(account_id or self.account_id)
        files = sorted(path for path in root.rglob("*") if path.is_file() and is_data(path))
        found = {str(path.relative_to(root)): held(path) for path in files}
        return {name: digest for name, digest in found.items() if digest}


def address_of(listener: Listener) -> Address:
    parts = urlsplit(listener.url)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


def is_data(path: Path) -> bool:
    return not path.name.endswith(("-wal", "-shm", "-journal"))


def held(path: Path) -> str:
    """The digest of a file; of a database, of its rows, wherever they are written. Empty where it
    has none: to answer that there is nothing a file may be made.
    """
    digest, rows = sha256(), 0
    if path.read_bytes()[:15] != b"SQLite format 3":
        digest.update(path.read_bytes())
        return digest.hexdigest()
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        for line in connection.iterdump():
            digest.update(line.encode("utf-8", "surrogateescape"))
            rows += line.startswith("INSERT")
    return digest.hexdigest() if rows else ""


@contextmanager
def staged(state: Path, **settings: object) -> Iterator[Stage]:
    free = {"api_port": 0, "edge_port": 0, "s3_port": 0}
    twin = Twin(Settings(state=state, **free, **settings))  # type: ignore[arg-type]  # by name
    record, owner = twin.create_account("Owner")
    other, stranger = twin.create_account("Another tenant")
    things = furnished(twin, twin.account(record.id))
    twin.account(other.id).r2.create_bucket("other")
    reader = twin.directory.put_credential(twin.ids.hex(), twin.ids.hex(40), {record.id: READER})
    nothing = {record.id: frozenset({"nothing:read"})}
    powerless = twin.directory.put_credential(twin.ids.hex(), twin.ids.hex(40), nothing)
    listeners = listen(twin, lambda *_: None)
    with looping(listeners.all, listeners.close, listeners.start):
        tokens = (owner.value, stranger.value, reader.value, powerless.value)
        yield Stage(twin, listeners, record.id, other.id, things, *tokens)
    twin.close()
