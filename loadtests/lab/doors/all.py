"""Every side's door by its name."""

from collections.abc import Callable, Mapping
from typing import Any

from loadtests.lab.doors.d1 import D1
from loadtests.lab.doors.jobmatch import JobMatch
from loadtests.lab.doors.keys import KV, Postgres
from loadtests.lab.doors.models import Gateway, Models
from loadtests.lab.doors.objects import R2, Storage
from loadtests.lab.doors.pgvector import Pgvector
from loadtests.lab.doors.supabase import Supabase
from loadtests.lab.doors.vectorize import Vectorize
from loadtests.lab.doors.worker import Worker
from loadtests.lab.exchange import Exchange
from loadtests.lab.picks import Picks
from loadtests.lab.settings import Settings

Operation = Callable[[Exchange, Picks], None]
DOORS: Mapping[str, Callable[[Settings, str], Any]] = {
    "d1": lambda settings, _: D1(settings),
    "worker": lambda settings, _: Worker(settings),
    "supabase": lambda settings, _: Supabase(settings),
    "kv": KV,
    "postgres": Postgres,
    "r2": R2,
    "storage": Storage,
    "vectorize": lambda settings, _: Vectorize(settings),
    "pgvector": lambda settings, _: Pgvector(settings),
    "gateway": lambda settings, _: Gateway(settings),
    "ai": lambda settings, _: Models(settings),
    "jobmatch": lambda settings, _: JobMatch(settings),
}


def operation_of(door: Any, name: str) -> Operation:
    found: Operation = getattr(door, name)
    return found
