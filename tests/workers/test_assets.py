"""Manifests and their files, without HTTP."""

from collections.abc import Callable
from pathlib import Path

import pytest

from emulator import Account, Twin
from emulator.core.clock import ManualClock
from emulator.core.errors import CloudflareError
from emulator.workers.assets import AssetStore, ManifestFile, buckets_of, decoded
from emulator.workers.errors import (
    AssetInvalid,
    AssetTokenInvalid,
    AssetTooLarge,
    ManifestInvalid,
    TooManyAssets,
)
from emulator.workers.limits import ASSET_TOKEN_SECONDS, MAX_ASSET_BYTES, MAX_ASSETS
from emulator.workers.store import WorkersStore
from emulator.workers.tokens import TokenInvalid

A, B = "a" * 32, "b" * 32


@pytest.fixture
def assets(store: WorkersStore) -> AssetStore:
    return store.assets


@pytest.fixture
def files_on_disk(twin: Twin, account: Account) -> Callable[[], int]:
    directory: Path = twin.account_path(account.id) / "workers" / "assets"
    return lambda: sum(path.is_file() for path in directory.rglob("*"))


def manifest(**sizes: int) -> dict[str, ManifestFile]:
    """Files by the letter that their hash repeats: `a=3` is /a, of 3 bytes."""
    return {f"/{name}": ManifestFile(name * 32, size) for name, size in sizes.items()}


def uploaded(assets: AssetStore, **files: bytes) -> str:
    """The completion token of a session with these files, all of them uploaded."""
    session = assets.begin("shop", manifest(**{name: len(data) for name, data in files.items()}))
    if not session.buckets:
        return session.token
    claims = assets.session(session.token)
    for name, data in files.items():
        assets.put(claims, name * 32, data, "text/plain")
    token = assets.complete(claims)
    assert token is not None
    return token


def test_files_are_asked_for_uploaded_and_found(assets: AssetStore) -> None:
    session = assets.begin("shop", manifest(a=3, b=0))
    claims = assets.session(session.token)
    assert session.buckets == [[A, B]]

    assets.put(claims, A, b"one", "text/html")
    assert assets.complete(claims) is None
    assets.put(claims, B, b"", "application/null")
    token = assets.complete(claims)

    assert token is not None
    redeemed = assets.redeem(token, "shop")
    found = assets.find(redeemed, "/a")
    assert found is not None
    assert (assets.path(found).read_bytes(), found.content_type) == (b"one", "text/html")
    empty = assets.find(redeemed, "/b")
    assert empty is not None
    assert (empty.size_bytes, empty.content_type) == (0, None)
    assert (assets.find(redeemed, "/c"), assets.paths(redeemed)) == (None, ["/a", "/b"])


def test_what_is_here_is_not_asked_for_again(assets: AssetStore) -> None:
    uploaded(assets, a=b"one")

    assert assets.begin("shop", manifest(a=3, b=1)).buckets == [[B]]
    done = assets.begin("other", manifest(a=3))
    assert (done.buckets, assets.redeem(done.token, "other") != "") == ((), True)


def test_a_hash_with_another_size_is_another_file(assets: AssetStore) -> None:
    first = assets.redeem(uploaded(assets, a=b"one"), "shop")
    second = assets.redeem(uploaded(assets, a=b"three"), "shop")

    sizes = [found.size_bytes for one in (first, second) if (found := assets.find(one, "/a"))]
    assert sizes == [3, 5]


def test_a_second_upload_of_a_file_changes_nothing(
    assets: AssetStore, files_on_disk: Callable[[], int]
) -> None:
    claims = assets.session(assets.begin("shop", manifest(a=3)).token)
    assets.put(claims, A, b"one", "text/html")

    assets.put(claims, A, b"two", "text/css")

    found = assets.find(claims.manifest, "/a")
    assert found is not None
    assert (assets.path(found).read_bytes(), files_on_disk()) == (b"one", 1)


@pytest.mark.parametrize(
    ("asset_hash", "data", "reason"),
    [(B, b"one", "the manifest does not name it"), (A, b"four", "it is 4 bytes and not 3")],
)
def test_only_what_the_manifest_names_is_taken(
    assets: AssetStore,
    files_on_disk: Callable[[], int],
    asset_hash: str,
    data: bytes,
    reason: str,
) -> None:
    claims = assets.session(assets.begin("shop", manifest(a=3)).token)

    with pytest.raises(AssetInvalid, match=reason):
        assets.put(claims, asset_hash, data, None)

    assert files_on_disk() == 0


