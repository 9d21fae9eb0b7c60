"""What Cloudflare's own asset worker was seen to answer, where that is easily got wrong."""

import pytest

from emulator.sites import headers, redirects
from emulator.sites.paths import HtmlHandling, NotFoundHandling, normal
from emulator.sites.site import Answered, Asked, Site, answer

FILES = (
    "/404.html",
    "/about.html",
    "/both.html",
    "/both/index.html",
    "/exact",
    "/exact.html",
    "/index.html",
    "/sub/page.html",
)
RULES = """
/s/* /t/:splat
/p/:id/:id_2 /x/:id_2/:id
/e/* https://example.com/:splat
/caf\u00e9 /coffee
/old /about 301
/lost /nothing 200
/out/* /:splat
"""
HEADERS = """
/old
  X-Old: 1
/about
  X-About: first
/about
  X-About: second
"""


def got(path: str, **changes: object) -> Answered | None:
    handling = changes.pop("html", HtmlHandling.AUTO)
    missing = changes.pop("missing", NotFoundHandling.PAGE)
    assert isinstance(handling, HtmlHandling)
    assert isinstance(missing, NotFoundHandling)
    site = Site(
        FILES.__contains__,
        str,
        html=handling,
        missing=missing,
        redirects=redirects.parse(RULES),
        headers=headers.parse(HEADERS),
    )
    return answer(site, Asked(str(changes.get("method", "GET")), path))


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/%61bout", "/about"),
        ("//about", "/about"),
        ("/sub%2Fpage", "/sub/page"),
        ("/both/index.html", "/both/"),
        ("/a%zz", "/a%25zz"),
        ("/s/%0d%0aSet-Cookie:a", "/t/%0d%0aSet-Cookie:a"),
        ("/s/a%20b", "/t/a%20b"),
        ("/out//evil.com", "/evil.com"),
        ("/out/%5Cevil.com", "/%5Cevil.com"),
        ("/e/a%20b", "https://example.com/a%20b"),
        ("/p/1/2", "/x/2/1"),
        ("/caf%C3%A9", "/coffee"),
    ],
)
def test_a_path_leads_to(path: str, location: str) -> None:
    found = got(path)

    assert found is not None
    assert dict(found.headers)["location"] == location


@pytest.mark.parametrize(
    ("path", "html", "file"),
    [
        ("/exact.html", HtmlHandling.AUTO, "/exact.html"),
        ("/exact.html", HtmlHandling.DROP, "/exact.html"),
        ("/exact/", HtmlHandling.AUTO, "/404.html"),
        ("/both.html", HtmlHandling.FORCE, "/both.html"),
        ("/both/index.html", HtmlHandling.DROP, "/both/index.html"),
        ("/.html", HtmlHandling.AUTO, "/404.html"),
        ("/sub/../about", HtmlHandling.AUTO, "/about.html"),
        ("/sub/%2e%2E/about", HtmlHandling.AUTO, "/about.html"),
    ],
)
def test_a_path_shows(path: str, html: HtmlHandling, file: str) -> None:
    found = got(path, html=html)

    assert found is not None
    assert found.file == file


def test_a_redirect_holds_for_every_method_and_has_the_headers_of_its_path() -> None:
    found = got("/old", method="POST")

    assert found == Answered(301, [("location", "/about"), ("x-old", "1")])


def test_of_two_blocks_for_a_path_the_second_holds() -> None:
    found = got("/about")

    assert found is not None
    assert dict(found.headers)["x-about"] == "second"


def test_what_is_shown_in_place_of_another_is_not_the_workers() -> None:
    found = got("/lost", missing=NotFoundHandling.NONE)

    assert found is not None
    assert found.status == 404


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/a/./b", "/a/b"), ("/a/..", "/"), ("/../a", "/a"), ("/a b", "/a%20b"), ("/a%2fb", "/a%2fb")],
)
def test_a_path_is_read_as_a_url(path: str, expected: str) -> None:
    assert normal(path) == expected
