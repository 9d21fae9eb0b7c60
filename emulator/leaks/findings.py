"""What was seen, once each; and what became of the matrix by it."""

from dataclasses import replace

from emulator.leaks.cookies import secrets_in, without
from emulator.leaks.observations import Answer, Kind, Matrix, Observation, Request, Severity
from emulator.leaks.wire import Exchange


class Findings:
    def __init__(self, matrix: Matrix) -> None:
        self.matrix = matrix
        # Tokens and cookies of the users; none is in what is found.
        self.secrets: set[str] = set()
        self._found: dict[tuple[str, ...], Observation] = {}

    @property
    def all(self) -> tuple[Observation, ...]:
        return tuple(self._found.values())

    def add(
        self,
        kind: Kind,
        route: str,
        actor: str,
        owner: str,
        message: str,
        exchange: Exchange | None = None,
        *,
        severity: Severity = Severity.ERROR,
        rule: str = "",
        request: Request | None = None,
        marker: str = "",
        where: str = "",
    ) -> None:
        rule = rule or f"leak/{kind.value}"
        key = (rule, route, actor, owner)
        if key in self._found:
            return
        asked = request or (exchange.request if exchange else None)
        answer = self._answer(exchange, marker) if exchange else None
        self._found[key] = Observation(
            kind, rule, severity, route, actor, owner, message, asked, answer, marker, where
        )
        self.matrix.found(route, actor, severity)

    def _answer(self, exchange: Exchange, marker: str) -> Answer:
        """Without sessions, those included that it is about."""
        answer = exchange.answer(marker)
        here = secrets_in(exchange.request.headers, exchange.headers)
        return replace(answer, excerpt=without(answer.excerpt, {*self.secrets, *here}))

    def replace(self, found: Observation, better: Observation) -> None:
        """With what the stores tell of it."""
        for key, one in self._found.items():
            if one is found:
                self._found[key] = better
                return
