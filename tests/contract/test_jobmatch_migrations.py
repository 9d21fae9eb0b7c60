"""wrangler's migrations on an empty twin give the schema that `cftwin up` gives."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from cloudflare import Cloudflare

from emulator import Account
from emulator import wrangler as configuration
from emulator.provision import provision
from emulator.testing import TwinAccount
from tests.contract.conftest import Wrangler

pytestmark = pytest.mark.wrangler

JOBMATCH = Path(__file__).parents[2] / "fixtures" / "jobmatch"
NAME = "jobmatch-dev"
ID = "8140efd5-9912-4e31-981d-0566f1efe9dc"
SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"


def schema_by_up(account: Account) -> Sequence[tuple[object, ...]]:
    project = configuration.read(JOBMATCH / "wrangler.toml", "development")
    provision(account, project.environments[0], lambda line: None)
    return account.d1.open(NAME).execute(SCHEMA)[0].rows


def test_wrangler_and_up_give_the_same_schema(
    wrangler: Wrangler,
    cloudflare: Cloudflare,
    twin_account: TwinAccount,
    account: Account,
    tmp_path: Path,
) -> None:
    project = tmp_path / "jobmatch"
    shutil.copytree(JOBMATCH, project, ignore=shutil.ignore_patterns(".twin", ".wrangler"))
    made = cloudflare.d1.database.create(account_id=twin_account.id, name=NAME)
    config = project / "wrangler.toml"
    config.write_text(config.read_text().replace(ID, str(made.uuid)))

    wrangler("d1", "migrations", "apply", NAME, "--remote", cwd=project)

    answer = cloudflare.d1.database.raw(NAME, account_id=twin_account.id, sql=SCHEMA)
    (result,) = answer.result
    assert result.results is not None
    rows = [tuple(row) for row in result.results.rows or []]
    assert rows == schema_by_up(account)
    assert sum(row[0] == "table" for row in rows) > 27
