"""What a run of the lab has seen: pure values, which reports render and baselines name.

An observation says who asked what, whose data came of it, and how to ask again.
"""

import json
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Kind(StrEnum):
    """How a leak shows."""

    MARKER = "marker"  # another's marker is in an answer
    WRITE = "write"  # another's data is changed, or has somebody's marker in it
    ACCESS = "access"  # a foreign id is served, where an unknown one is refused
    EXISTENCE = "existence"  # a foreign id is refused otherwise than an unknown one
    TIMING = "timing"
    CREDENTIAL = "credential"  # served without a token, or with a bad one
    PRIVILEGE = "privilege"  # an administrator's route serves everybody
    SIGNED_URL = "signed-url"
    INTERFERENCE = "interference"  # what another does changes one's own answers
    ATTACK = "attack"  # of `attacks/`
    UNCOVERED = "uncovered"  # a route that could not be called


# Columns of the matrix, in their order.
OWNER, SECOND, THIRD, NOBODY = "owner", "second user", "third user", "nobody"
FORGED, OLD, SWAPPED = "forged token", "old token", "swapped token"
ACTORS = (OWNER, SECOND, THIRD, NOBODY, FORGED, OLD, SWAPPED)

RULES: Mapping[str, str] = {
    "leak/marker": "An answer holds data of another user.",
    "leak/write": "A request changed, deleted or planted data of another user.",
    "leak/access": "The id of another user's data is served as if it were one's own.",
    "leak/existence": "An answer tells whether another user's id exists.",
    "leak/timing": "The time of an answer tells whether another user's id exists.",
    "leak/credential": "A route serves requests without a valid token.",
    "leak/privilege": "A route for administrators serves every user.",
    "leak/signed-url": "A signed URL opens after its time, or when it was altered.",
    "leak/interference": "What one user does changes another one's answers.",
    "leak/shared-cache": "What was computed for one user is served to another.",
    "leak/active-content": "A stored file is served to others as what a browser runs.",
    "coverage/uncovered": "A route could not be called, so nothing is known of it.",
}


@dataclass(frozen=True, slots=True)
class Request:
    """As it was sent, tokens and cookies included; `curl()` hides them unless asked."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    token_header: str = "authorization"

    def curl(self, *, secrets: bool = False) -> str:
        """A line for a shell that asks the same again."""
        parts = ["curl", "-sS", "-i", "-X", self.method, self.url]
        for name, value in self.headers:
            hidden = "" if secrets else self._hidden(name.lower(), value)
            quoted = f'"{name}: {hidden}"' if hidden else shlex.quote(f"{name}: {value}")
            parts.append(Raw(f"-H {quoted}"))
        return " ".join(part if isinstance(part, Raw) else shlex.quote(part) for part in parts) + (
            body_of(self.body)
        )

    def _hidden(self, name: str, value: str) -> str:
        """What stands in place of a secret; empty where there is none."""
        if name == "cookie":
            return "$COOKIE"
        if name not in ("authorization", self.token_header):
            return ""
        scheme, space, _ = value.partition(" ")
        return f"{scheme} $TOKEN" if space else "$TOKEN"


class Raw(str):
    """Is quoted already."""

    __slots__ = ()


def body_of(body: bytes) -> str:
    if not body:
        return ""
    try:
        return f" --data-binary {shlex.quote(body.decode())}"
    except UnicodeDecodeError:
        escaped = "".join(f"\\x{byte:02x}" for byte in body)
        return f" --data-binary @<(printf '{escaped}')"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is worth showing of it: around the marker, where there is one."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """`actor` asked; `owner` is who the data belongs to, as columns of the matrix are called.

    `where` is the place in the answer (`body/json`, `header location`, `body/pdf`, …). `behind`
    is what a twin's stores tell: statements, mails, keys.
    """

    kind: Kind
    rule: str
    severity: Severity
    route: str
    actor: str
    owner: str
    message: str
    request: Request | None = None
    answer: Answer | None = None
    marker: str = ""
    where: str = ""
    behind: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """The same on every run that sees the same leak: no ids, markers or times in it."""
        parts = (self.rule, self.route, self.actor, self.owner, self.where)
        return sha256("\n".join(parts).encode()).hexdigest()[:16]


class State(StrEnum):
    """What is known of a route in an actor's hands; the later the worse."""

    UNCALLED = "uncalled"
    HELD = "held"
    NOTE = "note"
    WARNING = "warning"
    LEAK = "leak"
    UNCOVERED = "uncovered"


RANK = tuple(State)


@dataclass(slots=True)
class Cell:
    state: State = State.UNCALLED
    calls: int = 0
    statuses: set[int] = field(default_factory=set)

    def worsen(self, state: State) -> None:
        self.state = max(self.state, state, key=RANK.index)


class Matrix:
    """Routes × actors. A route that nobody called has a row of uncalled cells."""

    def __init__(self, routes: Iterable[str], actors: Iterable[str] = ACTORS) -> None:
        self.actors = tuple(actors)
        self.rows = {route: {actor: Cell() for actor in self.actors} for route in routes}

    def called(self, route: str, actor: str, status: int) -> None:
        if cell := self.rows.get(route, {}).get(actor):
            cell.calls += 1
            cell.statuses.add(status)
            cell.worsen(State.HELD)

    def found(self, route: str, actor: str, severity: Severity) -> None:
        if cell := self.rows.get(route, {}).get(actor):
            cell.worsen(State.LEAK if severity is Severity.ERROR else State(severity.value))

    def uncovered(self, route: str) -> None:
        self.rows[route][OWNER].worsen(State.UNCOVERED)


@dataclass(frozen=True, slots=True)
class Observations:
    """Of one run. `requests` were sent in `seconds`; `stopped` says why it ended early."""

    api: str
    seed: str
    found: tuple[Observation, ...]
    matrix: Matrix
    requests: int = 0
    seconds: float = 0.0
    stopped: str = ""
    left_behind: tuple[str, ...] = ()

    @property
    def above_note(self) -> tuple[Observation, ...]:
        return tuple(one for one in self.found if one.severity is not Severity.NOTE)

    def to_json(self) -> str:
        cells = {
            route: {
                actor: {
                    "state": cell.state,
                    "calls": cell.calls,
                    "statuses": sorted(cell.statuses),
                }
                for actor, cell in row.items()
            }
            for route, row in self.matrix.rows.items()
        }
        return json.dumps(
            {
                "api": self.api,
                "seed": self.seed,
                "requests": self.requests,
                "seconds": round(self.seconds, 2),
                "stopped": self.stopped,
                "left_behind": self.left_behind,
                "found": [observation_json(one) for one in self.found],
                "matrix": cells,
            },
            indent=1,
        )


def observation_json(one: Observation) -> dict[str, object]:
    return {
        "kind": one.kind,
        "rule": one.rule,
        "severity": one.severity,
        "route": one.route,
        "actor": one.actor,
        "owner": one.owner,
        "message": one.message,
        "curl": one.request.curl() if one.request else "",
        "status": one.answer.status if one.answer else None,
        "excerpt": one.answer.excerpt if one.answer else "",
        "marker": one.marker,
        "where": one.where,
        "behind": one.behind,
        "fingerprint": one.fingerprint,
    }
