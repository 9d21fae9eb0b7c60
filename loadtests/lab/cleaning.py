"""Takes away what a run has made: the people, and with them all that was theirs."""

from collections.abc import Callable, Iterable
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import httpx

from loadtests.lab.budget import Budget
from loadtests.lab.calls import CallRefused, Calls
from loadtests.lab.ledger import Ledger
from loadtests.lab.people import chunks
from loadtests.lab.settings import Settings
from loadtests.lab.signing import Keys, signed

AT_ONCE = 50
KEYS_AT_ONCE = 1_000


@dataclass(slots=True)
class Cleaning:
    settings: Settings
    calls: Calls
    ledger: Ledger
    say: Callable[[str], None] = print
    failures: int = 0

    def all(self) -> int:
        """Goes on where something fails; how much did."""
        steps: list[tuple[str, Callable[[], None], bool]] = [
            ("vectors", self.vectors, bool(self.settings.index and self.settings.database)),
            ("rows of D1", self.rows, bool(self.settings.database)),
            ("keys of KV", self.keys, bool(self.settings.namespace)),
            ("objects of R2", self.objects, bool(self.settings.s3 and self.settings.bucket)),
            ("bucket of Storage", self.storage, bool(self.settings.supabase)),
            ("people of Supabase", self.people, bool(self.settings.supabase)),
        ]
        for what, step, wanted in steps:
            if wanted:
                with self.noted(what):
                    step()
        return self.failures

    @contextmanager
    def noted(self, what: str) -> Any:
        try:
            yield
        except (CallRefused, httpx.HTTPError) as error:
            self.failures += 1
            self.say(f"not cleaned up: {what}: {error}")

    def vectors(self) -> None:
        path = f"/vectorize/v2/indexes/{self.settings.index}/delete_by_ids"
        for people in chunks(self.ledger.people, AT_ONCE):
            sql = f"SELECT id FROM jobs WHERE user_id IN ({marks(people)})"
            [rows] = self.calls.d1((sql, tuple(people)))
            for part in chunks([f"job:{row['id']}" for row in rows], AT_ONCE):
                self.calls.cloudflare("POST", path, {"ids": list(part)})

    def rows(self) -> None:
        for people in chunks(self.ledger.people, AT_ONCE):
            self.calls.d1((f"DELETE FROM users WHERE id IN ({marks(people)})", tuple(people)))

    def keys(self) -> None:
        base = f"/storage/kv/namespaces/{self.settings.namespace}"
        prefix = quote(self.ledger.prefix, safe="")
        while found := self.calls.cloudflare("GET", f"{base}/keys?prefix={prefix}"):
            names = [one["name"] for one in found]
            self.calls.cloudflare("POST", f"{base}/bulk/delete", names)
            if len(names) < KEYS_AT_ONCE:
                return

    def objects(self) -> None:
        for key in self.object_keys():
            self.s3("DELETE", f"/{self.settings.bucket}/{quote(key)}")

    def object_keys(self) -> Iterable[str]:
        query = {"list-type": "2", "prefix": self.ledger.prefix}
        listed = self.s3("GET", f"/{self.settings.bucket}", query)
        return [
            node.text or "" for node in ElementTree.fromstring(listed).iter() if is_key(node.tag)
        ]

    def s3(self, method: str, path: str, query: dict[str, str] | None = None) -> bytes:
        keys = Keys(self.settings.s3_key, self.settings.s3_secret)
        url, headers = signed(keys, method, self.settings.s3, path, query)
        content: bytes = self.calls.ask(method, url, headers) or b""
        return content

    def storage(self) -> None:
        self.calls.supabase("POST", f"/storage/v1/bucket/{self.ledger.bucket}/empty", {})
        self.calls.supabase("DELETE", f"/storage/v1/bucket/{self.ledger.bucket}", {})

    def people(self) -> None:
        for part in chunks(self.ledger.people, AT_ONCE):
            self.calls.supabase("DELETE", f"/rest/v1/users?id=in.({','.join(part)})")
        for id in self.ledger.people:
            with suppress(CallRefused):  # whom an earlier attempt has deleted
                self.calls.supabase("DELETE", f"/auth/v1/admin/users/{id}", {})


def marks(items: Iterable[object]) -> str:
    return ", ".join("?" for _ in items)


def is_key(tag: str) -> bool:
    return tag.rpartition("}")[2] == "Key"


def clean(settings: Settings, ledger: Ledger, budget: Budget, say: Callable[[str], None]) -> int:
    calls = Calls(settings, budget)
    try:
        return Cleaning(settings, calls, ledger, say).all()
    finally:
        calls.close()
