"""What a case was answered, from the process that ran it to the one that writes."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from e2e.exchanges import Exchanges
from e2e.parity.answers import Answer
from e2e.parity.masks import Masker
from e2e.parity.polling import answers_of
from e2e.parity.record import About, Case
from e2e.target import Target


def is_of_the_api(item: pytest.Item) -> bool:
    """What a browser asks is the site's business."""
    fixtures: list[str] = getattr(item, "fixturenames", [])
    return "visit" not in fixtures and item.get_closest_marker("chromium") is None


def told_by(item: pytest.Item) -> list[dict[str, Any]]:
    """The answers of a case as JSON has them."""
    arguments: Mapping[str, Any] = getattr(item, "funcargs", {})
    exchanges: Exchanges | None = arguments.get("exchanges")
    target: Target | None = arguments.get("target")
    if exchanges is None or target is None:
        return []
    masker = Masker({"api": target.api, "site": target.site, "supabase": target.supabase})
    return [asdict(one) for one in answers_of(list(exchanges), masker)]


def case_of(report: pytest.TestReport, told: Sequence[Mapping[str, Any]]) -> Case:
    if report.skipped:
        return Case("skipped", reason=reason_of(report))
    return Case(report.outcome, tuple(Answer(**one) for one in told))


def reason_of(report: pytest.TestReport) -> str:
    """As `pytest.skip` was told."""
    where = report.longrepr
    text = where[2] if isinstance(where, tuple) else str(where or "")
    return text.removeprefix("Skipped: ")


def about(target: Target) -> About:
    """The target as it says itself."""
    with target.client() as client:
        health = said(client, "/health")
    twin = {} if target.control is None else said(target.control, "/_twin/health")
    return About(
        target=target.worker or httpx.URL(target.api).host,
        kind=target.kind,
        environment=target.environment,
        date=datetime.now(UTC).date().isoformat(),
        twin=str(twin.get("version", "")),
        api=str(health.get("version", "")),
        runtime=str(health.get("runtime", "")),
    )


def said(client: httpx.Client, path: str) -> Mapping[str, Any]:
    """The object at a path; an empty one where there is none."""
    try:
        found = client.get(path).json()
    except (httpx.HTTPError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