@pytest.mark.parametrize(
    ("files", "refusal"),
    [
        ({"index.html": ManifestFile(A, 1)}, ManifestInvalid),
        ({"/a": ManifestFile("../../etc/passwd", 1)}, ManifestInvalid),
        ({"/a": ManifestFile("", 1)}, ManifestInvalid),
        ({"/a": ManifestFile(A, -1)}, ManifestInvalid),
        ({"/a": ManifestFile(A, MAX_ASSET_BYTES + 1)}, AssetTooLarge),
        ({f"/{n}": ManifestFile(A, 1) for n in range(MAX_ASSETS + 1)}, TooManyAssets),
    ],
    ids=["no slash", "no hash", "empty hash", "negative", "too large", "too many"],
)
def test_a_manifest_is_checked(
    assets: AssetStore, files: dict[str, ManifestFile], refusal: type[CloudflareError]
) -> None:
    with pytest.raises(refusal):
        assets.begin("shop", files)


def test_a_path_with_dots_is_a_name_like_any_other(assets: AssetStore) -> None:
    session = assets.begin("shop", {"/../../x": ManifestFile(A, 1)})
    claims = assets.session(session.token)
    assets.put(claims, A, b"x", None)

    assert assets.find(claims.manifest, "/../../x") is not None


def test_tokens_end_after_an_hour(assets: AssetStore, clock: ManualClock) -> None:
    session = assets.begin("shop", manifest(a=3))
    completed = uploaded(assets, b=b"x")
    clock.advance(ASSET_TOKEN_SECONDS)

    with pytest.raises(TokenInvalid, match="expired"):
        assets.session(session.token)
    with pytest.raises(AssetTokenInvalid, match="expired"):
        assets.redeem(completed, "shop")


def test_a_token_is_good_for_one_purpose_and_one_script(assets: AssetStore) -> None:
    session = assets.begin("shop", manifest(a=3))
    completed = uploaded(assets, b=b"x")

    with pytest.raises(TokenInvalid):
        assets.session(completed)
    with pytest.raises(AssetTokenInvalid, match="upload token"):
        assets.redeem(session.token, "shop")
    with pytest.raises(AssetTokenInvalid, match="another script"):
        assets.redeem(completed, "other")


def test_another_accounts_token_opens_nothing(assets: AssetStore, twin: Twin) -> None:
    record, _ = twin.create_account("Another tenant")
    theirs = twin.account(record.id).workers.assets

    with pytest.raises(TokenInvalid):
        assets.session(theirs.begin("shop", manifest(a=3)).token)
    with pytest.raises(AssetTokenInvalid):
        assets.redeem(uploaded(theirs, a=b"one"), "shop")


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "é"])
def test_what_is_no_token_opens_nothing(assets: AssetStore, text: str) -> None:
    with pytest.raises(TokenInvalid):
        assets.session(text)


def test_files_that_nobody_wants_are_swept(
    assets: AssetStore, clock: ManualClock, files_on_disk: Callable[[], int]
) -> None:
    uploaded(assets, a=b"one")
    assets.sweep()
    assert files_on_disk() == 1

    clock.advance(ASSET_TOKEN_SECONDS)
    assets.sweep()

    assert files_on_disk() == 0


def test_buckets_are_bounded() -> None:
    large = [ManifestFile(f"{n:032x}", 25 * 1_048_576) for n in range(3)]
    many = [ManifestFile(f"{n:032x}", 1) for n in range(4_001)]

    assert [len(bucket) for bucket in buckets_of(large)] == [1, 1, 1]
    assert [len(bucket) for bucket in buckets_of(many)] == [2_000, 2_000, 1]


@pytest.mark.parametrize("text", [b"!", b"YQ", b"YQ==\n"])
def test_what_is_no_base64_is_refused(text: bytes) -> None:
    with pytest.raises(AssetInvalid, match="it is not base64"):
        decoded(A, text)


def test_a_manifest_of_many_files_is_kept_whole(assets: AssetStore) -> None:
    files = {f"/{n}": ManifestFile(f"{n:032x}", 1) for n in range(4_001)}

    session = assets.begin("shop", files)

    asked = [digest for bucket in session.buckets for digest in bucket]
    assert sorted(asked) == sorted(file.hash for file in files.values())
    assert len(assets.paths(assets.session(session.token).manifest)) == 4_001


def test_a_file_at_two_paths_is_asked_for_once(assets: AssetStore) -> None:
    file = ManifestFile(A, 1)

    assert assets.begin("shop", {"/a": file, "/b": file}).buckets == [[A]]
