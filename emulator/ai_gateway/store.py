"""One account's gateways and their logs. Knows AI Gateway's rules and nothing of HTTP.

Its file is opened when a gateway is first used. What a gateway has cached and how many
requests it has let through is kept in memory, as both are volatile at Cloudflare, too.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from threading import Lock
from typing import TypeVar

import orjson

from emulator.ai_gateway.cache import AnswerCache
from emulator.ai_gateway.errors import (
    GatewayExists,
    GatewayNotFound,
    InvalidGateway,
    TooManyGateways,
)
from emulator.ai_gateway.limits import MAX_GATEWAYS, MAX_ID_CHARACTERS, MAX_LOGS
from emulator.ai_gateway.logs import LogStore
from emulator.ai_gateway.models import DEFAULT_ID, Configuration, GatewayRecord, NewLog
from emulator.ai_gateway.ratelimit import RequestLimiter
from emulator.ai_gateway.schema import (
    ADD_GATEWAY,
    CHANGE_GATEWAY,
    DELETE_GATEWAY,
    DELETE_LOGS,
    DELETE_PAYLOADS,
    GATEWAY,
    GATEWAYS,
    SCHEMA,
)
from emulator.ai_gateway.ulid import ulid
from emulator.core.clock import Clock
from emulator.core.commits import Commits
from emulator.core.ids import Ids
from emulator.core.settings import Settings
from emulator.core.storage import Row, Storage

T = TypeVar("T")

GATEWAY_ID = re.compile(r"[a-z0-9_]+(?:-[a-z0-9_]+)*")
# A write of no more than this may run on the event loop.
BRIEF_BYTES = 65_536
# What Cloudflare gives the gateway `default` that it makes by itself.
DEFAULT_CONFIGURATION = Configuration(
    authentication=True, log_management=MAX_LOGS, log_management_strategy="STOP_INSERTING"
)


class Opened:
    """The file of an account that has used AI Gateway."""

    def __init__(self, directory: Path, settings: Settings) -> None:
        path = directory / "ai_gateway.sqlite"
        self.storage = Storage(path, SCHEMA, full_sync=settings.full_sync)
        self.commits = Commits("ai-gateway-writes", self.storage, on_loop=not settings.full_sync)
        self.logs = LogStore(self.storage)

    def close(self) -> None:
        self.commits.close()
        self.storage.close()


class GatewayStore:
    """One account's gateways, what they have cached, admitted and logged."""

    def __init__(self, directory: Path, settings: Settings, clock: Clock, ids: Ids) -> None:
        self._directory = directory
        self._settings = settings
        self._clock = clock
        self._ids = ids
        self._lock = Lock()
        self._opened: Opened | None = None
        self.cache = AnswerCache(clock)
        self.limiter = RequestLimiter(clock)

    @property
    def logs(self) -> LogStore:
        return self._file().logs

    def gateways(self, search: str = "") -> Sequence[GatewayRecord]:
        """Those whose id has `search` in it, the newest first."""
        records = [record_of(row) for row in self._file().storage.read(GATEWAYS)]
        return [record for record in records if search in record.id]

    def get(self, gateway_id: str) -> GatewayRecord:
        rows = self._file().storage.read(GATEWAY, (gateway_id,))
        if not rows:
            raise GatewayNotFound()
        return record_of(rows[0])

    def create(self, gateway_id: str, configuration: Configuration) -> GatewayRecord:
        """A new gateway; its id is unique in the account."""
        check_id(gateway_id)
        storage, now = self._file().storage, self._clock.now()
        with storage.transaction():
            if storage.read_for_write(GATEWAY, (gateway_id,)):
                raise GatewayExists(id=gateway_id)
            [(count,)] = storage.read_for_write("SELECT count(*) FROM gateways")
            if count >= MAX_GATEWAYS:
                raise TooManyGateways(limit=MAX_GATEWAYS)
            internal_id = self._ids.uuid()
            storage.execute(ADD_GATEWAY, (gateway_id, internal_id, now, now, dump(configuration)))
            number = storage.last_number()
        return GatewayRecord(number, gateway_id, internal_id, now, now, configuration)

    def create_default(self) -> GatewayRecord:
        """The gateway `default`, which is there from its first authenticated use on."""
        with self._file().storage.transaction():
            try:
                return self._get_for_write(DEFAULT_ID)
            except GatewayNotFound:
                return self.create(DEFAULT_ID, DEFAULT_CONFIGURATION)

    def change(self, gateway_id: str, configuration: Configuration) -> GatewayRecord:
        """Replace a gateway's configuration, and forget what it has cached if that says so."""
        storage, now = self._file().storage, self._clock.now()
        with storage.transaction():
            known = self._get_for_write(gateway_id)
            storage.execute(CHANGE_GATEWAY, (now, dump(configuration), known.number))
        if configuration.cache_invalidate_on_update:
            self.cache.drop(known.number)
        return GatewayRecord(
            known.number, known.id, known.internal_id, known.created_at, now, configuration
        )

    def delete(self, gateway_id: str) -> GatewayRecord:
        """The gateway, its logs and all it has cached."""
        storage = self._file().storage
        with storage.transaction():
            known = self._get_for_write(gateway_id)
            for statement in (DELETE_PAYLOADS, DELETE_LOGS, DELETE_GATEWAY):
                storage.execute(statement, (known.number,))
        self.cache.drop(known.number)
        self.limiter.forget(known.number)
        return known

    def new_id(self) -> str:
        """An id for a log or an event."""
        return ulid(self._clock.now(), self._ids)

    async def log(self, gateway: GatewayRecord, new: NewLog) -> bool:
        """Write one log in its turn; False where the gateway stores no more of them."""
        sizes = [len(one.body) for one in (new.request, new.response) if one is not None]
        brief = sum(sizes) <= BRIEF_BYTES
        return await self.commit(lambda: self.logs.add(gateway, new), brief=brief)

    async def commit(self, work: Callable[[], T], *, brief: bool = False) -> T:
        """Run a write in its turn, with others that wait; returns when it is on disk."""
        return await self._file().commits.run(work, brief=brief)

    def close(self) -> None:
        with self._lock:
            if self._opened is not None:
                self._opened.close()

    def _file(self) -> Opened:
        with self._lock:
            if self._opened is None:
                self._opened = Opened(self._directory, self._settings)
            return self._opened

    def _get_for_write(self, gateway_id: str) -> GatewayRecord:
        rows = self._file().storage.read_for_write(GATEWAY, (gateway_id,))
        if not rows:
            raise GatewayNotFound()
        return record_of(rows[0])


def check_id(gateway_id: str) -> None:
    if not gateway_id:
        raise InvalidGateway(reason="String must contain at least 1 character(s)")
    if len(gateway_id) > MAX_ID_CHARACTERS:
        reason = f"String must contain at most {MAX_ID_CHARACTERS} character(s)"
        raise InvalidGateway(reason=reason)
    if GATEWAY_ID.fullmatch(gateway_id) is None:
        raise InvalidGateway(reason=f"Invalid: id must match ^{GATEWAY_ID.pattern}$")


def dump(configuration: Configuration) -> str:
    told = {item.name: getattr(configuration, item.name) for item in fields(configuration)}
    try:
        return orjson.dumps(told | {"kept": dict(configuration.kept)}).decode()
    except (orjson.JSONEncodeError, RecursionError) as error:
        # What is kept may be any JSON: integers past 64 bits, or very deep.
        raise InvalidGateway(reason=str(error)) from None


def record_of(row: Row) -> GatewayRecord:
    number, gateway_id, internal_id, created_at, modified_at, text = row
    configuration = Configuration(**orjson.loads(text))
    return GatewayRecord(number, gateway_id, internal_id, created_at, modified_at, configuration)
