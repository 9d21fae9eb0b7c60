"""Removing what a run has created: by the application first, then behind it.

Whatever a ledger still has can be cleaned again, as often as it takes.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import httpx

from e2e.real.behind import Behind
from e2e.real.ledger import Ledger, Run, Thing
from e2e.real.newcomers import Account
from e2e.real.pacing import Wait, waited
from e2e.real.through import Through
from e2e.target import Target

# What the Worker does after its answers is done by then: counters follow after a second.
SETTLED_SECONDS = 2.5
NO_ACCOUNT = (
    "no route of the application deletes it:"
    " CLOUDFLARE_ACCOUNT_ID, CLOUDFLARE_API_TOKEN and E2E_WORKER would"
)
# What they would remove, where it goes by itself sooner or later.
EXPIRES = {
    "counter": "it expires within the hour",
    "session": "its key in KV expires with its token, its row in D1 with nothing",
    "state": "it expires within ten minutes",
}
BEHIND = ("account", "counter", "data", "posting", "session", "state", "vector")
BUCKETS = ("AVATARS", "RESUMES", "EXPORTS")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was removed, by its kind, and why the rest was not."""

    removed: Counter[str]
    left: Sequence[tuple[Thing, str]]


class Cleaner:
    """Does what it can: what fails is told and does not keep the rest from being removed."""

    def __init__(
        self, target: Target, ledger: Ledger, accounts: Sequence[Account], wait: Wait = waited
    ) -> None:
        self._target = target
        self._ledger = ledger
        self._accounts = accounts
        self._wait = wait
        self._reasons: dict[tuple[str, str], str] = {}

    def clean(self) -> Outcome:
        run, before = self._ledger.run(), self._ledger.left()
        has_account = self._target.has_account and bool(self._target.worker)
        with Through(self._target, self._ledger, self._accounts, self._failed) as through:
            through.delete_things()
            for account in of_kind(before, "account"):
                if not has_account:
                    through.put_back(account)
            through.delete_people()
        if self._ledger.left():
            if has_account:
                self._wait(SETTLED_SECONDS)
                self._delete_behind(run)
            else:
                self._without_account()
        return self._outcome(before)

    def _delete_behind(self, run: Run) -> None:
        try:
            with Behind(self._target) as behind:
                self._forget(behind, run)
        except httpx.HTTPError as error:
            for thing in self._ledger.left():
                self._failed(thing, f"Cloudflare's API: {error}")

    def _forget(self, behind: Behind, run: Run) -> None:
        noted, left = self._ledger.noted(), self._ledger.left()
        users, accounts = ids_of(noted, "data"), ids_of(noted, "account")
        jobs = {f"job:{id}" for id in behind.jobs_of(users)}
        behind.forget_vectors(sorted(ids_of(noted, "vector") | jobs))
        behind.forget_rows(users)
        behind.forget_rows_since(accounts, run.started)
        for account in of_kind(left, "account"):
            behind.put_back(account)
        behind.forget_postings(ids_of(noted, "posting"), run.started)
        for binding in BUCKETS:
            behind.forget_objects(binding, users)
        forget_keys(behind, run, noted)
        self._ledger.gone(*(one for one in left if one.kind in BEHIND))
        rows = [one for one in left if one.kind in ("row", "file") and one.owner in users]
        self._ledger.gone(*rows)

    def _without_account(self) -> None:
        """Vectors have gone with their jobs."""
        rows = ids_of(self._ledger.left(), "row")
        for thing in self._ledger.left():
            if thing.kind == "vector" and thing.id.removeprefix("job:") not in rows:
                self._ledger.gone(thing)
            else:
                self._failed(thing, EXPIRES.get(thing.kind, NO_ACCOUNT))

    def _failed(self, thing: Thing, reason: str) -> None:
        self._reasons.setdefault(thing.key, reason)

    def _outcome(self, before: Sequence[Thing]) -> Outcome:
        left = self._ledger.left()
        keys = {thing.key for thing in left}
        removed = Counter(thing.kind for thing in before if thing.key not in keys)
        reasons = [(thing, self._reasons.get(thing.key, "nothing removes it")) for thing in left]
        return Outcome(removed, reasons)


def forget_keys(behind: Behind, run: Run, noted: Sequence[Thing]) -> None:
    users, sessions = ids_of(noted, "data"), ids_of(noted, "session")
    behind.forget_keys("SESSIONS", [f"session:{id}" for id in sessions])
    behind.forget_keys("SESSIONS", [f"revoked:{id}" for id in sessions])
    behind.forget_keys("OAUTH_STATES", [f"oauth:{id}" for id in ids_of(noted, "state")])
    behind.forget_keys("RATE_LIMITS", [*ids_of(noted, "counter")])
    behind.forget_keys_of("RATE_LIMITS", "rate:user:", users)
    behind.forget_keys_of("JOB_ANALYSIS_CACHE", "job-analysis:", users)
    behind.forget_embeddings(run.started)


def of_kind(things: Iterable[Thing], kind: str) -> list[Thing]:
    return [thing for thing in things if thing.kind == kind]


def ids_of(things: Iterable[Thing], kind: str) -> set[str]:
    return {thing.id for thing in of_kind(things, kind)}
