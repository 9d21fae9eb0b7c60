"""Notes on what may be measured: the same for everybody (§3.9)."""

from typing import Any

import pytest

from e2e.people import Person

covers = pytest.mark.covers
KEYS: dict[str, set[str]] = {
    "workers-ai": {
        *("note", "instructions", "available_events", "example_queries", "real_time_metrics"),
    },
    "cache": {"note", "metrics_to_track", "log_filters", "expected_performance"},
    "models": {"note", "primary_model", "fallback_models", "openai_fallback", "log_queries"},
    "cost-savings": {"note", "calculation", "example_monthly_savings", "how_to_calculate"},
}
PAGES: list[Any] = [
    pytest.param(name, marks=covers(f"GET /api/analytics/{name}", 200, 401)) for name in KEYS
]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_analytics_has_its_keys(anna: Person, anyone: Person, name: str) -> None:
    told = anna.get(f"/api/analytics/{name}").json()

    assert told["success"] is True
    assert told["timestamp"].endswith("Z")
    assert set(told["data"]) >= KEYS[name]
    assert anyone.get(f"/api/analytics/{name}").status_code == 401


@covers("GET /api/analytics/models", 200)
def test_analytics_are_the_same_for_all(anna: Person, ben: Person) -> None:
    one, other = (person.get("/api/analytics/models").json() for person in (anna, ben))

    assert one["data"] == other["data"]
    assert len(one["data"]["fallback_models"]) == 3
