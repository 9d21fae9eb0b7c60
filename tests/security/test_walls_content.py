"""Bodies that are bombs, names that want to be paths, hosts that are inside: all refused."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.console_log import PlainFormatter, shown
from emulator.core.clock import ManualClock
from emulator.outbound.resolver_client import PublicResolver
from emulator.seeds import within
from emulator.wire.binding import Binding
from tests.outbound.test_binding import allowing, http_server
from tests.security.attacks import CHANGES, bearer
from tests.security.attacks_content import BODIES, INNER_ADDRESSES, INSIDE, TRAVERSALS, Sent
from tests.security.raw import Answer, ask
from tests.security.stage import Stage, staged
from tests.security.test_tenants import ROUTES, label
from tests.security.test_walls import api_path

BUILT = [route for route in ROUTES if not route.name.endswith(".unsupported")]
# What the owner may not do here, or the next row finds nothing to attack.
ENDING = frozenset(route.name for route in BUILT if route.method == "DELETE")
WITH_BODY = [route for route in BUILT if route.method in CHANGES and route.name not in ENDING]
NAMED = [route for route in BUILT if re.search(r"\{(?!account_id|zone_id)", route.path)]
STAND_INS = (
    "/supabase/auth/v1/signup",
    "/supabase/auth/v1/token?grant_type=password",
    "/_outside/api.openai.com/v1/chat/completions",
    "/_outside/api.openai.com/v1/embeddings",
    "/_outside/api.sendgrid.com/v3/mail/send",
    "/_outside/www.linkedin.com/oauth/v2/accessToken",
    "/_outside/api.apify.com/v2/acts/apify~website-content-crawler/runs?token=x",
    "/_twin/ai/rules",
    "/_twin/cron",
    "/_twin/accounts",
)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with staged(tmp_path_factory.mktemp("content") / "state", allow_hosts="*") as stage:
        yield stage


def is_served(answer: Answer) -> bool:
    """Whether it is an answer at all, and none of a twin that broke."""
    return 0 < answer.status < 500 or answer.status == 501


def beside(stage: Stage) -> set[str]:
    """Every file that is no account's."""
    accounts = stage.twin.account_path(stage.account_id).parent
    files = stage.twin.path.parent.rglob("*")
    return {str(path) for path in files if path.is_file() and not path.is_relative_to(accounts)}


@pytest.mark.parametrize("row", BODIES, ids=lambda one: one.name)
def test_no_body_breaks_a_route(stage: Stage, row: Sent) -> None:
    before = stage.imprint(stage.stranger_id)
    # Row by row another half: each route meets half of the table.
    routes = WITH_BODY if row.only else WITH_BODY[BODIES.index(row) % 2 :: 2]
    paths = [(route.method, api_path(stage, route), label(route)) for route in routes]
    paths += [("POST", path, path) for path in STAND_INS]
    keys = {**bearer(stage.owner), "apikey": "x", **row.headers}

    wrong = [
        (name, answer.status, answer.text[:120])
        for method, path, name in paths
        if row.only in path
        and not is_served(answer := ask(stage.api, method, path, keys, row.body))
    ]

    assert wrong == []
    assert stage.imprint(stage.stranger_id) == before


@pytest.mark.parametrize("text", TRAVERSALS, ids=lambda one: one[:30])
def test_a_name_is_no_path(stage: Stage, text: str) -> None:
    before, files = stage.imprint(stage.stranger_id), beside(stage)
    wrong = []
    for route in NAMED[TRAVERSALS.index(text) % 3 :: 3]:
        path = "/client/v4" + re.sub(
            r"\{(\w+)[^}]*\}",
            lambda name: stage.account_id if name[1] == "account_id" else text,
            route.path,
        )
        answer = ask(stage.api, route.method, path, bearer(stage.owner), b"{}")
        if not is_served(answer) or "root:" in answer.text or "x-evil" in answer.headers:
            wrong.append((label(route), answer.status, answer.text[:120]))

    assert wrong == []
    assert (stage.imprint(stage.stranger_id), beside(stage)) == (before, files)


