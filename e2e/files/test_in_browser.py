"""A file's link in a browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from e2e.files.samples import PAGE
from e2e.files.stored import link, of, stored
from e2e.people import Person

pytestmark = pytest.mark.chromium


@pytest.mark.rule("R12")
def test_a_link_is_saved_by_somebody_who_is_not_signed_in(
    visit: Callable[..., Page], anna: Person
) -> None:
    told = stored(anna, PAGE, "portfolio.html", kind="text/html")
    page = visit("/login")
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()

    with page.expect_download() as saving:
        page.evaluate("url => location.assign(url)", link(anna, told["key"]))

    # A page of somebody else's is saved; run here it would act as the site.
    assert saving.value.suggested_filename == "portfolio.html"
    assert saving.value.path().read_bytes() == PAGE
    assert page.url.endswith("/login")
    assert anna.delete(of(told["key"])).status_code == 200
