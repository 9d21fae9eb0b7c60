"""wrangler's R2 commands against the twin (`wrangler-wire` §3, §5)."""

import json
from pathlib import Path

import pytest

from tests.contract.conftest import Outcome, Wrangler

pytestmark = pytest.mark.wrangler

CORS = {"rules": [{"allowed": {"origins": ["https://a.example"], "methods": ["GET"]}}]}
LIFECYCLE = {
    "rules": [
        {
            "id": "old",
            "enabled": True,
            "conditions": {"prefix": "logs/"},
            "deleteObjectsTransition": {"condition": {"type": "Age", "maxAge": 86_400}},
        }
    ]
}


@pytest.fixture
def bucket(wrangler: Wrangler) -> str:
    wrangler("r2", "bucket", "create", "shop")
    return "shop"


def said(outcome: Outcome) -> str:
    """All that a command has printed."""
    return outcome.out + outcome.err


def test_a_bucket_is_created_listed_described_and_deleted(wrangler: Wrangler) -> None:
    wrangler("r2", "bucket", "create", "shop", "--location", "apac", "-s", "InfrequentAccess")

    assert "shop" in wrangler("r2", "bucket", "list").out
    info = wrangler("r2", "bucket", "info", "shop", "--json").json()
    assert (info["name"], info["location"], info["default_storage_class"]) == (
        "shop",
        "APAC",
        "InfrequentAccess",
    )

    wrangler("r2", "bucket", "delete", "shop")
    assert "shop" not in wrangler("r2", "bucket", "list").out


def test_a_bucket_says_how_much_it_holds(wrangler: Wrangler, bucket: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 1_995)

    wrangler("r2", "object", "put", "shop/key", "--file", "file", "--remote")

    info = wrangler("r2", "bucket", "info", "shop", "--json").json()
    # The key counts as metadata.
    assert (info["object_count"], info["bucket_size"]) == ("1", "2 kB")


def test_a_jurisdiction_has_buckets_of_its_own(wrangler: Wrangler, tmp_path: Path) -> None:
    eu = ("-J", "eu")
    (tmp_path / "file").write_bytes(b"x")

    wrangler("r2", "bucket", "create", "archive", *eu)
    wrangler("r2", "object", "put", "archive/key", "--file", "file", "--remote", *eu)

    assert "archive" not in wrangler("r2", "bucket", "list").out
    assert "archive" in wrangler("r2", "bucket", "list", *eu).out
    assert wrangler("r2", "bucket", "info", "archive", *eu, "--json").json()["object_count"] == "1"


def test_a_name_that_exists_is_refused(wrangler: Wrangler, bucket: str) -> None:
    refused = wrangler("r2", "bucket", "create", "shop", fails=True)

    assert "already exists, and you own it. [code: 10004]" in said(refused)


def test_a_bucket_changes_its_storage_class(wrangler: Wrangler, bucket: str) -> None:
    wrangler("r2", "bucket", "update", "storage-class", "shop", "-s", "InfrequentAccess")

    info = wrangler("r2", "bucket", "info", "shop", "--json").json()
    assert info["default_storage_class"] == "InfrequentAccess"


def test_a_bucket_with_objects_is_not_deleted(
    wrangler: Wrangler, bucket: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"x")
    wrangler("r2", "object", "put", "shop/key", "--file", "file", "--remote")

    assert "[code: 10008]" in said(wrangler("r2", "bucket", "delete", "shop", fails=True))


@pytest.mark.parametrize("key", ["key", "dir/with a space/ü.bin"])
def test_a_file_is_put_got_and_deleted(
    wrangler: Wrangler, bucket: str, tmp_path: Path, key: str
) -> None:
    target, data = (f"shop/{key}", "--remote"), bytes(range(256)) * 4_000
    (tmp_path / "file").write_bytes(data)

    wrangler("r2", "object", "put", *target, "--file", "file", "--content-type", "image/png")
    wrangler("r2", "object", "get", *target, "--file", "back")
    assert (tmp_path / "back").read_bytes() == data

    wrangler("r2", "object", "delete", *target)
    assert "key does not exist" in said(wrangler("r2", "object", "get", *target, fails=True))


def test_an_object_is_piped_in_and_out(wrangler: Wrangler, bucket: str) -> None:
    target = ("shop/piped", "--remote", "--pipe")

    wrangler("r2", "object", "put", *target, typed="värde")

    assert wrangler("r2", "object", "get", *target).out == "värde"


