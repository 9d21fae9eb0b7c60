"""Every route of the API, the control plane and the stand-ins against the attack table."""

import re
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from emulator.wire.routing import Route
from tests.security.attacks import (
    ALLOWED,
    CHANGES,
    CONTROL_CROSSINGS,
    CREDENTIALS,
    CROSSINGS,
    DISGUISES,
    REBINDINGS,
    Credential,
    Disguise,
    Mark,
    bearer,
)
from tests.security.raw import Answer, ask, send
from tests.security.stage import Stage, staged
from tests.security.test_tenants import CAPABILITIES, ROUTES, SCOPED, label

STAND_INS = tuple(
    (method, path)
    for method in ("GET", "POST", "PUT", "DELETE")
    for path in (
        "/supabase/auth/v1/signup",
        "/supabase/auth/v1/admin/users",
        "/supabase/rest/v1/shop",
        "/supabase/storage/v1/object/shop/k",
        "/_outside/api.openai.com/v1/chat/completions",
        "/_outside/api.sendgrid.com/v3/mail/send",
        "/_outside/www.linkedin.com/oauth/v2/authorization",
        "/_outside/api.apify.com/v2/acts",
        "/_outside/pdf-parser.example.com/parse-pdf",
    )
)
HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol": "trace-v1",
}
GATEWAYS = tuple(
    ("POST", f"/gateway/v1/{{account_id}}/shop/{path}")
    for path in ("", "openai/chat/completions", "workers-ai/@cf/meta/llama-3.1-8b-instruct")
)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with staged(tmp_path_factory.mktemp("walls") / "state") as stage:
        yield stage


def path_of(stage: Stage, path: str) -> str:
    names = {"account_id": stage.account_id} | stage.things
    filled = re.sub(r"\{(\w+)[^}]*\}", lambda name: names.get(name[1], "0" * 32), path)
    return filled.replace("@", "%40")


def api_path(stage: Stage, route: Route) -> str:
    return "/client/v4" + path_of(stage, route.path)


def code_of(answer: Answer) -> int | None:
    """The code of the refusal in Cloudflare's envelope; None if it is no refusal."""
    try:
        told = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return None
    is_refusal = isinstance(told, dict) and told.get("success") is False
    return told["errors"][0]["code"] if is_refusal else None


def control_routes(stage: Stage) -> list[tuple[str, str]]:
    told = orjson.loads(ask(stage.api, "GET", "/_twin/openapi.json").body)
    return [
        (method.upper(), path_of(stage, path))
        for path, methods in told["paths"].items()
        for method in methods
    ]


def every_route(stage: Stage) -> list[tuple[str, str]]:
    api = [(route.method, api_path(stage, route)) for route in ROUTES]
    gateways = [(method, path_of(stage, path)) for method, path in GATEWAYS]
    return [*control_routes(stage), *api, *STAND_INS, *gateways]


def test_the_table_is_crossed_with_every_route_that_is_served(stage: Stage) -> None:
    told = orjson.loads(ask(stage.api, "GET", "/_twin/routes").body)["routes"]

    assert {(row["method"], row["path"]) for row in told} == {
        (route.method, route.path) for route in ROUTES
    }


@pytest.mark.parametrize("credential", CREDENTIALS, ids=lambda one: one.name)
def test_a_credential_that_is_not_good_is_refused(stage: Stage, credential: Credential) -> None:
    before, wrong = stage.imprint(), []
    for route in ROUTES:
        refusal = credential.refusal(route)
        if refusal is None or route.name in CAPABILITIES:
            continue
        answer = ask(
            stage.api, route.method, api_path(stage, route), credential.headers(stage), b"{}"
        )
        seen = (answer.status, code_of(answer))
        if seen != (refusal.status, refusal.code):
            wrong.append((label(route), seen))

    assert wrong == []
    assert stage.imprint() == before


@pytest.mark.parametrize("disguise", DISGUISES, ids=lambda one: one.name)
def test_another_accounts_resource_is_refused_however_it_is_written(
    stage: Stage, disguise: Disguise
) -> None:
    before, wrong = stage.imprint(), []
    # Row by row another third: what is disguised is in front of the route.
    for route in SCOPED[DISGUISES.index(disguise) % 3 :: 3]:
        rest = path_of(stage, route.path).partition(stage.account_id)[2]
        path = disguise.path(stage, rest)
        answer = ask(stage.api, route.method, path, bearer(stage.stranger), b"{}")
        if not (400 <= answer.status < 500 or answer.status == 501) or code_of(answer) is None:
            wrong.append((label(route), answer.status, answer.text[:80]))

    assert wrong == []
    assert stage.imprint() == before


