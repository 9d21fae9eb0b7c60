"""What holds for every request: health, unknown routes, methods, headers, CORS."""

import pytest

from e2e.contract import AUTHENTICATED
from e2e.people import Person
from e2e.target import Target

covers = pytest.mark.covers

SECURITY = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "cross-origin",
    "origin-agent-cluster": "?1",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=15552000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "x-dns-prefetch-control": "off",
    "x-download-options": "noopen",
    "x-frame-options": "SAMEORIGIN",
    "x-permitted-cross-domain-policies": "none",
    "x-xss-protection": "0",
}
EXPOSED = "X-RateLimit-Limit,X-RateLimit-Remaining,X-RateLimit-Reset,Retry-After"


@covers("GET /health", 200)
def test_health_names_the_environment(anyone: Person, jobmatch: Target) -> None:
    answer = anyone.get("/health")

    assert answer.status_code == 200
    told = answer.json()
    assert (told["status"], told["version"]) == ("healthy", "1.0.0")
    assert (told["environment"], told["runtime"]) == (jobmatch.environment, "Cloudflare Workers")


@covers("GET /health", 200)
def test_health_costs_nothing(anyone: Person) -> None:
    assert "x-ratelimit-limit" not in anyone.get("/health").headers
    assert anyone.get("/api/nothing").headers["x-ratelimit-remaining"] == "99"


@pytest.mark.environment("development")
@covers("GET /api", 200)
def test_the_index_is_there_in_development(anyone: Person) -> None:
    told = anyone.get("/api").json()

    assert told["name"] == "JobMatch AI API"
    assert {"version", "runtime", "endpoints", "authentication", "rateLimit", "notes"} < set(told)
    areas = {"applications", "jobs", "emails", "auth", "exports", "resume", "profile", "analytics"}
    assert areas <= set(told["endpoints"])
    assert {"global", "emails", "applications", "scraping"} <= set(told["rateLimit"])


@pytest.mark.environment("production")
@covers("GET /api", 403)
def test_the_index_is_not_there_in_production(anyone: Person) -> None:
    answer = anyone.get("/api")

    assert answer.status_code == 403
    assert answer.json() == {"message": "API documentation available in development mode"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/nowhere"),
        ("GET", "/health/"),
        ("GET", "/api/"),
        ("GET", "/api/jobs/"),
        ("PUT", "/api/jobs"),
        ("DELETE", "/api/jobs"),
        ("POST", "/health"),
        ("GET", "/api/auth/login"),
        ("POST", "/api/auth/login"),
        ("POST", "/api/resume"),
        ("GET", "/api//jobs"),
        ("GET", "/r2/exports/any"),
    ],
)
def test_a_route_that_is_none_is_not_found_before_anybody_is_asked(
    anyone: Person, method: str, path: str
) -> None:
    answer = anyone.request(method, path)

    assert answer.status_code == 404
    assert (answer.json()["code"], answer.json()["statusCode"]) == ("NOT_FOUND", 404)
    assert answer.json()["message"] == f"Route {method} {path} not found"


@pytest.mark.parametrize("path", ["/api/analytics", "/api/analytics/nothing"])
def test_below_analytics_the_caller_is_asked_first(anyone: Person, anna: Person, path: str) -> None:
    assert anyone.get(path).status_code == 401
    assert anna.get(path).status_code == 404


@covers("GET /health", 200)
def test_head_is_get_without_a_body(anyone: Person, anna: Person) -> None:
    for someone, path in ((anyone, "/health"), (anna, "/api/jobs")):
        told, whole = someone.request("HEAD", path), someone.get(path)
        assert (told.status_code, told.content) == (200, b"")
        assert told.headers["content-type"] == whole.headers["content-type"]


def test_every_answer_has_the_security_headers(anyone: Person, anna: Person) -> None:
    answers = [
        anyone.get("/health"),
        anyone.get("/nowhere"),
        anyone.get("/api/jobs"),
        anna.get("/api/jobs"),
        anyone.request("OPTIONS", "/api/jobs"),
    ]

    assert [answer.status_code for answer in answers] == [200, 404, 401, 200, 204]
    for answer in answers:
        assert {name: answer.headers.get(name) for name in SECURITY} == SECURITY
        assert answer.headers["content-security-policy"].startswith("default-src 'self'")
        assert "x-powered-by" not in answer.headers