@pytest.mark.parametrize("text", TRAVERSALS, ids=lambda one: one[:30])
def test_no_other_door_takes_a_name_for_a_path(stage: Stage, text: str) -> None:
    files = beside(stage)
    for address, path in (
        (stage.s3, f"/shop/{text}"),
        (stage.s3, f"/{text}"),
        (stage.edge, f"/{text}"),
        (stage.api, f"/supabase/storage/v1/object/public/shop/{text}"),
        (stage.api, f"/supabase/{text}"),
        (stage.api, f"/_outside/{text}/"),
        (stage.api, f"/_outside/api.apify.com/v2/acts/{text}"),
        (stage.api, f"/_outside/api.apify.com/v2/datasets/{text}/items"),
        (stage.api, f"/gateway/v1/{stage.account_id}/{text}/openai/x"),
        (stage.api, f"/_twin/ai/rules/{text}"),
        (stage.api, f"/{text}"),
    ):
        answer = ask(address, "GET", path, {"apikey": "x"})

        assert is_served(answer), (path, answer)
        assert "root:" not in answer.text
        assert "x-evil" not in answer.headers
    assert beside(stage) == files


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/../../secret", "link"])
def test_a_seed_brings_no_file_from_beside_it(tmp_path: Path, name: str) -> None:
    seed = tmp_path / "seed"
    seed.mkdir()
    (tmp_path / "secret").write_text("secret")
    (seed / "link").symlink_to(tmp_path / "secret")

    with pytest.raises(ValueError, match="is not below"):
        within(seed, name)
    assert within(seed, "a/b").parent == seed / "a"


@pytest.fixture(scope="module")
def outbound(stage: Stage) -> dict[str, str]:
    """The header of a Worker that fetches; every public host is allowed."""
    listener = stage.listeners.bindings.app
    token = listener._bindings.issue(Binding(stage.account_id, "outbound", "shop"))  # type: ignore[attr-defined]
    return {"cftwin-binding": token}


@pytest.mark.parametrize("url", INSIDE)
def test_a_worker_reaches_nothing_inside(stage: Stage, outbound: dict[str, str], url: str) -> None:
    """`allow_hosts` is `*`; the answer is the twin's refusal, and nobody was connected to."""
    host, _, path = url.partition("://")[2].partition("/")
    port = stage.api[1]
    for given in (host, f"{host}:{port}", f"{host}:22"):
        headers = {"Host": given.encode().decode("latin-1"), **outbound}
        answer = ask(stage.runtime, "GET", f"/{path}", headers)

        assert answer.status in (400, 403, 502), (given, answer)
        assert "SSH" not in answer.text
    sent = stage.twin.events.recent(1)[0]
    assert sent.operation == "outbound.refused"


@pytest.mark.parametrize("path", ["/_twin/reset", "/client/v4/user", "/supabase/../_twin/reset"])
def test_a_worker_does_not_control_the_twin(
    stage: Stage, outbound: dict[str, str], path: str
) -> None:
    before = stage.imprint()
    for name in ("localhost", "127.0.0.1", "[::1]"):
        headers = {"Host": f"{name}:{stage.api[1]}", **bearer(stage.owner), **outbound}
        answer = ask(stage.runtime, "POST", path, headers, b"")

        assert answer.status in (401, 403, 404, 502)
    assert stage.imprint() == before


async def test_a_redirect_to_the_inside_is_an_answer_and_not_followed(
    tmp_path: Path, clock: ManualClock
) -> None:
    inside = b"HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n"
    async with http_server(inside) as (port, asked):
        async with allowing(tmp_path, clock, f"127.0.0.1:{port}") as scene:
            answer = await scene.fetch(f"http://127.0.0.1:{port}/")
            followed = await scene.fetch(answer.headers["location"])

    assert (answer.status_code, len(asked), followed.status_code) == (302, 1, 502)


@pytest.mark.parametrize("address", INNER_ADDRESSES)
async def test_a_name_that_leads_inside_leads_nowhere(address: str) -> None:
    resolver = PublicResolver()

    with pytest.raises(OSError, match="of this network|not known|Name or service|Address family"):
        await resolver.resolve(address, 80)
    await resolver.close()


LINES = {
    "a line's end": "ok\n[other] error: forged",
    "a carriage return": "ok\r[other] error: forged",
    "an escape": "ok\x1b[2J\x1b]0;forged\x07",
    "an escape of one byte": "ok\x9b2J",
    "a backspace": "ok\x08\x08no",
    "a zero byte": "ok\0",
}


@pytest.mark.parametrize("text", LINES.values(), ids=LINES)
def test_a_line_of_the_console_is_nobody_elses(text: str) -> None:
    line = shown("shop", "log", text)

    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", line)
    assert not re.search(r"^\[other\]", line, re.MULTILINE)


@pytest.mark.parametrize("text", LINES.values(), ids=LINES)
def test_a_line_of_the_log_is_one_line(text: str) -> None:
    record = logging.LogRecord("cftwin.api", 40, "", 1, "%s %s failed", ("GET", text), None)

    line = PlainFormatter().format(record)

    assert not re.search(r"[\x00-\x1f\x7f-\x9f]", line)


def test_a_request_leaves_no_control_character_in_the_events(stage: Stage) -> None:
    ask(stage.api, "GET", "/_twin/x%1b[2J%0aforged")

    told = ask(stage.api, "GET", "/_twin/events?limit=5").body
    assert not re.search(rb"[\x00-\x1f]", told)
