"""Jobs: added, found, analysed; and the way to a letter."""

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, expect

from e2e.cast import New
from e2e.people import Person
from tests.jobmatch.site.conftest import Visit

pytestmark = pytest.mark.chromium

Toast = Callable[[Page, str], None]


def test_a_job_is_added_by_hand_and_found(visit: Visit, anna: Person, toast: Toast) -> None:
    page = visit("/jobs", anna)
    expect(page.get_by_role("heading", name="Start Your Job Search")).to_be_visible()
    page.get_by_role("button", name="Add Job").click()
    page.get_by_placeholder("e.g. Senior Software Engineer").fill("C++ Engineer")
    page.get_by_placeholder("e.g. Google").fill("O'Neil & <i>Sons</i>")
    page.get_by_role("button", name="Add Job").click()
    toast(page, "Job added successfully!")
    expect(page.get_by_role("heading", name="C++ Engineer")).to_be_visible()
    page.goto("/jobs")
    page.get_by_placeholder("Search by job title, company, or skills...").fill("C++")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_text("1 for “C++”")).to_be_visible()
    # Markup that somebody writes is text.
    expect(page.get_by_text("O'Neil & <i>Sons</i>")).to_be_visible()


def test_filters_narrow_the_list(visit: Visit, anna: Person, make_job: New) -> None:
    make_job(anna, title="Near", workArrangement="On-site")
    make_job(anna, title="Far", workArrangement="Remote")
    page = visit("/jobs", anna)
    expect(page.get_by_text("2 jobs")).to_be_visible()
    page.get_by_role("button", name="Filters").click()
    page.locator("#workArrangement").select_option("Remote")
    expect(page.get_by_text("1 job", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Far")).to_be_visible()


def test_jobs_are_found_elsewhere_and_saved(
    visit: Visit, anna: Person, control: httpx.Client, toast: Toast
) -> None:
    page = visit("/jobs", anna)
    page.get_by_role("button", name="Find new jobs").click()
    page.locator("#keywords").fill("python, backend")
    page.locator("#location").fill("Oslo")
    page.get_by_role("dialog").get_by_role("button", name="Search Jobs").click()
    toast(page, "jobs found")
    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.get_by_text("1 Saved")).to_be_visible()
    page.get_by_role("button", name="View Details").first.click()
    expect(page.get_by_role("button", name="Saved")).to_be_visible()


def test_a_job_is_saved_before_it_is_applied_for(
    visit: Visit, anna: Person, make_job: New, toast: Toast
) -> None:
    job = make_job(anna)
    page = visit(f"/jobs/{job['id']}", anna)
    apply = page.get_by_role("button", name="Apply Now")
    expect(apply).to_be_disabled()
    expect(page.get_by_role("button", name="Apply to This Position")).to_be_disabled()
    page.get_by_role("button", name="Save Job").click()
    toast(page, "Job saved")
    expect(apply).to_be_enabled()
    assert anna.get(f"/api/jobs/{job['id']}").json()["is_saved"] == 1


def test_an_analysis_is_shown(
    visit: Visit, anna: Person, make_job: New, make_experience: New, toast: Toast
) -> None:
    make_experience(anna)
    page = visit(f"/jobs/{make_job(anna)['id']}", anna)
    page.get_by_role("button", name="Analyze compatibility").click()
    toast(page, "Compatibility analysis complete!")
    expect(page.get_by_role("meter")).to_have_count(10)
    expect(page.get_by_role("heading", name="Strengths")).to_be_visible()


def test_an_analysis_without_experience_says_what_is_missing(
    visit: Visit, anna: Person, make_job: New
) -> None:
    page = visit(f"/jobs/{make_job(anna)['id']}", anna)
    page.get_by_role("button", name="Analyze compatibility").click()
    expect(page.locator(".toast.bad")).to_be_visible()
    expect(page.get_by_role("button", name="Analyze compatibility")).to_be_enabled()


def test_a_job_of_another_is_not_found(
    visit: Visit, anna: Person, ben: Person, make_job: New
) -> None:
    page = visit(f"/jobs/{make_job(anna)['id']}", ben)
    expect(page.get_by_role("heading", name="Job Not Found")).to_be_visible()
