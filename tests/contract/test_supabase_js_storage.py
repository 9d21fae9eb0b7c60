"""supabase-js's storage client against the twin; what it does is in `js/supabase_storage.mjs`."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emulator.core.settings import Settings
from emulator.standins.supabase.keys import keys_of
from emulator.testing import TwinAccount, TwinServer
from tests.contract.conftest import NODE_MODULES, TIMEOUT_SECONDS, node

SCRIPT = Path(__file__).parent / "js" / "supabase_storage.mjs"
Run = Callable[[str], Any]


@pytest.fixture
def run(twin_server: TwinServer, twin_account: TwinAccount, tmp_path: Path) -> Run:
    """What the script found out in one of its scenarios, with the project of the test's account."""
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

    def ended(scenario: str) -> Any:
        done = subprocess.run(
            [binary, str(SCRIPT), scenario],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    return ended


def test_buckets_are_made_changed_and_deleted(run: Run) -> None:
    assert run("buckets") == {
        "twice": ["StorageApiError", 400, "409", "The resource already exists"],
        "open": False,
        "file_size_limit": 1000,
        "allowed_mime_types": ["text/*"],
        "left": [],
    }


def test_objects_come_back_with_what_was_said_of_them(run: Run) -> None:
    assert run("objects") == {
        "fullPath": "files/a b/c.txt",
        "info": [3, "text/plain", "max-age=60", {"by": "Ada"}],
        "blob": [3, "text/plain", {"by": "Ben"}],
        "text": "raw",
        "moved": "two",
        "copied": "files/copied.txt",
        "exists": [True, False],
        "list": ["a b", "copied.txt", "moved.txt"],
        "page": ["a b/"],
        "removed": ["moved.txt"],
    }


def test_signed_addresses_open_and_take_uploads(run: Run) -> None:
    assert run("signed") == {
        "opened": ["signed", "attachment;"],
        "forged": "InvalidJWT",
        "many": [
            [None, True],
            ["Either the object does not exist or you do not have access to it", False],
        ],
        "uploaded": "by token",
        "hidden": "404",
    }


def test_a_users_objects_are_absent_for_others(run: Run) -> None:
    policy = "new row violates row-level security policy"
    absent = ["StorageApiError", 400, "404", "Object not found"]
    assert run("users") == {
        "own": "ada",
        "foreign": absent,
        "over": ["StorageApiError", 400, "403", policy],
        "signed": absent,
        "list": [],
        "anybody": ["StorageApiError", 400, "403", policy],
    }
