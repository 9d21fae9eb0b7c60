"""In the process that runs a case: what there is to tell when it has failed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, TypeVar

import pytest

from e2e.exchanges import Exchange, Exchanges
from e2e.reporting.behind import Behind, behind
from e2e.reporting.blame import culprit, expected
from e2e.reporting.evidence import EVIDENCE, Evidence
from e2e.reporting.masking import Mask
from e2e.reporting.told import (
    MESSAGE_CHARACTERS,
    TRACEBACK_CHARACTERS,
    Case,
    Failure,
    all_asked,
)
from e2e.target import Target

T = TypeVar("T")

# Of a node: the values of the fixtures that live as long as it does.
FIXTURES = pytest.StashKey[dict[str, Any]]()


def gathered(
    item: pytest.Item, failure: pytest.ExceptionInfo[BaseException], report: pytest.TestReport
) -> Failure:
    """Asks pages and twin while all is as it was."""
    evidence = item.stash[EVIDENCE]
    for witness in tuple(evidence.witnesses):
        attempt("a page could not be looked at", witness, evidence)
    mask = mask_of(item)
    exchanges = exchanges_of(item, evidence)
    blamed = culprit(exchanges, failure, item.config.rootpath)
    own = expected(failure, item.config.rootpath, item.path)
    inside = expected(failure, item.config.rootpath)
    return Failure(
        phase=report.when or "call",
        message=mask.text(message_of(report, failure))[:MESSAGE_CHARACTERS],
        traceback=mask.text(report.longreprtext)[-TRACEBACK_CHARACTERS:],
        expected=own or inside,
        inside=inside if own != inside else None,
        culprit=blamed,
        requests=all_asked(exchanges, blamed, mask),
        behind=attempt(
            "the twin could not be asked", lambda: from_twin(item, exchanges, mask), evidence
        ),
    )


def attempt(what: str, do: Callable[[], T], evidence: Evidence) -> T | None:
    """A report with a gap is better than none, whatever is broken."""
    try:
        return do()
    except Exception as error:
        evidence.notes.append(f"{what}: {type(error).__name__}: {error}"[:500])
        return None


def from_twin(item: pytest.Item, exchanges: Sequence[Exchange], mask: Mask) -> Behind | None:
    target = fixtures_of(item).get("target")
    if not isinstance(target, Target) or target.control is None:
        return None
    return behind(target, exchanges, mask)


def fixtures_of(item: pytest.Item) -> Mapping[str, Any]:
    """By name, as far as they have been made when one of them fails."""
    found: dict[str, Any] = {}
    for node in item.listchain():
        known: dict[str, Any] = node.stash.get(FIXTURES, {})
        found.update(known)
    return found


def exchanges_of(item: pytest.Item, evidence: Evidence) -> list[Exchange]:
    """The case's own and its pages', in the order in which they were asked."""
    noted = fixtures_of(item).get("exchanges")
    own: Iterable[Exchange] = noted if isinstance(noted, Exchanges) else ()
    return sorted([*own, *evidence.asked], key=attrgetter("at"))


def mask_of(item: pytest.Item) -> Mask:
    """Knows the target's keys, and the passwords and tokens of the people in the case."""
    values = fixtures_of(item).values()
    names = ("service_key", "api_token", "anon_key", "password", "token")
    found = [getattr(value, name, None) for value in values for name in names]
    return Mask(one for one in found if isinstance(one, str))


def message_of(report: pytest.TestReport, failure: pytest.ExceptionInfo[BaseException]) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    return str(crash.message) if crash is not None else failure.exconly()


def case_of(item: pytest.Item) -> Case:
    return Case(item.nodeid, rules=named(item, "rule"), guards=named(item, "guards"))


def named(item: pytest.Item, mark: str) -> list[str]:
    """The arguments of a mark; those of the case itself come first."""
    return list(dict.fromkeys(str(arg) for one in item.iter_markers(mark) for arg in one.args))


def attached(evidence: Evidence, mask: Mask) -> list[list[str]]:
    """The files that are there; in traces secrets are masked."""
    found = []
    for one in evidence.files:
        if one.path.is_file():
            if one.kind == "trace":
                mask.archive(one.path)
            found.append([one.kind, mask.text(one.caption), str(one.path)])
    return found


def facts_of(item: pytest.Item) -> dict[str, str]:
    """What is tested, and in which browser; as soon as it is known."""
    facts: dict[str, str] = {}
    target = fixtures_of(item).get("target")
    if isinstance(target, Target):
        facts |= {
            "target": target.kind,
            "environment": target.environment,
            "api": target.api,
            "site": target.site or "none",
            "supabase": target.supabase,
            "worker": target.worker,
        }
    version = getattr(fixtures_of(item).get("chromium"), "version", None)
    if version is not None:
        facts["chromium"] = version
    return facts
