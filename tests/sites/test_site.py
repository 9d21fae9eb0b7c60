"""A site's answers: redirects, then files, then headers."""

import pytest

from emulator.sites import headers, redirects
from emulator.sites.first import Routes, Turn, parse_routes, turn
from emulator.sites.paths import NotFoundHandling
from emulator.sites.site import Answered, Asked, Product, Site, answer, type_of

FILES = {"/index.html", "/about.html", "/a b.txt", "/404.html", "/moved.html"}


def site(rules: str = "", more: str = "", product: Product = Product.WORKERS) -> Site:
    return Site(
        FILES.__contains__,
        lambda path: f"tag-of-{path}",
        product,
        missing=NotFoundHandling.PAGE,
        redirects=redirects.parse(rules),
        headers=headers.parse(more),
    )


def got(asked: Asked, given: Site | None = None) -> Answered:
    found = answer(given or site(), asked)
    assert found is not None
    return found


def test_a_file_has_type_tag_and_no_age() -> None:
    found = got(Asked("GET", "/about"))

    assert (found.status, found.file) == (200, "/about.html")
    assert dict(found.headers) == {
        "content-type": "text/html; charset=utf-8",
        "etag": '"tag-of-/about.html"',
        "cache-control": "public, max-age=0, must-revalidate",
    }


def test_a_path_is_decoded_once() -> None:
    assert got(Asked("GET", "/a%20b.txt")).file == "/a b.txt"
    assert got(Asked("GET", "/a%2520b.txt")).status == 404


@pytest.mark.parametrize(("product", "status"), [(Product.WORKERS, 307), (Product.PAGES, 308)])
def test_another_spelling_leads_with_its_query(product: Product, status: int) -> None:
    found = got(Asked("GET", "/about.html", "a=1"), site(product=product))

    assert (found.status, found.headers) == (status, [("location", "/about?a=1")])


@pytest.mark.parametrize(
    "tags", ['"tag-of-/about.html"', 'W/"tag-of-/about.html"', '"x", "tag-of-/about.html"']
)
def test_a_file_that_the_client_has_is_not_sent(tags: str) -> None:
    found = got(Asked("GET", "/about", if_none_match=tags))

    assert (found.status, found.file) == (304, None)


def test_files_are_read_only() -> None:
    assert got(Asked("POST", "/about")).status == 405
    assert answer(site(), Asked("POST", "/nothing"), missing=False) is None


def test_a_redirect_goes_before_a_file() -> None:
    found = got(Asked("GET", "/moved", "a=1"), site("/moved /new 301"))

    assert (found.status, found.headers) == (301, [("location", "/new?a=1")])


def test_a_rewrite_shows_another_file() -> None:
    assert got(Asked("GET", "/app/x"), site("/app/* /about 200")).file == "/about.html"


def test_headers_are_those_of_the_path_that_was_asked() -> None:
    given = site("/app/* /about 200", "/app/*\n  X-App: yes")

    assert ("x-app", "yes") in got(Asked("GET", "/app/x"), given).headers


def test_a_page_for_what_is_not_there_is_not_kept() -> None:
    found = got(Asked("GET", "/nothing"))

    assert (found.status, found.file) == (404, "/404.html")
    assert ("cache-control", "no-store") in found.headers


def test_a_path_leads_as_it_was_written() -> None:
    found = got(Asked("GET", "/old/%0d%0aset-cookie:%20a=b"), site("/old/* /new/:splat"))

    assert found.headers == [("location", "/new/%0d%0aset-cookie:%20a=b")]


def test_a_rewrite_to_nothing_is_not_there() -> None:
    found = answer(site("/app /nothing 200"), Asked("GET", "/app"), missing=False)

    assert found is not None
    assert (found.status, found.file) == (404, "/404.html")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/a.js", "text/javascript; charset=utf-8"),
        ("/a.PNG", "image/png"),
        ("/a", "application/octet-stream"),
        ("/a.unknown", "application/octet-stream"),
    ],
)
def test_a_name_means_a_type(path: str, kind: str) -> None:
    assert type_of(path) == kind


@pytest.mark.parametrize(
    ("setting", "path", "expected"),
    [
        (True, "/a", Turn.SCRIPT),
        (False, "/a", Turn.EITHER),
        (None, "/a", Turn.EITHER),
        (["/api/*"], "/api/x", Turn.SCRIPT),
        (["/api/*"], "/api", Turn.EITHER),
        (["/api/*"], "/a/../api/x", Turn.SCRIPT),
        (["/api/*"], "/a", Turn.EITHER),
        (["/api/*", "!/api/docs/*"], "/api/docs/x", Turn.FILES),
        (["/api/*", 7], "/api/x", Turn.SCRIPT),
        (["/" + "*a" * 40 + "b"], "/" + "a" * 2_000, Turn.EITHER),
    ],
)
def test_whose_turn_it_is(setting: object, path: str, expected: Turn) -> None:
    assert turn(setting, path) is expected


def test_routes_of_pages() -> None:
    routes = parse_routes({"version": 1, "include": ["/*"], "exclude": ["/static/*"]})

    assert (routes.mean("/api"), routes.mean("/static/a")) == (True, False)
    assert Routes().mean("/anything")


@pytest.mark.parametrize(
    "value",
    [
        None,
        {"include": ["/*"]},
        {"version": 1, "include": []},
        {"version": 1, "include": ["api"]},
        {"version": 1, "include": ["/*"] * 101},
        {"version": 1, "include": ["/" + "a" * 100]},
    ],
)
def test_routes_that_are_none_are_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"_routes\.json"):
        parse_routes(value)


@pytest.mark.parametrize(
    ("rule", "path", "expected"),
    [
        ("/api/*", "/api", True),
        ("/api/*", "/apis", False),
        ("/api*", "/apis", True),
        ("/api", "/api/", True),
        ("/api/", "/api", True),
        ("/api", "/api/x", False),
        ("/*", "/", True),
        ("/", "/a", False),
    ],
)
def test_a_route_of_pages_means(rule: str, path: str, expected: bool) -> None:
    assert Routes((rule,)).mean(path) is expected