def test_an_object_needs_its_bucket(wrangler: Wrangler, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")

    refused = wrangler(
        "r2", "object", "put", "absent/key", "--file", "file", "--remote", fails=True
    )

    assert "bucket does not exist" in said(refused)


def test_many_files_are_put_at_once(wrangler: Wrangler, bucket: str, tmp_path: Path) -> None:
    names = [f"file{number}" for number in range(5)]
    for name in names:
        (tmp_path / name).write_text(name)
    (tmp_path / "all.json").write_text(
        json.dumps([{"key": f"dir/{name}", "file": name} for name in names])
    )

    wrangler("r2", "bulk", "put", "shop", "--filename", "all.json", "--remote")

    got = wrangler("r2", "object", "get", "shop/dir/file3", "--remote", "--pipe")
    assert got.out == "file3"


def test_cors_rules_are_set_listed_and_deleted(
    wrangler: Wrangler, bucket: str, tmp_path: Path
) -> None:
    (tmp_path / "cors.json").write_text(json.dumps(CORS))
    assert "[code: 10059]" in said(wrangler("r2", "bucket", "cors", "list", "shop", fails=True))

    wrangler("r2", "bucket", "cors", "set", "shop", "--file", "cors.json", "-y")
    assert "https://a.example" in wrangler("r2", "bucket", "cors", "list", "shop").out

    wrangler("r2", "bucket", "cors", "delete", "shop", "-y")
    assert "[code: 10059]" in said(wrangler("r2", "bucket", "cors", "list", "shop", fails=True))


def test_lifecycle_rules_are_added_listed_removed_and_set(
    wrangler: Wrangler, bucket: str, tmp_path: Path
) -> None:
    lifecycle = ("r2", "bucket", "lifecycle")
    (tmp_path / "lifecycle.json").write_text(json.dumps(LIFECYCLE))

    wrangler(*lifecycle, "add", "shop", "logs", "logs/", "--expire-days", "7", "-y")
    listed = wrangler(*lifecycle, "list", "shop").out
    assert "Expire objects after 7 days" in listed
    assert "Default Multipart Abort Rule" in listed

    wrangler(*lifecycle, "add", "shop", "moved", "--ia-transition-date", "2027-01-01", "-y")
    wrangler(*lifecycle, "add", "shop", "gone", "--abort-multipart-days", "1", "-y")
    wrangler(*lifecycle, "remove", "shop", "--name", "logs")
    listed = wrangler(*lifecycle, "list", "shop").out
    assert ("logs" in listed, "moved" in listed, "gone" in listed) == (False, True, True)

    wrangler(*lifecycle, "set", "shop", "--file", "lifecycle.json", "-y")
    listed = wrangler(*lifecycle, "list", "shop").out
    assert ("old" in listed, "moved" in listed) == (True, False)


def test_lock_rules_are_added_listed_and_removed(wrangler: Wrangler, bucket: str) -> None:
    lock = ("r2", "bucket", "lock")

    wrangler(*lock, "add", "shop", "days", "logs/", "--retention-days", "3", "-y")
    wrangler(*lock, "add", "shop", "date", "a/", "--retention-date", "2027-01-01", "-y")
    wrangler(*lock, "add", "shop", "always", "b/", "--retention-indefinite", "-y")
    listed = wrangler(*lock, "list", "shop").out
    assert ("after 3 days" in listed, "on 2027-01-01" in listed, "indefinitely" in listed) == (
        True,
        True,
        True,
    )

    wrangler(*lock, "remove", "shop", "--name", "days")
    assert "after 3 days" not in wrangler(*lock, "list", "shop").out


def test_the_development_url_is_enabled_and_disabled(wrangler: Wrangler, bucket: str) -> None:
    url = ("r2", "bucket", "dev-url")
    assert "disabled" in wrangler(*url, "get", "shop").out

    wrangler(*url, "enable", "shop", "-y")
    assert ".r2.localhost" in wrangler(*url, "get", "shop").out

    wrangler(*url, "disable", "shop", "-y")
    assert "disabled" in wrangler(*url, "get", "shop").out


def test_domains_are_added_listed_changed_and_removed(wrangler: Wrangler, bucket: str) -> None:
    domain, name = ("r2", "bucket", "domain"), ("--domain", "img.example")

    wrangler(*domain, "add", "shop", *name, "--zone-id", "zone", "-y")
    assert "img.example" in wrangler(*domain, "list", "shop").out

    wrangler(*domain, "update", "shop", *name, "--min-tls", "1.3")
    assert "1.3" in wrangler(*domain, "get", "shop", *name).out

    wrangler(*domain, "remove", "shop", *name, "-y")
    assert "no custom domains connected" in wrangler(*domain, "list", "shop").out


def test_a_new_bucket_notifies_nobody(wrangler: Wrangler, bucket: str) -> None:
    refused = wrangler("r2", "bucket", "notification", "list", "shop", fails=True)

    assert "[code: 11015]" in said(refused)


def test_sippy_is_off(wrangler: Wrangler, bucket: str) -> None:
    assert "{ enabled: false }" in wrangler("r2", "bucket", "sippy", "get", "shop").out


def test_what_is_not_built_says_so(wrangler: Wrangler, bucket: str) -> None:
    refused = wrangler("r2", "bucket", "local-uploads", "get", "shop", fails=True)

    assert "is not implemented by Cloudflare Twin" in said(refused)
