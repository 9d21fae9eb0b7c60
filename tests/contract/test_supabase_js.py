"""supabase-js against the twin's Supabase; what it does is in `js/supabase.mjs`."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from emulator.core.settings import Settings
from emulator.standins.supabase.keys import keys_of
from emulator.testing import TwinAccount, TwinServer
from tests.contract.conftest import NODE_MODULES, TIMEOUT_SECONDS, node

SCRIPT = Path(__file__).parent / "js" / "supabase.mjs"

Start = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def start(twin_server: TwinServer, twin_account: TwinAccount, tmp_path: Path) -> Start:
    """Starts one of the script's scenarios with the project of the test's account."""
    binary = node()
    if binary is None or not (NODE_MODULES / "@supabase" / "supabase-js").is_dir():
        pytest.fail(f"supabase-js is not installed in {NODE_MODULES}: run 'make node'")
    keys = keys_of(Settings(), twin_account.id)
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "TWIN_NODE_MODULES": str(NODE_MODULES),
        "SUPABASE_URL": f"{twin_server.url}/supabase",
        "SUPABASE_ANON_KEY": keys.anon,
        "SUPABASE_SERVICE_ROLE_KEY": keys.service_role,
    }
    pipe = subprocess.PIPE
    return lambda scenario: subprocess.Popen(
        [binary, str(SCRIPT), scenario],
        env=environment,
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        text=True,
    )


@pytest.fixture
def run(start: Start) -> Callable[[str], Any]:
    """What the script found out in one of its scenarios."""
    return lambda scenario: ended(start(scenario))


def ended(process: "subprocess.Popen[str]", typed: str = "") -> Any:
    with process:
        out, err = process.communicate(typed, timeout=TIMEOUT_SECONDS)
    assert process.returncode == 0, out + err
    return json.loads(out)


def test_a_user_signs_up_in_and_out(run: Callable[[str], Any]) -> None:
    assert run("sessions") == {
        "events": ["SIGNED_IN", "TOKEN_REFRESHED", "USER_UPDATED", "SIGNED_OUT", "SIGNED_IN"],
        "same": True,
        "confirmed": True,
        "rotated": True,
        "names": ["Ada", "Countess"],
        "identities": ["email"],
        "level": "aal1",
    }


def test_refusals_are_errors_of_their_name(run: Callable[[str], Any]) -> None:
    assert run("refusals") == {
        "wrong": ["AuthApiError", 400, "invalid_credentials"],
        "twice": ["AuthApiError", 422, "user_already_exists"],
        "weak": ["AuthWeakPasswordError", 422, "weak_password"],
        "ended": ["AuthSessionMissingError", 400, None],
        "forged": ["AuthApiError", 403, "bad_jwt"],
        "anonymous": ["AuthApiError", 422, "anonymous_provider_disabled"],
        "phone": ["AuthApiError", 400, "phone_provider_disabled"],
        "admin": ["AuthApiError", 403, "not_admin"],
    }


def test_the_service_role_administers_users(run: Callable[[str], Any]) -> None:
    assert run("admin") == {
        "role": "admin",
        "page": [2, 3, 2, 2],
        "name": "Ada",
        "factors": 0,
        "gone": ["AuthApiError", 404, "user_not_found"],
        "invited": "new@b.de",
    }


def test_claims_are_read_from_a_token(run: Callable[[str], Any], twin_server: TwinServer) -> None:
    claims = run("claims")

    assert (claims["email"], claims["role"]) == ("ada@example.com", "authenticated")
    assert claims["issuer"] == f"{twin_server.url}/supabase/auth/v1"
    assert claims["alg"] == "HS256"


def test_a_mailed_link_ends_in_a_session(
    start: Start, twin_server: TwinServer, twin_account: TwinAccount
) -> None:
    process = start("pkce")
    assert process.stderr is not None
    assert process.stderr.readline() == "mailed\n"
    query = {"account_id": twin_account.id, "to": "ada@example.com"}
    [mail] = twin_server.control.get("/_twin/inbox", params=query).json()["mails"]
    [link] = re.findall(r"http\S+", mail["text"])

    led = httpx.get(link, trust_env=False).headers["location"]

    found = ended(process, led)
    assert found == {"to": "http://localhost:5173/reset", "email": "ada@example.com"}
