"""Sends attacks as somebody who may use the API, and judges every answer by what none may be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from emulator.leaks.actors import Actor
from emulator.leaks.attacks.aiming import Aim, aims_of
from emulator.leaks.attacks.betraying import (
    engine_text,
    injected,
    members,
    rule_of,
    runs_markup,
    said,
)
from emulator.leaks.calls import Call, Slot, slots_of
from emulator.leaks.observations import NOBODY, Kind, Severity
from emulator.leaks.settings import Spec
from emulator.leaks.stage import UNUSED, Stage
from emulator.leaks.wire import Exchange

BUSY = 429
MAX_REQUESTS = 6_000
DEVELOPMENT = ("development", "dev", "local", "test")
NO_OWNER = "everybody"
# So many routes are asked without a token, to see how that is refused.
STRANGERS = 3


def refusal_of(exchange: Exchange) -> frozenset[str] | None:
    return members(exchange) if 400 <= exchange.status < 500 else None


class Busy(Exception):
    """A route's limit is used up."""


class Exhausted(Exception):
    """As many attacks were sent as may be."""


@dataclass(slots=True)
class Attacker:
    """`forms` are the members of the API's own refusals, `open_forms` those of what is there for
    everybody. In development an API may tell of its engine. `areas` are parts of the API whose
    paths were tried, `aims` what was tried of which attack.
    """

    stage: Stage
    is_development: bool = False
    has_told: bool = False
    forms: set[frozenset[str]] = field(default_factory=set)
    open_forms: set[frozenset[str]] = field(default_factory=set)
    areas: set[str] = field(default_factory=set)
    aims: set[tuple[str, ...]] = field(default_factory=set)
    left: int = MAX_REQUESTS

    @property
    def user(self) -> Actor:
        return self.stage.users[0]

    @property
    def users(self) -> tuple[Actor, ...]:
        """Whoever is not busy goes on. The third one's limits are kept for what tests limits."""
        return self.stage.users[:2]

    def learn(self) -> None:
        """How the API refuses what is wrong in no special way, and where it runs."""
        nobody = Actor(NOBODY)
        refusals = [self.stage.wire.send("GET", f"{self.stage.api}/{UNUSED}", self.user.headers)]
        for number, spec in enumerate(self.stage.settings.called):
            if spec.public and spec.route.reads:
                self._learn_from_open(self.ask(spec, user=nobody))
            if spec.quota or (spec.route.method == "DELETE" and not spec.route.variables):
                continue
            unknown = dict.fromkeys(slots_of(spec), UNUSED)
            refusals.append(self.ask(spec, unknown, user=self.user))
            if number < STRANGERS:
                refusals.append(self.ask(spec, user=nobody))
        self.forms = {known for one in refusals if (known := refusal_of(one))}

    def id_of(self, spec: Spec, kind: str) -> str:
        """One of the user's own. What nothing makes, such as a session, is not to be deleted."""
        held = self.stage.holdings.of(self.user.name, kind)
        if spec.route.method == "DELETE" and not any(
            map(self.stage.settings.makers_of, kind.split(","))
        ):
            return UNUSED
        return held[-1] if held else UNUSED

    def new_aims(self, attack: str, spec: Spec) -> Iterator[Aim]:
        """Each place of a route once, in whatever ways it may be called."""
        for aim in aims_of(spec):
            key = (attack, spec.name, aim.where, aim.template)
            if key not in self.aims:
                self.aims.add(key)
                yield aim

    def fire(self, aim: Aim, text: str, *, blame: str = "") -> Exchange:
        """A route with a text at a place. Raises `Busy`, `Exhausted`."""
        spec, given = aim.loaded(text)
        return self.ask(spec, given, where=aim.where, text=text, blame=blame)

    def ask(
        self,
        spec: Spec,
        given: Mapping[Slot, str] | None = None,
        *,
        user: Actor | None = None,
        where: str = "",
        text: str = "",
        blame: str = "",
    ) -> Exchange:
        """`blame` is the rule that a failure breaks, if it is more than a failure."""
        for one in (user,) if user else self.users:
            self._count()
            exchange = self.stage.ask(one, spec, given, term="nothing")
            self.stage.keep(one, spec, exchange)
            if user or exchange.status != BUSY:
                self.judge(spec, exchange, where=where, text=text, blame=blame)
                return exchange
        raise Busy("its limit is used up")

    def send(
        self, spec: Spec, call: Call, *, user: Actor | None = None, where: str = ""
    ) -> Exchange:
        """A request that no template has made."""
        for one in (user,) if user else self.users:
            self._count()
            # Past the stage: bodies of a megabyte hold no markers, and need not be searched.
            url, headers = self.stage.api + call.target, {**one.headers, **call.headers}
            exchange = self.stage.wire.send(call.method, url, headers, call.body)
            self.stage.findings.matrix.called(spec.name, one.name, exchange.status)
            if user or exchange.status != BUSY:
                self.stage.keep(one, spec, exchange)
                self.judge(spec, exchange, where=where)
                return exchange
        raise Busy("its limit is used up")

    def judge(
        self, spec: Spec, exchange: Exchange, *, where: str = "", text: str = "", blame: str = ""
    ) -> None:
        words = engine_text(exchange, text)
        rule = rule_of(words) if words else ""
        if exchange.status >= 500 and exchange.status != 503:
            # A text of another type may fell an engine without being run by it.
            told = rule if text and rule != "attack/engine-text" else ""
            rule = blame or told or "attack/server-error"
            message = f"{where or 'a request'} is answered {exchange.status}"
            self.report(rule, spec, f"{message}: {words}" if words else message, exchange, where)
        if words:
            self._tells(spec, exchange, where, words)
        if injected(exchange):
            message = f"a line break in {where or 'a request'} makes a header of the answer"
            self.report("attack/header-injection", spec, message, exchange, where)
        if runs_markup(exchange):
            message = f"stored markup is served as {exchange.header('content-type')}"
            self.report("attack/stored-markup", spec, message, exchange, where)
        self._judge_form(spec, exchange, where)

    def report(
        self,
        rule: str,
        spec: Spec,
        message: str,
        exchange: Exchange | None = None,
        where: str = "",
        severity: Severity = Severity.ERROR,
        actor: str = "",
    ) -> None:
        self.stage.findings.add(
            Kind.ATTACK, spec.name, actor or self.user.name, NO_OWNER, message, exchange,
            severity=severity, rule=rule, where=where,
        )  # fmt: skip

    def _tells(self, spec: Spec, exchange: Exchange, where: str, words: str) -> None:
        message = f"the answer to {where or 'a request'} tells of its engine: {words}"
        if not self.is_development:
            self.report("attack/engine-text", spec, message, exchange, where)
        elif not self.has_told:
            self.has_told = True
            message = f"in development, {message}"
            self.report("attack/engine-text", spec, message, exchange, where, Severity.NOTE)

    def _learn_from_open(self, exchange: Exchange) -> None:
        self.open_forms.add(members(exchange) or frozenset())
        told = said(exchange)
        if isinstance(told, dict) and told.get("environment") in DEVELOPMENT:
            self.is_development = True

    def _judge_form(self, spec: Spec, exchange: Exchange, where: str) -> None:
        """Its own form: some member that all or some of its refusals have."""
        if not self.forms or not 400 <= exchange.status < 500:
            return
        told = members(exchange)
        if told is None and exchange.request.method != "HEAD":
            message = f"the refusal ({exchange.status}) of {where or 'a request'} is no JSON object"
            self.report("attack/envelope", spec, message, exchange, where, Severity.WARNING)
        elif told and not any(told & form for form in self.forms):
            message = f"the refusal of {where or 'a request'} has {', '.join(sorted(told))}"
            self.report("attack/envelope", spec, message, exchange, where, Severity.WARNING)

    def _count(self) -> None:
        if self.left <= 0:
            raise Exhausted
        self.left -= 1
