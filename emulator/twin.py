"""The twin itself: one directory of state, the accounts in it, and each account's stores.

Here, and nowhere else, are stores put together. No web: doors are mounted in `app.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from emulator.ai.inference import Inference
from emulator.ai.store import AIStore
from emulator.ai_gateway.store import GatewayStore
from emulator.core.clock import Clock, SystemClock
from emulator.core.database import Database
from emulator.core.events import EventLog
from emulator.core.ids import Ids
from emulator.core.settings import DEFAULT_ACCOUNT_ID, DEFAULT_SUBDOMAIN, Settings
from emulator.core.state import State
from emulator.d1.errors import DatabaseNotFound
from emulator.d1.store import D1Store
from emulator.guard.modes import Watch
from emulator.identity.models import AccountRecord, Credential
from emulator.identity.store import SCHEMA, Directory
from emulator.kv.store import KVStore
from emulator.latency.switch import Latency
from emulator.meter.meter import Meter
from emulator.r2.store import R2Store
from emulator.vectorize.store import VectorizeStore

if TYPE_CHECKING:
    from emulator.meter.cpu import Gauge
    from emulator.pages.store import PagesStore
    from emulator.workers.store import WorkersStore


@dataclass(frozen=True, slots=True)
class Account:
    """One tenant: its stores, over its own directory. Whoever holds it holds no other."""

    id: str
    d1: D1Store
    kv: KVStore
    r2: R2Store
    vectorize: VectorizeStore
    ai: AIStore
    ai_gateway: GatewayStore
    workers: "WorkersStore"
    pages: "PagesStore"
    # Of all accounts: who looks at what their doors are asked.
    watch: Watch

    def close(self) -> None:
        self.d1.close()
        self.kv.close()
        self.r2.close()
        self.vectorize.close()
        self.ai.close()
        self.ai_gateway.close()
        self.workers.close()
        self.pages.close()


class Twin:
    """All accounts. Stores are opened when an account is first asked for."""

    def __init__(
        self, settings: Settings, *, clock: Clock | None = None, ids: Ids | None = None
    ) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self.ids = ids or Ids()
        self.events = EventLog(settings.events)
        self.watch = Watch(self.clock, settings.guard_mode)
        self.inference = Inference(settings, self.clock, self.ids)
        self.latency = Latency(settings, self.clock, self.events, self._has_replicas)
        self.meter = Meter(self.clock, self.events, gauge_of)
        self._state = State(settings.state)
        database = Database(self._state.path / "identity.sqlite", SCHEMA)
        self.directory = Directory(database)
        self._accounts: dict[str, Account] = {}
        # Told the id of an account that was emptied or removed: whoever keeps something of it.
        self.forgotten: list[Callable[[str], None]] = [
            self.watch.forget,
            self.latency.forget,
            self.meter.forget,
        ]

    @property
    def path(self) -> Path:
        """The state directory."""
        return self._state.path

    def account_path(self, account_id: str) -> Path:
        """Where one account's data lies."""
        return self._state.account(account_id)

    def account(self, account_id: str) -> Account:
        """The account's stores. Whether the caller may have them is the door's question."""
        account = self._accounts.get(account_id)
        if account is None:
            account = self._accounts[account_id] = self._open(account_id)
        return account

    def create_account(self, name: str) -> tuple[AccountRecord, Credential]:
        """A new, empty account and a token that may do everything there and nothing elsewhere."""
        record = self.directory.put_account(self.ids.hex(), name)
        value = self.ids.hex(40)
        grants = {record.id: frozenset({"*"})}
        return record, self.directory.put_credential(self.ids.hex(), value, grants)

    def delete_account(self, account_id: str) -> None:
        """Remove the account, its data and the credentials that reach nothing else."""
        self.reset(account_id)
        self.directory.delete_account(account_id)

    def reset(self, account_id: str) -> None:
        """Forget all data of one account; its id and credentials stay."""
        account = self._accounts.pop(account_id, None)
        if account is not None:
            account.close()
        self._state.remove_account(account_id)
        for tell in self.forgotten:
            tell(account_id)

    def close(self) -> None:
        self.latency.off()
        for account in self._accounts.values():
            account.close()
        self._accounts.clear()
        self.inference.close()
        self.directory.close()
        self._state.close()

    def waiting(self) -> list[tuple[str, str, int]]:
        """Account, D1 database, and how many calls wait for it; without those that have none."""
        return [
            (account.id, database_id, length)
            for account in self._accounts.values()
            for database_id, length in account.d1.waiting()
        ]

    def _has_replicas(self, account_id: str, database_id: str) -> bool:
        try:
            info = self.account(account_id).d1.get_database(database_id)
        except DatabaseNotFound:
            return False
        return info.read_replication == "auto"

    def _open(self, account_id: str) -> Account:
        # With the first account, not with the twin: it has many modules.
        from emulator.pages.store import PagesStore
        from emulator.workers.store import WorkersStore

        directory = self._state.account(account_id)
        ai = AIStore(directory / "ai", self.settings, self.clock, self.ids)
        ai.heard.append(partial(self.meter.spent, account_id))
        return Account(
            account_id,
            D1Store(directory / "d1", self.settings, self.clock, self.ids),
            KVStore(directory / "kv", self.settings, self.clock, self.ids),
            R2Store(directory / "r2", self.settings, self.clock, self.ids),
            VectorizeStore(directory / "vectorize", self.settings, self.clock, self.ids),
            ai,
            GatewayStore(directory / "ai_gateway", self.settings, self.clock, self.ids),
            WorkersStore(
                directory / "workers",
                self.settings,
                self.clock,
                self.ids,
                subdomain_of(account_id),
            ),
            PagesStore(
                directory / "pages", self.settings, self.clock, self.ids, suffix_of(account_id)
            ),
            self.watch,
        )


def gauge_of(pid: int) -> "Gauge":
    """A process, to be measured."""
    from emulator.workers.runtime.watchdog import ProcessGauge

    return ProcessGauge(pid)


def subdomain_of(account_id: str) -> str:
    """The account's first name below workers.dev, by which hosts tell accounts apart."""
    return f"{DEFAULT_SUBDOMAIN}{suffix_of(account_id)}"


def suffix_of(account_id: str) -> str:
    """What names of the account end in, where all accounts share the names."""
    return "" if account_id == DEFAULT_ACCOUNT_ID else f"-{account_id[:8]}"
