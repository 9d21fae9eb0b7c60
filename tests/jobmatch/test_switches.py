"""Every unsafe switch of the reference Worker opens what it names, and nothing is open without."""

from runpy import run_path

import httpx
import pytest

from e2e.people import People
from e2e.settings import PROJECT
from e2e.target import Target
from tests.jobmatch.altering import secret
from tests.jobmatch.leaks.groups import GROUPS, PROBES
from tests.jobmatch.leaks.scene import leaking

covers = pytest.mark.covers


def test_every_switch_has_a_probe() -> None:
    unsafe = run_path(str(PROJECT / "worker" / "jobmatch" / "unsafe.py"))

    assert PROBES.keys() == unsafe["SWITCHES"].keys()


@covers("R3")
@covers("R4")
@covers("R5")
@covers("R9")
@covers("R12")
@pytest.mark.timeout(120)
def test_without_switches_nothing_is_open(people: People, control: httpx.Client) -> None:
    assert leaking(PROBES.items(), people, control) == set()


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.timeout(120)
def test_a_switch_opens_what_it_names(
    group: str, people: People, jobmatch: Target, control: httpx.Client
) -> None:
    switches = GROUPS[group]
    with secret(jobmatch, "JOBMATCH_UNSAFE", ",".join(sorted(switches))):
        found = leaking([(name, PROBES[name]) for name in sorted(switches)], people, control)

    assert found == switches, f"closed although on: {sorted(switches - found)}"
