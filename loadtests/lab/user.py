"""A user of one side: waits for its turn, does an operation, thinks, again."""

from typing import Any, ClassVar

from gevent import sleep  # type: ignore[import-untyped]
from locust import FastHttpUser, task
from locust.exception import StopUser

from loadtests.lab.budget import BudgetSpent
from loadtests.lab.doors.all import DOORS, operation_of
from loadtests.lab.exchange import Answer, Exchange, Wrong
from loadtests.lab.gates import OVER
from loadtests.lab.picks import Picks
from loadtests.lab.sides import OPERATIONS
from loadtests.lab.station import Station

# What is asked instead where there is nothing to take away.
INSTEAD = {"state_take": "state_new", "get": "put", "head": "put"}
UNSAID = "no answer"
# Users do not begin all in the same moment.
SPREAD = 1.0


class Asking(FastHttpUser):
    """Its time is what its requests took: none of it is the lab's own work."""

    abstract = True
    host = "http://127.0.0.1"
    network_timeout = 60.0
    connection_timeout = 10.0
    side: ClassVar[str]
    weights: ClassVar[dict[str, int] | None] = None
    # Each operation is another person's: the application limits what one may ask for.
    in_turn: ClassVar[bool] = False
    station: ClassVar[Station]

    def on_start(self) -> None:
        if self.station.roll is None:
            raise StopUser()
        self.roll = self.station.roll
        self.picks: Picks = self.roll.picks(self.side)
        self.door = DOORS[self.side](self.station.settings, run_of(self.station))
        weights = self.weights or dict(OPERATIONS[self.side])
        self.names = list(weights)
        self.shares = list(weights.values())
        sleep(self.picks.dice.uniform(0, min(SPREAD, 1.0) * max(self.station.settings.think)))

    def wait_time(self) -> float:
        low, high = self.station.settings.think
        return float(self.picks.dice.uniform(low, high))

    @task
    def step(self) -> None:
        round = self.station.gates.wait(self.side)
        if round == OVER:
            return
        if self.in_turn:
            self.picks.person = self.roll.person(self.side)
        name = self.chosen()
        with self.station.asking():
            self.do(round, name)

    def do(self, round: int, name: str) -> None:
        exchange = Exchange(self.send, self.station.settings.edge)
        error = ""
        try:
            operation_of(self.door, name)(exchange, self.picks)
        except BudgetSpent:
            raise StopUser() from None
        except (Wrong, KeyError, TypeError, ValueError) as wrong:
            error = str(wrong) or type(wrong).__name__
        self.note(round, name, exchange, error)

    def chosen(self) -> str:
        [name] = self.picks.dice.choices(self.names, self.shares)
        if name == "session_read" and not self.picks.sessions:
            return "session_write"
        if self.picks.pending or name == "session_read":
            return name
        if name == "delete":
            return "insert" if "insert" in self.names else "put"
        return INSTEAD.get(name, name)

    def note(self, round: int, name: str, exchange: Exchange, error: str) -> None:
        self.station.recorder.add(
            round,
            self.side,
            name,
            exchange.milliseconds,
            error=error,
            size=exchange.bytes,
            rows=exchange.rows,
            is_hit=exchange.is_hit,
        )
        # Locust's own page and summary.
        self.environment.events.request.fire(
            request_type=self.side,
            name=name,
            response_time=exchange.milliseconds,
            response_length=exchange.bytes,
            exception=Wrong(error) if error else None,
            context={},
        )

    def send(self, method: str, url: str, headers: dict[str, str], body: bytes | None) -> Answer:
        self.station.budget.take()
        self.station.recorder.requests += 1
        # `catch_response` without `with`: Locust counts nothing of it, the operation is counted.
        more: dict[str, Any] = {"data": body, "allow_redirects": False}
        told = self.client.request(method, url, headers=headers, catch_response=True, **more)
        took = float(told.request_meta["response_time"])
        return Answer(told.status_code or 0, told.content or b"", lower(told), took, why(told))


def run_of(station: Station) -> str:
    assert station.lab is not None
    return station.lab.run


def lower(told: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in (told.headers or {}).items()}


def why(told: Any) -> str:
    error = getattr(told, "error", None)
    return type(error).__name__ if error else UNSAID
