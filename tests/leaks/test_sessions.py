"""The lab on an API with cookie sessions and a login of its own."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from emulator.leaks.auth import SignInFailed
from emulator.leaks.cli import leaks
from emulator.leaks.lab import Lab, Plan
from emulator.leaks.observations import (
    FORGED,
    NOBODY,
    OLD,
    OWNER,
    SECOND,
    SWAPPED,
    Observations,
    State,
)
from emulator.leaks.routes import from_list
from emulator.leaks.settings import settings_of
from emulator.leaks.wire import Limits, Wire
from tests.leaks.sessions import ROUTES, SIGN_IN, Sessions, running

CARELESS = (("base64",), ("unsigned",), ("tokens", "two"), ("endless", "claimed", "second cookie"))
NOTES = {"makes": "/notes", "body": {"text": "{marker}"}, "undo": "DELETE /notes/:id"}


def looked(api: Sessions, **sign_in: Any) -> Observations:
    told = {"sign_in": sign_in or SIGN_IN, "routes": {"POST /notes": NOTES}}
    settings = settings_of(told, from_list(ROUTES))
    return Lab(Plan(api.url, settings, "seed", measure_times=False)).run()


def lines(seen: Observations) -> set[tuple[str, str, str]]:
    return {(one.rule, one.route, one.actor) for one in seen.found}


@pytest.fixture(scope="module")
def careless() -> Callable[[str], Observations]:
    """Looks once at each careless API, however many of its faults are asked for."""

    @cache
    def look(faults: tuple[str, ...]) -> Observations:
        with running(*faults) as api:
            return looked(api)

    return lambda fault: look(next(one for one in CARELESS if fault in one))


@pytest.mark.parametrize("fault", ["", "tokens", "wrapped"])
def test_a_careful_api_has_no_findings_and_keeps_nothing(fault: str) -> None:
    with running(fault) as api:
        seen = looked(api)

    assert [one.message for one in seen.found] == []
    assert seen.left_behind == ()
    assert (api.kept, api.users) == ({}, {})
    row = seen.matrix.rows["GET /notes"]
    assert row[NOBODY].statuses == {302}
    assert {row[name].state for name in (OWNER, SECOND, FORGED, SWAPPED)} == {State.HELD}


@pytest.mark.parametrize(
    ("fault", "rule", "route", "actor"),
    [
        ("base64", "leak/credential", "GET /notes/:id", FORGED),
        ("unsigned", "leak/credential", "GET /notes", FORGED),
        ("endless", "leak/credential", "GET /notes", OLD),
        ("claimed", "leak/marker", "GET /notes", SECOND),
        ("second cookie", "leak/marker", "GET /notes", SWAPPED),
        ("two", "leak/access", "GET /notes/:id", SWAPPED),
    ],
)
def test_each_fault_of_a_session_is_found_by_its_actor(
    careless: Callable[[str], Observations], fault: str, rule: str, route: str, actor: str
) -> None:
    seen = careless(fault)

    assert (rule, route, actor) in lines(seen)
    assert seen.matrix.rows[route][actor].state is State.LEAK


def test_given_cookies_are_enough_and_what_is_not_theirs_is_not_found() -> None:
    with running("wrapped") as api:
        logins = [api.login({"email": name}) for name in api_users(api)]
        cookies = [headers["set-cookie"].partition(";")[0] for _, _, headers in logins]
        seen = looked(api, cookies=cookies)

    assert [one.message for one in seen.found] == []
    assert seen.matrix.rows["GET /notes"][FORGED].statuses >= {200, 302}
    assert seen.matrix.rows["GET /notes"][OLD].state is State.UNCALLED


def api_users(api: Sessions) -> list[str]:
    names = ["anna", "ben", "cleo"]
    api.users.update({name: {"email": name} for name in names})
    return names


def test_no_report_holds_a_cookie(tmp_path: Path) -> None:
    routes, config = tmp_path / "routes.txt", tmp_path / "leaks.toml"
    routes.write_text(ROUTES)
    page, sarif = tmp_path / "leaks.html", tmp_path / "leaks.sarif"
    with running("claimed", "echoes") as api:
        names = api_users(api)
        cookies = [f"session=secret-of-{name}" for name in names]
        api.open.update({f"secret-of-{name}": name for name in names})
        config.write_text(f"[sign_in]\ncookies = {cookies}\nids = {names}\n")
        given = ("--api", api.url, "--routes", str(routes), "--config", str(config), "--no-timing")
        to = ("--report", str(page), "--sarif", str(sarif), "--json")
        result = CliRunner().invoke(leaks, ["run", *given, *to])

    assert result.exit_code == 1, result.output
    told = [result.output, page.read_text(), sarif.read_text()]
    assert all("secret-of" not in one and "$COOKIE" in one for one in told)
    assert "<secret>" in told[0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sign_in": {"request": "POST /nowhere"}}, "POST /nowhere sets no cookie"),
        ({"sign_up": {"request": "GET /notes"}}, "POST /login answered 401"),
    ],
)
def test_a_login_that_gives_nothing_is_told_of(changes: dict[str, Any], words: str) -> None:
    with running() as api, pytest.raises(SignInFailed, match=words):
        looked(api, **{**SIGN_IN, **changes})


def test_what_one_answer_sets_does_not_go_along_with_the_next_request() -> None:
    with running() as api:
        [anna, *_] = api_users(api)
        wire = Wire(Limits())
        signed_in = wire.send("POST", f"{api.url}/login", {}, b'{"email": "anna"}')
        following = wire.send("GET", f"{api.url}/notes")
        wire.close()

    assert signed_in.header("set-cookie").startswith("session=")
    assert (following.status, api.open[signed_in.header("set-cookie")[8:32]]) == (302, anna)
