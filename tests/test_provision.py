"""What a project names is there after `up`, once, however often it runs."""

from pathlib import Path

import pytest

from emulator import Account, wrangler
from emulator.provision import Provisioned, provision
from emulator.wrangler import Environment

WRANGLER = """
name = "shop"

[[d1_databases]]
binding = "DB"
database_name = "shop-db"
database_id = "3c5c2fe0-3f6e-4a50-a5d2-7a3e7d0f1c11"

[[kv_namespaces]]
binding = "CARTS"
id = "0f2ac74b498b48028cb68387c421e279"

[[r2_buckets]]
binding = "IMAGES"
bucket_name = "images"

[[r2_buckets]]
binding = "EU_IMAGES"
bucket_name = "images"
jurisdiction = "eu"
"""


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    path = tmp_path / "wrangler.toml"
    path.write_text(WRANGLER)
    return wrangler.read(path, None).environments[0]


def test_what_is_named_is_there(account: Account, environment: Environment) -> None:
    told: list[str] = []

    made = provision(account, environment, told.append)

    assert made == Provisioned(databases=1, namespaces=1, buckets=2, migrations=0)
    assert [database.name for database in account.d1.list_databases(None)] == ["shop-db"]
    assert len(account.kv.namespaces()) == 1
    assert [bucket.name for bucket in account.r2.list_buckets()] == ["images"]
    assert [bucket.name for bucket in account.r2.list_buckets("eu")] == ["images"]
    assert told == []


def test_a_second_time_nothing_is_made(account: Account, environment: Environment) -> None:
    provision(account, environment, print)
    account.r2.bucket("images").write("key", b"value")
    before = account.r2.get_bucket("images")

    provision(account, environment, print)

    assert account.r2.get_bucket("images") == before
    assert account.r2.bucket("images").head("key").size == 5


def test_what_is_not_built_is_told(account: Account, tmp_path: Path) -> None:
    path = tmp_path / "wrangler.toml"
    path.write_text('name = "shop"\n[[vectorize]]\nbinding = "GOODS"\nindex_name = "goods"\n')
    told: list[str] = []

    provision(account, wrangler.read(path, None).environments[0], told.append)

    assert told == ["Vectorize indexes not provisioned, not implemented yet: goods"]
