"""Jobs on the site: added, found, saved, compared, filtered and put away."""

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, expect

from e2e.cast import New
from e2e.people import Person

pytestmark = [pytest.mark.chromium, pytest.mark.fresh]
rule = pytest.mark.rule
guards = pytest.mark.guards
Visit = Callable[..., Page]
Toast = Callable[[Page, str], None]
SEARCH = "Search by job title, company, or skills..."


@rule("R7", "R17")
def test_a_job_is_added_found_by_its_odd_name_and_saved(
    visit: Visit, anna: Person, make_job: New, toast: Toast
) -> None:
    make_job(anna, title="Gardener", company="Parks")
    page = visit("/jobs/add", anna)
    page.get_by_placeholder("e.g. Senior Software Engineer").fill("C++ <i>Engineer</i>")
    page.get_by_placeholder("e.g. Google").fill("O'Neil & Sons")
    page.get_by_role("button", name="Add Job").click()
    toast(page, "Job added successfully!")
    expect(page.get_by_role("heading", name="C++ <i>Engineer</i>")).to_be_visible()
    page.get_by_role("button", name="Save Job").click()
    expect(page.get_by_role("button", name="Apply Now")).to_be_enabled()
    page.get_by_role("button", name="Jobs", exact=True).click()
    expect(page.get_by_text("1 Saved")).to_be_visible()
    page.get_by_placeholder(SEARCH).fill("C++")
    page.get_by_placeholder(SEARCH).press("Enter")
    first = page.get_by_role("button", name="View Details").first
    expect(page.get_by_text("“C++”")).to_be_visible()
    first.click()
    expect(page.get_by_role("heading", name="C++ <i>Engineer</i>")).to_be_visible()
    [saved] = anna.get("/api/jobs?saved=true").json()["jobs"]
    assert (saved["title"], saved["company"]) == ("C++ <i>Engineer</i>", "O'Neil & Sons")


@rule("R9")
def test_jobs_are_found_elsewhere_and_one_is_compared(
    visit: Visit, anna: Person, make_experience: New, control: httpx.Client, toast: Toast
) -> None:
    make_experience(anna)
    page = visit("/jobs", anna)
    page.get_by_role("button", name="Find new jobs").click()
    page.locator("#keywords").fill("python, backend")
    page.locator("#location").fill("Oslo")
    page.get_by_role("dialog").get_by_role("button", name="Search Jobs").click()
    toast(page, "jobs found")
    page.get_by_role("button", name="View Details").first.click()
    page.get_by_role("button", name="Analyze compatibility").click()
    toast(page, "Compatibility analysis complete!")
    expect(page.get_by_role("meter")).to_have_count(10)
    page.reload()
    # What was compared is kept.
    page.get_by_role("button", name="Show the analysis").click()
    expect(page.get_by_role("meter")).to_have_count(10)
    scores = [job["match_score"] for job in anna.get("/api/jobs").json()["jobs"]]
    assert len([score for score in scores if score is not None]) == 1


@rule("R6")
def test_filters_and_the_archive_show_what_they_say(
    visit: Visit, anna: Person, make_job: New, toast: Toast
) -> None:
    far = make_job(anna, title="Far", workArrangement="Remote")
    make_job(anna, title="Near", workArrangement="On-site")
    page = visit("/jobs", anna)
    expect(page.get_by_role("link", name="Near")).to_be_visible()
    page.get_by_role("button", name="Filters").click()
    page.locator("#workArrangement").select_option("Remote")
    expect(page.get_by_role("link", name="Near")).to_have_count(0)
    page.get_by_role("link", name="Far").click()
    page.get_by_role("button", name="Archive", exact=True).click()
    toast(page, "Job archived")
    page.goto("/jobs")
    expect(page.get_by_role("link", name="Near")).to_be_visible()
    expect(page.get_by_role("link", name="Far")).to_have_count(0)
    page.get_by_role("button", name="Filters").click()
    page.get_by_label("Archived").check()
    expect(page.get_by_role("link", name="Far")).to_be_visible()
    expect(page.get_by_role("link", name="Near")).to_have_count(0)
    assert anna.get(f"/api/jobs/{far['id']}").json()["is_archived"] == 1


@rule("R8")
def test_a_deleted_job_leaves_the_list_and_the_search(
    visit: Visit, anna: Person, make_job: New, toast: Toast
) -> None:
    nurse = make_job(anna, title="Night Nurse")
    page = visit(f"/jobs/{nurse['id']}", anna)
    page.get_by_role("button", name="Delete").click()
    toast(page, "Job deleted")
    expect(page.get_by_role("heading", name="Start Your Job Search")).to_be_visible()
    page.get_by_placeholder(SEARCH).fill("night nurse")
    page.get_by_placeholder(SEARCH).press("Enter")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    page.goto(f"/jobs/{nurse['id']}")
    expect(page.get_by_role("heading", name="Job Not Found")).to_be_visible()
    assert anna.get(f"/api/jobs/{nurse['id']}").status_code == 404


@rule("R3")
@guards("list:jobs", "get:jobs")
def test_anothers_job_is_not_found_by_its_address_or_in_the_list(
    visit: Visit, anna: Person, ben: Person, make_job: New
) -> None:
    job = make_job(anna, title="Night Nurse")
    own = visit(f"/jobs/{job['id']}", anna)
    expect(own.get_by_role("heading", name="Night Nurse")).to_be_visible()
    page = visit("/jobs", ben)
    expect(page.get_by_role("heading", name="Start Your Job Search")).to_be_visible()
    page.goto(f"/jobs/{job['id']}")
    expect(page.get_by_role("heading", name="Job Not Found")).to_be_visible()
    own.reload()
    expect(own.get_by_role("heading", name="Night Nurse")).to_be_visible()
