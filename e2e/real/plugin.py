"""A run against a real deployment, as pytest goes through it.

The one process, or the one that hands cases to others, asks what the deployment is, begins the
ledger and cleans up; each that runs cases has its share of pace and budget.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from e2e.real import plan, report
from e2e.real.cleaning import Cleaner, Outcome
from e2e.real.deployment import (
    Unusable,
    accounts_of,
    api_of,
    checked,
    health_of,
    run_of,
    target_at,
)
from e2e.real.guard import Guard
from e2e.real.ledger import Ledger, Run
from e2e.real.pacing import Budget, Pacer, Share
from e2e.real.refusal import refused
from e2e.real.traffic import Traffic
from e2e.settings import Settings
from e2e.target import Target

NAME = "e2e-real"
LEDGERS = Path("build/e2e/ledgers")
# Cases wait for their turn, and that counts as theirs.
TIMEOUT_SECONDS = 3_600
LIMITS = "R14"


class RealRun:
    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        self._config = config
        self._settings = settings
        self._told: dict[str, Any] | None = getattr(config, "workerinput", None)
        self._guard: Guard | None = None
        self._run: Run | None = None
        self._ledger: Ledger | None = None
        self._outcome: Outcome | None = None
        # When requests have left, of every process that has ended.
        self._departures: list[float] = []

    @property
    def target(self) -> Target:
        """For cases, with this process's share of everything."""
        assert self._run is not None
        assert self._guard is not None
        return target_at(self._run, self._settings, self._guard)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        try:
            self._begin()
        except Unusable as error:
            raise pytest.UsageError(str(error)) from None

    def _begin(self) -> None:
        if self._told is not None:
            self._run = Run(**self._told["e2e_run"])
            self._ledger = Ledger(Path(self._told["e2e_ledger"]))
        else:
            checked(self._settings)
            self._run = run_of(self._settings, health_of(api_of(self._settings)))
            if not self._settings.dry_run:
                self._ledger = begun(self._run, self._settings, self._config.rootpath)
        if self._ledger is not None:
            self._guard = self._guarded(self._run, self._ledger)

    def _guarded(self, run: Run, ledger: Ledger) -> Guard:
        share, settings = share_of(self._told), self._settings
        if not share.part(settings.pace) or not share.part(settings.budget):
            raise Unusable(f"{share.of} processes are more than there are requests: fewer by -n")
        pacer = Pacer(share.part(settings.pace))
        budget = Budget(share.part(settings.budget), settings.budget)
        guard = Guard(Traffic(run.api, run.supabase, pacer, budget, ledger))
        accounts = accounts_of(settings)[share.index :: share.of]
        guard.hand_out(target_at(run, settings, guard), accounts)
        return guard

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """What another process has to know."""
        assert self._run is not None
        assert self._ledger is not None
        node.workerinput["e2e_run"] = self._run.as_json()
        node.workerinput["e2e_ledger"] = str(self._ledger.path)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        has_accounts = bool(accounts_of(self._settings))
        for item in items:
            item.add_marker(pytest.mark.timeout(TIMEOUT_SECONDS))
            if has_accounts and item.get_closest_marker("fresh"):
                reason = "this needs people who have nothing yet, and E2E_ACCOUNTS may have"
                item.add_marker(pytest.mark.skip(reason=reason))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        if not self._settings.dry_run:
            return None
        assert self._run is not None
        self._say("what would be touched", plan.told(self._run, self._settings, session.items))
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        assert self._guard is not None
        rules = [rule for mark in item.iter_markers("rule") for rule in mark.args]
        self._guard.begin_case(about_limits=LIMITS in rules)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        assert self._guard is not None
        budget = self._guard.traffic.budget
        if budget.has_refused:
            item.session.shouldstop = budget.told

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Of one that crashed nothing is known."""
        unknown = [monotonic()] * self._settings.pace
        self._departures += getattr(node, "workeroutput", {}).get("e2e_departures", unknown)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        if self._ledger is None:
            return
        assert self._run is not None
        assert self._guard is not None
        departures = self._guard.traffic.pacer.departures
        if self._told is not None:
            output: dict[str, Any] = self._config.workeroutput  # type: ignore[attr-defined]
            output["e2e_departures"] = departures
            return
        before = departures + self._departures
        self._outcome = cleaned(self._run, self._settings, self._ledger, before)

    def pytest_terminal_summary(self) -> None:
        if self._outcome is not None and self._ledger is not None:
            self._say("clean-up", report.told(self._outcome, self._ledger.path))

    def _say(self, title: str, lines: Iterator[str]) -> None:
        terminal = self._config.pluginmanager.get_plugin("terminalreporter")
        if terminal is not None:
            terminal.section(title)
            for line in lines:
                terminal.line(line)


def begun(run: Run, settings: Settings, root: Path) -> Ledger:
    """A ledger of this run. Raises `Unusable`, also for what must not be run against."""
    reason = refused(run.api, settings.site, run.environment)
    if reason is not None and not settings.yes_production:
        raise Unusable(reason)
    name = run.started.replace(":", "").replace(".", "-")
    ledger = Ledger(settings.ledger or root / LEDGERS / f"{name}.jsonl")
    if ledger.path.exists():
        raise Unusable(
            f"{ledger.path} is another run's; python -m e2e.real clean {ledger.path} ends that"
        )
    ledger.begin(run)
    return ledger


def share_of(told: dict[str, Any] | None) -> Share:
    if told is None:
        return Share()
    count = int(told["workercount"])
    # One that takes the place of another that crashed has a number beyond.
    return Share(int(told["workerid"].removeprefix("gw")) % count, count)


def cleaned(
    run: Run, settings: Settings, ledger: Ledger, departures: Iterable[float] = ()
) -> Outcome:
    """At the pace of the whole run, which has sent something in its last minute; no budget."""
    pacer = Pacer(settings.pace, departures=departures)
    guard = Guard(Traffic(run.api, run.supabase, pacer, Budget(None), ledger))
    target = target_at(run, settings, guard)
    return Cleaner(target, ledger, accounts_of(settings)).clean()


def configure(config: pytest.Config, settings: Settings) -> None:
    """Registers what such a run needs; nothing for any other."""
    if settings.target != "real":
        return
    if settings.dry_run:
        # In this process: nothing is handed to others.
        config.option.dist, config.option.tx = "no", []
    config.pluginmanager.register(RealRun(config, settings), NAME)


def target_of(config: pytest.Config) -> Target:
    """The deployment, once the session has begun."""
    found = config.pluginmanager.get_plugin(NAME)
    assert isinstance(found, RealRun)
    return found.target
