"""`wrangler.toml` and its JSON kin are read as wrangler reads them."""

from pathlib import Path

import pytest

from emulator import wrangler
from emulator.wrangler import ConfigError

TOML = """
name = "shop"
account_id = "0123456789abcdef0123456789abcdef"

[[d1_databases]]
binding = "DB"
database_name = "shop-db"
database_id = "8140efd5-9912-4e31-981d-0566f1efe9dc"

[[kv_namespaces]]
binding = "CARTS"
id = "fce1eb2547c14cd0811521246fec5c76"

[env.staging]
[[env.staging.r2_buckets]]
binding = "IMAGES"
bucket_name = "shop-images"

[[env.staging.vectorize]]
binding = "INDEX"
index_name = "shop-index"

[[env.staging.d1_databases]]
binding = "SHOP_DB"
migrations_dir = "sql"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "wrangler.toml"
    path.write_text(TOML)
    return path


def test_the_top_level_is_the_default(path: Path) -> None:
    project = wrangler.read(path)

    assert [one.name for one in project.environments] == [None]
    assert project.environments[0].d1[0].id == "8140efd5-9912-4e31-981d-0566f1efe9dc"
    assert project.environments[0].kv[0].title == "shop-CARTS"


def test_an_environment_inherits_no_bindings(path: Path) -> None:
    staging = wrangler.read(path, "staging").environments[0]

    assert (staging.worker, staging.kv) == ("shop-staging", ())
    assert staging.r2[0].name == "shop-images"


def test_all_environments_at_once(path: Path) -> None:
    project = wrangler.read(path, "*")

    assert [one.name for one in project.environments] == [None, "staging"]


def test_a_database_without_name_or_id_is_named_as_wrangler_would(path: Path) -> None:
    database = wrangler.read(path, "staging").environments[0].d1[0]

    assert (database.name, database.id) == ("shop-staging-shop-db", None)
    assert database.migrations == path.parent / "sql"


def test_an_unknown_environment_is_an_error_that_lists_them(path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no environment 'prod' \(there are: staging\)"):
        wrangler.read(path, "prod")


def test_jsonc_has_comments_and_trailing_commas(tmp_path: Path) -> None:
    path = tmp_path / "wrangler.jsonc"
    path.write_text('{"name": "a", // the name\n "kv_namespaces": [{"binding": "K", "id": "1"},]}')

    assert wrangler.read(path).environments[0].kv[0].id == "1"


def test_an_unknown_key_is_reported_with_file_and_key(path: Path) -> None:
    path.write_text(TOML + "\n[env.staging.hovercraft]\neels = true\n")

    assert wrangler.read(path, "staging").warnings == (
        f"{path}: env.staging.hovercraft is not understood",
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name = ", "wrangler.toml: Invalid value"),
        ("kv_namespaces = 3", "kv_namespaces must be a list of tables"),
        ("[[kv_namespaces]]\nid = '1'", "every entry of kv_namespaces needs a binding"),
        ("[[vectorize]]\nbinding = 'V'", "vectorize V needs an index_name"),
    ],
)
def test_a_broken_file_says_where(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "wrangler.toml"
    path.write_text(text)

    with pytest.raises(ConfigError, match=reason):
        wrangler.read(path)


def test_json_is_found_before_toml_as_wrangler_does(tmp_path: Path) -> None:
    (tmp_path / "wrangler.toml").write_text("")
    (tmp_path / "wrangler.jsonc").write_text("{}")

    assert wrangler.find(tmp_path) == tmp_path / "wrangler.jsonc"
