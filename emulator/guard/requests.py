"""The requests that Workers answer, so that a finding can say which one it was made in."""

import json
from base64 import urlsafe_b64decode
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock

from emulator.core.asking import CRON, Asked
from emulator.guard.findings import Seen

# Of those that have been answered: what a Worker does after its answer is still theirs.
MAX_ENDED = 2_000
MAX_ONE_OF = 10

Headers = Iterable[tuple[bytes, bytes]]


@dataclass(slots=True)
class Request:
    """`user` is who its bearer token says that calls."""

    account_id: str
    script: str
    method: str
    path: str
    ray: str
    user: str | None
    rules: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Cause:
    """What a call was made for. Several requests: it is one of them. `user`: if it is known."""

    seen: tuple[Seen, ...] = ()
    requests: tuple[Request, ...] = ()
    user: str | None = None


class Requests:
    """Those being answered, and the last that were. For all threads."""

    def __init__(self, user_claim: str) -> None:
        self._claim = user_claim
        self._lock = Lock()
        self._running: dict[str, Request] = {}
        self._ended: OrderedDict[str, Request] = OrderedDict()

    def begin(
        self, account_id: str, script: str, ray: str, method: str, path: str, headers: Headers
    ) -> None:
        user = user_of(headers, self._claim)
        with self._lock:
            self._running[ray] = Request(account_id, script, method, path, ray, user)

    def end(self, ray: str) -> None:
        with self._lock:
            request = self._running.pop(ray, None)
            if request is not None:
                self._ended[ray] = request
            if len(self._ended) > MAX_ENDED:
                self._ended.popitem(last=False)

    def rules_of(self, ray: str) -> tuple[str, ...]:
        """The rules that were broken in a request, each as often as it was."""
        with self._lock:
            request = self._running.get(ray)
            return tuple(request.rules) if request else ()

    def cause_of(self, asked: Asked) -> Cause:
        if asked.cause is not None and asked.cause.startswith(CRON):
            return Cause((Seen("CRON", asked.cause.removeprefix(CRON)),))
        with self._lock:
            known = self._running.get(asked.cause or "") or self._ended.get(asked.cause or "")
            if known is not None and known.account_id == asked.account_id:
                return Cause((seen(known),), (known,), known.user)
            if asked.script is None:
                return Cause((Seen(asked.method, asked.path),))
            return self._one_of(asked)

    def _one_of(self, asked: Asked) -> Cause:
        """All that its script answers now; what is done after an answer may be none of them."""
        wanted = (asked.account_id, asked.script)
        found = [one for one in self._running.values() if (one.account_id, one.script) == wanted]
        shown = found[:MAX_ONE_OF]
        return Cause(tuple(seen(one, one_of=True) for one in shown), tuple(found))


def seen(request: Request, *, one_of: bool = False) -> Seen:
    return Seen(request.method, request.path, request.ray, one_of)


def user_of(headers: Headers, claim: str) -> str | None:
    """Who a bearer token says that calls. Whether it is a good one is the Worker's question."""
    for name, value in headers:
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            return claimed(value[7:].strip(), claim)
    return None


def claimed(token: bytes, claim: str) -> str | None:
    _, _, rest = token.partition(b".")
    payload = rest.partition(b".")[0]
    try:
        told = json.loads(urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)))
    except ValueError:
        return None
    user = told.get(claim) if isinstance(told, dict) else None
    return user if isinstance(user, str) and user else None