@pytest.mark.parametrize("name", sorted(CAPABILITIES))
def test_an_address_that_is_a_secret_is_not_guessed(stage: Stage, name: str) -> None:
    route = next(route for route in ROUTES if route.name == name)
    before = stage.imprint()
    for headers in ({}, bearer("a.b.c"), bearer(stage.stranger), bearer(stage.owner)):
        answer = ask(stage.api, route.method, api_path(stage, route), headers, b"[]")

        assert 400 <= answer.status < 500, answer
    assert stage.imprint() == before


@pytest.mark.parametrize("mark", [*REBINDINGS, *CROSSINGS], ids=lambda one: one.name)
def test_a_web_page_of_elsewhere_is_refused_on_every_route(stage: Stage, mark: Mark) -> None:
    before, wrong = stage.imprint(), []
    headers = {**bearer(stage.owner), "apikey": "x", **mark.headers}
    routes = every_route(stage)
    # One of each kind with all; the others, which are told apart before any route, with some.
    for method, path in routes if mark in (REBINDINGS[0], CROSSINGS[0]) else routes[::9]:
        if mark.methods and method not in mark.methods:
            continue
        answer = ask(stage.api, method, path, headers, b"{}" if method in CHANGES else b"")
        if (answer.status, code_of(answer)) != (403, 403):
            wrong.append((method, path, answer.status))
        assert "access-control-allow-origin" not in answer.headers

    assert wrong == []
    assert stage.imprint() == before


@pytest.mark.parametrize("mark", CONTROL_CROSSINGS, ids=lambda one: one.name)
def test_the_control_plane_is_for_its_own_pages_alone(stage: Stage, mark: Mark) -> None:
    now, before = stage.twin.clock.now(), stage.imprint()
    for method, path in control_routes(stage):
        body = b'{"advance_seconds": 1000000}' if method in CHANGES else b""
        answer = ask(stage.api, method, path, {**mark.headers, "Content-Type": "text/plain"}, body)

        assert (answer.status, code_of(answer)) == (403, 403), (method, path)
    assert stage.imprint() == before
    assert stage.twin.clock.now() - now < 1_000


@pytest.mark.parametrize("mark", [*REBINDINGS, *CROSSINGS[:9]], ids=lambda one: one.name)
def test_a_tail_is_not_watched_by_a_web_page_of_elsewhere(stage: Stage, mark: Mark) -> None:
    headers = {"Host": "127.0.0.1"} | HANDSHAKE | dict(mark.headers)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"GET /tails/{stage.account_id}/x HTTP/1.1\r\n{lines}\r\n"

    assert send(stage.api, head.encode()).status == 403


@pytest.mark.parametrize("mark", ALLOWED, ids=lambda one: one.name)
def test_what_is_no_attack_goes_on(stage: Stage, mark: Mark) -> None:
    health = ask(stage.api, "GET", "/supabase/auth/v1/health", mark.headers)
    user = ask(stage.api, "GET", "/client/v4/user", {**bearer(stage.owner), **mark.headers})

    assert (health.status, user.status) == (401, 200)


def test_the_control_planes_own_page_may_use_it(stage: Stage) -> None:
    own = {"Host": "127.0.0.1:8788", "Origin": "http://127.0.0.1:8788"}

    answer = ask(stage.api, "POST", "/_twin/clock", own, b'{"advance_seconds": 0}')

    assert answer.status in (200, 422, 400)


def test_a_refusal_of_a_web_page_is_in_the_events(stage: Stage) -> None:
    ask(stage.api, "POST", "/_twin/reset", {"Origin": "http://evil.example"})

    event = stage.twin.events.recent(1)[0]
    assert (event.operation, event.status) == ("refused", 403)


def test_a_name_of_ones_own_is_let_in(tmp_path: Path) -> None:
    with staged(tmp_path / "state", own_names="twin.example.com") as stage:
        named = {"Host": "twin.example.com:8788", "Origin": "http://twin.example.com"}

        answer = ask(stage.api, "GET", "/client/v4/user", {**bearer(stage.owner), **named})

    assert answer.status == 200
