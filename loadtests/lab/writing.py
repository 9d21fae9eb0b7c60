"""From what Locust and the watch have seen to the figures of a run."""

import platform
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import httpx
import psutil

import emulator
from emulator.core.histogram import Histogram
from loadtests.bench.machine import cpu_model
from loadtests.lab.settings import ROOT, Settings
from loadtests.lab.watching import CLIENT, OTHERS, POSTGRES, Look, cores
from loadtests.report.results import (
    Busy,
    Cache,
    Cell,
    Environment,
    Memory,
    Moment,
    Profile,
    Run,
    Served,
    Writes,
)
from loadtests.report.serving import merged, served

Figures = Mapping[str, Any]
PACKAGES = ("locust", "geventhttpclient", "apsw", "pgserver")
NOTES = (
    "Supabase's Storage here has one rule for who may do what; policies are not read.",
    "The lab's Worker trusts a secret; it checks no user's token, as JobMatch's Worker does.",
    "A hybrid search takes three requests over D1's REST API, two at Supabase, one at the Worker.",
    "KV's rate limit reads and then writes; Postgres counts in one statement.",
)
TOGETHER = "The sides did not take turns: they were in each other's way."
SILENT = "{} of {} Locust processes did not tell what they had measured last: figures are missing."


def run_of(
    settings: Settings,
    figures: Figures,
    profile: Profile | None,
    *,
    kind: str = "load",
    looks: Sequence[Look] = (),
    writes: Sequence[Writes] = (),
    notes: Sequence[str] = (),
    bill: Mapping[str, Any] | None = None,
) -> Run:
    turns = [one for one in figures["turns"] if one["round"]]
    together = [TOGETHER] if any(not one["side"] for one in turns) and kind == "load" else []
    silent = figures.get("silent", 0)
    missing = [SILENT.format(silent, figures["processes"])] if silent else []
    low, high = settings.think
    return Run(
        started_at=figures["started_at"],
        seconds=round(sum(one["ended"] - one["began"] for one in figures["turns"]), 1),
        users=figures["users"],
        target="real" if settings.is_real else "twin",
        environment=environment(settings, figures["processes"], f"{low:g} to {high:g} s"),
        profile=profile,
        kind=kind,
        cells=tuple(cells(figures, turns)),
        moments=tuple(moments(figures, looks)),
        served=tuple(served_of(figures)),
        busy=tuple(busy(figures, turns, looks)),
        memory=tuple(memory(figures["began"], looks)) if kind == "soak" else (),
        caches=tuple(caches(figures)),
        writes=tuple(writes),
        notes=(*missing, *NOTES, *together, *notes),
        bill=bill,
    )


def environment(settings: Settings, processes: int, pacing: str) -> Environment:
    return Environment(
        machine=", ".join(filter(None, (f"{platform.system()} {platform.machine()}", cpu_model()))),
        cpus=psutil.cpu_count() or 1,
        versions=versions(),
        seed=settings.seed,
        commit=commit(),
        memory_mb=psutil.virtual_memory().total // 2**20,
        data=f"{settings.people} people with {settings.jobs} jobs each",
        pacing=pacing,
        processes=processes,
    )


def versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "cftwin": emulator.__version__}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def commit() -> str:
    asked = ("git", "-C", str(ROOT), "rev-parse", "--short=12", "HEAD")
    try:
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def cells(figures: Figures, turns: Sequence[Figures]) -> Iterator[Cell]:
    measured = figures["measured"]
    errors: defaultdict[tuple[Any, ...], dict[str, int]] = defaultdict(dict)
    for *key, text, count in measured["errors"]:
        errors[tuple(key)][text] = count
    sizes = {tuple(key): count for *key, count in measured["bytes"]}
    times = {tuple(key): Histogram.of(one) for *key, one in measured["times"]}
    for key in sorted(times.keys() | errors.keys()):
        number, side, operation = key
        lasted = sum(
            one["ended"] - one["began"]
            for one in turns
            if one["round"] == number and one["side"] in ("", side)
        )
        histogram = times.get(key) or Histogram()
        yield Cell(
            number, side, operation, histogram, round(lasted, 3), errors[key], sizes.get(key, 0)
        )


def moments(figures: Figures, looks: Sequence[Look]) -> Iterator[Moment]:
    measured, began = figures["measured"], figures["began"]
    failed = {tuple(key): count for *key, count in measured["failed"]}
    right = {tuple(key): Histogram.of(one) for *key, one in measured["seconds"]}
    queues = {int(one.moment - began): one.queue for one in looks if one.moment >= began}
    for key in sorted(right.keys() | failed.keys()):
        second, side = key
        times, errors = right.get(key) or Histogram(), failed.get(key, 0)
        yield Moment(
            second,
            side,
            times.count + errors,
            errors,
            figures["users"],
            queues.get(second),
            round(times.quantile(0.95), 3) if times.count else None,
        )


def served_of(figures: Figures) -> tuple[Served, ...]:
    found = (
        one for side, operations in figures["timings"] for one in served(side or "all", operations)
    )
    return merged(found)


def busy(figures: Figures, turns: Sequence[Figures], looks: Sequence[Look]) -> Iterator[Busy]:
    spent: defaultdict[tuple[str, str], float] = defaultdict(float)
    lasted: defaultdict[tuple[str, str], float] = defaultdict(float)
    sides = list(dict.fromkeys(key[1] for key in figures["measured"]["times"]))
    for turn in turns:
        for kind, (seconds, length) in cores(looks, turn["began"], turn["ended"]).items():
            for side in [turn["side"]] if turn["side"] else sides:
                spent[side, kind] += seconds
                lasted[side, kind] += length
    cpus = float(psutil.cpu_count() or 1)
    most = {CLIENT: float(figures["processes"]), POSTGRES: cpus, OTHERS: cpus}
    for (side, kind), seconds in spent.items():
        share = seconds / lasted[side, kind]
        yield Busy(side, kind, round(share, 3), most.get(kind, 1.0))


def memory(began: float, looks: Sequence[Look]) -> Iterator[Memory]:
    """Once a second; of several processes of a kind the sum."""
    seen: set[int] = set()
    for look in looks:
        second = int(look.moment - began)
        if look.moment < began or second in seen:
            continue
        seen.add(second)
        sums: defaultdict[str, float] = defaultdict(float)
        for kind, _, megabytes in look.processes.values():
            sums[kind] += megabytes
        for kind, megabytes in sums.items():
            yield Memory(second, kind, round(megabytes, 2))


def caches(figures: Figures) -> Iterator[Cache]:
    counts = {tuple(key): count for *key, count in figures["measured"]["caches"]}
    hits, misses = counts.get(("gateway", "hit"), 0), counts.get(("gateway", "miss"), 0)
    if hits + misses:
        yield Cache("AI Gateway", hits, misses)


def told_by_twin(settings: Settings) -> Profile | None:
    """The latency profile that runs, if one does."""
    if not settings.control:
        return None
    asked = httpx.get(f"{settings.control}/_twin/latency", timeout=10.0, trust_env=False)
    told = asked.raise_for_status().json()["profile"]
    if told is None:
        return None
    names = ("name", "digest", "note", "seed", "guesses")
    kept = {name: told[name] for name in names if told.get(name) is not None}
    guesses = kept.get("guesses", 0)
    return Profile(**(kept | {"guesses": guesses if isinstance(guesses, int) else len(guesses)}))
