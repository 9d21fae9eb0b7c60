"""A run: users, canaries, crossings, probes; and in the end nothing is left behind."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from emulator.leaks import addresses, cleaning, interleaving, planting, probes, searches
from emulator.leaks.actors import Actor
from emulator.leaks.auth import auth_of
from emulator.leaks.behind import Behind
from emulator.leaks.crossing import Crossing
from emulator.leaks.findings import Findings
from emulator.leaks.observations import Matrix, Observations
from emulator.leaks.planted_rows import Rows
from emulator.leaks.settings import Settings, Spec
from emulator.leaks.stage import Stage
from emulator.leaks.wire import Exchange, Limits, Spent, Wire

# One more thing that is done with the users on stage, such as input attacks.
Extra = Callable[[Stage], None]
Answers = list[tuple[Spec, Exchange]]


@dataclass(frozen=True, slots=True)
class Plan:
    """`control` is a twin's, where one is behind the API."""

    api: str
    settings: Settings
    seed: str
    limits: Limits = Limits()
    control: str = ""
    measure_times: bool = True
    extras: tuple[Extra, ...] = ()


class Lab:
    def __init__(self, plan: Plan, report: Callable[[str], None] = lambda line: None) -> None:
        self._plan = plan
        self._report = report
        specs = plan.settings.specs.values()
        self._wire = Wire(plan.limits, plan.settings.address_header, plan.settings.sign_in.header)
        matrix = Matrix(dict.fromkeys(spec.name for spec in specs))
        self._findings = Findings(matrix)
        self._stage = Stage(plan.api, plan.settings, self._wire, self._findings, plan.seed)
        self._auth = auth_of(self._wire, plan.settings.sign_in, plan.api)
        self._rows = Rows(self._stage, plan.seed)
        self._behind = Behind(plan.control)

    def run(self) -> Observations:
        """Raises `SignInFailed`; `httpx.TransportError` where nobody could sign in."""
        stopped = ""
        left: list[str] = []
        began = time.monotonic()
        try:
            self._stage.enter(self._auth.users(f"leaks-{self._plan.seed}"))
            try:
                self._looked()
            except Spent as reason:
                stopped = str(reason)
            except httpx.TransportError as error:
                stopped = f"the API no longer answers: {error}"
            except KeyboardInterrupt:
                stopped = "interrupted"
            finally:
                left = self._cleaned()
        finally:
            self._wire.close()
        return Observations(
            self._plan.api,
            self._plan.seed,
            self._behind.told(self._findings.all),
            self._findings.matrix,
            self._wire.sent,
            time.monotonic() - began,
            stopped,
            tuple(left),
        )

    def _looked(self) -> None:
        stage, plan = self._stage, self._plan
        owner = stage.users[0]
        self._report("planting")
        answers: Answers = []
        for user in stage.users:
            self._spare_session(user)
        self._rows.plant()
        told = {user.name: planting.plant(stage, user) for user in stage.users}
        answers += self._named(told[owner.name])
        for name, step in self._steps(told[owner.name]):
            self._report(name)
            step()
        self._report("deleting")
        for user in stage.users:
            deleted = cleaning.delete_once(stage, user)
            if user is owner:
                answers += self._named(deleted)
        stage.conclude()
        planting.report_uncovered(stage, answers)
        for extra in plan.extras:
            extra(stage)

    def _steps(self, own: dict[str, Exchange]) -> list[tuple[str, Callable[[], None]]]:
        stage, plan, crossing = self._stage, self._plan, Crossing(self._stage)
        old = self._auth.old(stage.users[0])
        steps: list[tuple[str, Callable[[], None]]] = [
            ("counters", lambda: probes.counters(stage, own)),
            ("foreign ids", crossing.foreign_ids),
            ("claims", crossing.claims),
            ("privileges", crossing.privileges),
            ("bad tokens", lambda: crossing.bad_sessions(old)),
            ("mixed sessions", crossing.mixed_sessions),
            ("crowds", lambda: probes.crowds(stage)),
            ("shared names", lambda: probes.shared(stage)),
            ("signed URLs", lambda: addresses.signed_urls(stage)),
            ("active content", lambda: addresses.active_content(stage)),
            ("reading all", lambda: interleaving.sweep(stage)),
            ("at once", lambda: interleaving.interleaved(stage, plan.seed)),
            ("searches", lambda: searches.searches(stage)),
        ]
        if plan.control:
            steps.insert(10, ("outside", lambda: addresses.outside(stage, plan.control)))
        if plan.measure_times:
            steps.append(("times", lambda: interleaving.timing(stage)))
        return steps

    def _spare_session(self, user: Actor) -> None:
        """A second one, used last, so that lists of sessions begin with it: it may be lost."""
        for actor in (user, self._auth.again(user)):
            for spec in self._plan.settings.called:
                if spec.route.reads and spec.makes:
                    self._stage.ask(actor, spec)

    def _named(self, answers: dict[str, Exchange]) -> Answers:
        return [(self._plan.settings.specs[key], one) for key, one in answers.items()]

    def _cleaned(self) -> list[str]:
        self._report("cleaning up")
        self._wire.is_bounded = False
        try:
            return cleaning.clean(self._stage, self._auth) + self._rows.remove()
        except httpx.TransportError as error:
            return [f"everything: {error}"]
