"""supabase-js's tables and functions against the twin; it does `js/supabase_rest.mjs`."""

import json
import subprocess
from pathlib import Path

import pytest

from emulator.core.settings import Settings
from emulator.standins.supabase.keys import keys_of
from emulator.testing import serving
from tests.contract.conftest import NODE_MODULES, TIMEOUT_SECONDS, node
from tests.contract.test_supabase_py_rest import MIGRATIONS

SCRIPT = Path(__file__).parent / "js" / "supabase_rest.mjs"


def test_tables_and_functions_are_what_the_client_expects(tmp_path: Path) -> None:
    binary = node()
    if binary is None or not (NODE_MODULES / "@supabase" / "supabase-js").is_dir():
        pytest.fail(f"supabase-js is not installed in {NODE_MODULES}: run 'make node'")
    with serving(Settings(supabase_migrations=MIGRATIONS)) as server:
        keys = keys_of(Settings(), server.create_account().id)
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(tmp_path),
            "TWIN_NODE_MODULES": str(NODE_MODULES),
            "SUPABASE_URL": f"{server.url}/supabase",
            "SUPABASE_ANON_KEY": keys.anon,
            "SUPABASE_SERVICE_ROLE_KEY": keys.service_role,
        }
        done = subprocess.run(
            [binary, str(SCRIPT)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
        )

    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout) == {
        "made": ["Engineer", "Gardener"],
        "single": {"title": "Engineer"},
        "maybe": None,
        "several": [406, "PGRST116"],
        "counted": {"data": [{"title": "Engineer"}], "count": 2},
        "head": 2,
        "embedded": [
            {
                "title": "Engineer",
                "applications": [{"status": "draft"}],
                "owner": {"email": "ada@example.com"},
            }
        ],
        "contains": 2,
        "either": 2,
        "not": [{"title": "Gardener"}],
        "related": [{"status": "draft", "jobs": {"title": "Engineer"}}],
        "updated": [{"is_saved": True}],
        "upserted": [{"desired_titles": ["x"]}],
        "rolledBack": 1,
        "csv": "title\nEngineer\nGardener",
        "rpc": [{"title": "Engineer"}],
        "rpcGet": [{"title": "Gardener"}],
        "strangers": [],
        "strangersInsert": [403, "42501"],
        "strangersRpc": [],
        "wholeTable": [400, "21000"],
        "everything": 2,
        "unknown": [404, "PGRST205"],
        "deleted": 2,
    }
