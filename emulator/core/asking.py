"""Who asks a product for something: what a door tells whoever looks on."""

from contextvars import ContextVar
from typing import NamedTuple, Protocol

# By which a Python Worker's calls say what they are made for. The edge's own request to a
# Worker carries it only while somebody looks on, and only our runtime passes it on.
CAUSE_HEADER = b"cftwin-cause"
# What the cause begins with where it is no request: `cron 0 3 * * *`.
CRON = "cron "


class Asked(NamedTuple):
    """One call. `script` is None where no Worker asks; `cause` is a ray, a cron or not known."""

    account_id: str
    door: str  # "api" or "binding"
    method: str
    path: str
    script: str | None = None
    # What the Worker calls the resource in `env`.
    name: str = ""
    cause: str | None = None


class Asking(Protocol):
    """A door's call, which can say who asks."""

    @property
    def asked(self) -> Asked: ...


# Who asks a model, for whoever counts what it takes: that is known when it has answered, deep
# in a stream perhaps.
ASKER: ContextVar[Asked | None] = ContextVar("asker", default=None)
