"""What looks like production is not run against."""

import pytest

from e2e.real.refusal import host_refused, refused

REHEARSALS = (
    "https://jobmatch-ai-dev.somebody.workers.dev",
    "https://staging.jobmatch.example",
    "https://api.staging2.jobmatch.example",
    "https://jobmatch-preview.pages.dev",
    "https://test-jobmatch.example.com",
    "http://localhost:8787",
    "http://127.0.0.1:8787",
    "http://[::1]:8787",
    "http://jobmatch-ai-prod.twin.workers.localhost:8789",
    "http://jobmatch.local",
)
PRODUCTIONS = (
    "https://jobmatch-ai-prod.somebody.workers.dev",
    "https://jobmatch-ai.pages.dev",
    "https://jobmatch.dev",
    "https://latest.jobmatch.example",
    "https://devices.example.com",
    "https://203.0.113.9",
    "https://api.jobmatch.example",
)


@pytest.mark.parametrize("url", REHEARSALS)
def test_a_name_that_says_so_is_taken(url: str) -> None:
    assert host_refused(url) is None
    assert refused(url, None, "staging") is None


@pytest.mark.parametrize("url", PRODUCTIONS)
def test_any_other_name_is_refused_with_the_way_out(url: str) -> None:
    reason = refused(url, None, "development")

    assert reason is not None
    assert "looks like production" in reason
    assert "--yes-production" in reason


def test_what_says_that_it_is_production_is_refused_whatever_its_name() -> None:
    api = "https://jobmatch-dev.example.com"

    assert refused(api, None, "production") == (
        f"{api}/health says that this is production; --yes-production runs against it all the same"
    )


def test_a_site_counts_too() -> None:
    reason = refused("https://dev.example.com", "https://www.example.com", "development")

    assert reason is not None
    assert reason.startswith("www.example.com looks like production")
