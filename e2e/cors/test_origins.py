"""Which sites a browser lets read the API's answers."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from e2e.people import Person
from e2e.target import Target

ALLOW_ORIGIN = "access-control-allow-origin"
LOCAL = (
    "http://localhost:5173",
    "http://localhost:3000",
    "http://localhost:4173",
    "http://127.0.0.1:5173",
    "http://127.0.0.1:3000",
)
PUBLISHED = (
    "https://jobmatch-ai-dev.pages.dev",
    "https://jobmatch-ai.pages.dev",
    "https://a1b2c3d4.jobmatch-ai-dev.pages.dev",
)


@pytest.fixture
def site(target: Target) -> str:
    if target.site is None:
        pytest.skip("this needs the address of the site")
    parts = urlsplit(target.site)
    return f"{parts.scheme}://{parts.netloc}"


def preflight(person: Person, path: str, origin: str, method: str = "POST") -> httpx.Response:
    """What a browser asks before it sends JSON with a token."""
    headers = {
        "origin": origin,
        "access-control-request-method": method,
        "access-control-request-headers": "authorization,content-type",
    }
    return person.request("OPTIONS", path, headers=headers)


def look_alikes(site: str) -> Iterator[str]:
    """What somebody could register, or serve, who is not the site."""
    scheme, host = site.split("://")
    name, _, port = host.partition(":")
    after = f":{port}" if port else ""
    yield f"{'http' if scheme == 'https' else 'https'}://{host}"
    yield f"{scheme}://{name}.evil.example{after}"
    yield f"{scheme}://evil-{name}.example{after}"
    yield f"{scheme}://a.b.{host}"
    yield f"{scheme}://{name}:{int(port or 443) + 1}"
    yield f"{site}/"
    yield f"{site}@evil.example"
    yield f"https://evil.example/?{site}"
    yield f"{site} https://evil.example"


def test_only_the_site_itself_is_let_in_and_nothing_that_looks_like_it(
    anna: Person, site: str
) -> None:
    assert preflight(anna, "/api/profile", site).headers[ALLOW_ORIGIN] == site
    assert anna.get("/api/profile", headers={"origin": site}).headers[ALLOW_ORIGIN] == site

    for origin in (*look_alikes(site), "null", "https://a.b.jobmatch-ai-dev.pages.dev"):
        asked = preflight(anna, "/api/profile", origin)
        answer = anna.get("/api/profile", headers={"origin": origin})

        assert asked.status_code == 204
        # The token counts, not the origin: whether the answer is read the browser decides.
        assert answer.status_code == 200
        assert not {ALLOW_ORIGIN} & {*asked.headers, *answer.headers}, origin


def test_local_pages_are_let_in_in_development_alone(anyone: Person, target: Target) -> None:
    origins = [*LOCAL, *PUBLISHED, "http://127.0.0.1:4173", "http://localhost"]

    seen = {one: preflight(anyone, "/health", one).headers.get(ALLOW_ORIGIN) for one in origins}

    let_in = set(PUBLISHED)
    if target.environment == "development":
        let_in |= set(LOCAL)
    # An `APP_URL` may be a local one, too.
    let_in |= {one for one in origins if one == target.site}
    assert {one: allowed == one for one, allowed in seen.items()} == {
        one: one in let_in for one in origins
    }


def test_the_site_can_read_why_it_was_refused(anna: Person, anyone: Person, site: str) -> None:
    headers = {"origin": site}
    answers = [
        anna.get("/api/profile", headers=headers),
        anyone.get("/api/profile", headers=headers),
        anna.get("/api/nothing", headers=headers),
        anna.patch("/api/profile", content=b"{", headers=headers),
    ]

    assert [answer.status_code for answer in answers] == [200, 401, 404, 400]
    for answer in answers:
        assert answer.headers[ALLOW_ORIGIN] == site
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert "origin" in answer.headers["vary"].lower()
        exposed = answer.headers["access-control-expose-headers"].lower()
        assert {"x-ratelimit-remaining", "retry-after"} <= set(exposed.split(","))
        assert "x-ratelimit-remaining" in answer.headers


def test_preflights_need_no_token_and_cost_no_requests(anna: Person, site: str) -> None:
    before = int(anna.get("/api/profile").headers["x-ratelimit-remaining"])
    paths = ("/api/profile", "/api/profile/skills", "/api/nothing", "/nowhere")

    answers = [
        preflight(anna, path, site, method) for path in paths for method in ("PUT", "DELETE")
    ]
    strangers = preflight(Person(anna.target, anna.client), "/api/profile", site)

    for answer in (*answers, strangers):
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers[ALLOW_ORIGIN] == site
        assert "DELETE" in answer.headers["access-control-allow-methods"]
        assert "Authorization" in answer.headers["access-control-allow-headers"]
        assert "x-ratelimit-remaining" not in answer.headers
    # Elsewhere all who test may share an address.
    if anna.target.control is not None:
        after = int(anna.get("/api/profile").headers["x-ratelimit-remaining"])
        assert after == before - 1