@pytest.mark.parametrize(
    "origin",
    [
        "https://jobmatch-ai-dev.pages.dev",
        "https://jobmatch-ai.pages.dev",
        "https://a1-b2.jobmatch-ai-dev.pages.dev",
        "https://ABC.jobmatch-ai-dev.pages.dev",
    ],
)
def test_an_origin_of_ours_is_echoed(anyone: Person, origin: str) -> None:
    answer = anyone.get("/api/jobs", headers={"origin": origin})

    assert answer.headers["access-control-allow-origin"] == origin
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert answer.headers["access-control-expose-headers"] == EXPOSED
    assert "origin" in answer.headers["vary"].lower()


def test_the_site_of_the_environment_is_an_origin_of_ours(anyone: Person, jobmatch: Target) -> None:
    if jobmatch.site is None:
        pytest.skip("no site was named")

    answer = anyone.get("/health", headers={"origin": jobmatch.site})

    assert answer.headers["access-control-allow-origin"] == jobmatch.site


@pytest.mark.parametrize(
    "origin",
    [
        "https://a.b.jobmatch-ai-dev.pages.dev",
        "https://x.jobmatch-ai.pages.dev",
        "http://jobmatch-ai.pages.dev",
        "https://jobmatch-ai.pages.dev.evil.example",
        "https://jobmatch-ai-dev.pages.dev/",
        "https://evil.example",
        "null",
    ],
)
def test_another_origin_gets_no_permission_and_the_request_is_done(
    anyone: Person, origin: str
) -> None:
    answer = anyone.get("/health", headers={"origin": origin})

    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["access-control-allow-credentials"] == "true"


@pytest.mark.parametrize("origin", ["http://localhost:5173", "http://127.0.0.1:3000"])
@pytest.mark.environment("development")
def test_development_takes_local_origins(anyone: Person, origin: str) -> None:
    answer = anyone.get("/health", headers={"origin": origin})

    assert answer.headers["access-control-allow-origin"] == origin


@pytest.mark.parametrize("origin", ["http://localhost:5173", "http://127.0.0.1:3000"])
@pytest.mark.environment("production")
def test_production_takes_no_local_origin(anyone: Person, origin: str) -> None:
    answer = anyone.get("/health", headers={"origin": origin})

    assert "access-control-allow-origin" not in answer.headers


def test_without_an_origin_everybody_may_look(anyone: Person) -> None:
    assert anyone.get("/health").headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("path", ["/api/jobs", "/nowhere", "/health"])
def test_a_preflight_is_answered_at_once(anyone: Person, path: str) -> None:
    asked = {"access-control-request-headers": "x-anything", "origin": "https://evil.example"}

    answer = anyone.request("OPTIONS", path, headers=asked)

    assert (answer.status_code, answer.content) == (204, b"")
    allowed = answer.headers["access-control-allow-methods"]
    assert allowed == "GET,POST,PATCH,PUT,DELETE,OPTIONS"
    headers = answer.headers["access-control-allow-headers"]
    assert headers == "Content-Type,Authorization,X-Requested-With"
    assert answer.headers["access-control-max-age"] == "86400"
    assert answer.headers["vary"] == "Origin, Access-Control-Request-Headers"
    assert "x-ratelimit-limit" not in answer.headers


@pytest.mark.parametrize("route", AUTHENTICATED)
@covers("AUTHENTICATED", 401)
def test_every_other_route_wants_to_know_who_calls(anyone: Person, route: str) -> None:
    method, pattern = route.split(" ")
    path = "/".join("any" if part.startswith(":") else part for part in pattern.split("/"))

    answer = anyone.request(method, path)

    assert answer.status_code == 401
    assert answer.json()["code"] == "MISSING_AUTH_HEADER"
    assert answer.json()["statusCode"] == 401
    assert "stack" not in answer.json()
