"""supabase-py's storage client against the twin's Supabase."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from storage3.exceptions import StorageApiError
from supabase import Client, ClientOptions, create_client

from emulator.core.settings import Settings
from emulator.standins.supabase.keys import Keys, keys_of
from emulator.testing import TwinAccount, TwinServer

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
Clients = Callable[[str], Client]


@pytest.fixture
def keys(twin_account: TwinAccount) -> Keys:
    return keys_of(Settings(), twin_account.id)


@pytest.fixture
def clients(twin_server: TwinServer) -> Iterator[Clients]:
    """Makes clients with a key, whose connections are closed with the test."""
    with ExitStack() as stack:

        def make(key: str) -> Client:
            connection = stack.enter_context(httpx.Client(trust_env=False))
            options: Any = ClientOptions(httpx_client=connection, auto_refresh_token=False)
            return create_client(f"{twin_server.url}/supabase", key, options)

        yield make


@pytest.fixture
def service(clients: Clients, keys: Keys) -> Client:
    return clients(keys.service_role)


@pytest.fixture
def files(service: Client) -> Any:
    """A private bucket, as the service role."""
    service.storage.create_bucket("files")
    return service.storage.from_("files")


def user(clients: Clients, keys: Keys, name: str) -> Any:
    """The bucket `files` as a new user of that name."""
    client = clients(keys.anon)
    client.auth.sign_up({"email": f"{name}@example.com", "password": "correct horse"})
    return client.storage.from_("files")


def refused(call: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(StorageApiError) as error:
        call()
    return str(error.value.status), error.value.message


def test_buckets_are_made_changed_emptied_and_deleted(service: Client) -> None:
    storage = service.storage
    storage.create_bucket("a", options={"public": True, "file_size_limit": 10})
    storage.update_bucket("a", {"public": False, "allowed_mime_types": ["image/*"]})

    bucket = storage.get_bucket("a")
    assert (bucket.public, bucket.allowed_mime_types) == (False, ["image/*"])
    assert [one.id for one in storage.list_buckets()] == ["a"]
    storage.from_("a").upload("x.png", b"1", {"content-type": "image/png"})
    assert refused(lambda: storage.delete_bucket("a"))[0] == "409"
    storage.empty_bucket("a")
    storage.delete_bucket("a")
    assert storage.list_buckets() == []


def test_an_object_comes_back_with_what_was_said_of_it(files: Any) -> None:
    options = {"content-type": "image/png", "cache-control": "60", "metadata": {"by": "Ada"}}
    made = files.upload("a b/c.png", PNG, options)

    about = files.info("a b/c.png")
    assert made.full_path == "files/a b/c.png"
    assert files.download("a b/c.png") == PNG
    assert (about["size"], about["content_type"]) == (len(PNG), "image/png")
    assert (about["cache_control"], about["metadata"]) == ("max-age=60", {"by": "Ada"})


def test_a_second_upload_is_refused_unless_it_upserts(files: Any) -> None:
    files.upload("a.txt", b"one")

    assert refused(lambda: files.upload("a.txt", b"two")) == ("409", "The resource already exists")
    files.upload("a.txt", b"two", {"upsert": "true"})
    files.update("a.txt", b"three")
    assert files.download("a.txt") == b"three"


def test_objects_are_listed_by_level(files: Any) -> None:
    for name in ("a.txt", "b.txt", "sub/c.txt", "sub/deep/d.txt"):
        files.upload(name, name.encode())

    assert [row["name"] for row in files.list()] == ["a.txt", "b.txt", "sub"]
    assert [row["name"] for row in files.list("sub")] == ["c.txt", "deep"]
    sort = {"column": "name", "order": "desc"}
    assert [row["name"] for row in files.list("", {"limit": 1, "offset": 1, "sortBy": sort})] == [
        "b.txt"
    ]
    assert [row["name"] for row in files.list("", {"search": "b"})] == ["b.txt"]
    page = files.list_v2({"limit": 3, "prefix": ""})
    assert [one.name for one in page.objects] == ["a.txt", "b.txt", "sub/c.txt"]
    rest = files.list_v2({"cursor": page.nextCursor})
    assert ([one.name for one in rest.objects], rest.hasNext) == (["sub/deep/d.txt"], False)


def test_objects_move_are_copied_and_removed(files: Any) -> None:
    files.upload("a.txt", b"a")
    files.move("a.txt", "b.txt")
    files.copy("b.txt", "c.txt")

    assert (files.exists("a.txt"), files.download("c.txt")) == (False, b"a")
    assert [row["name"] for row in files.remove(["b.txt", "none.txt"])] == ["b.txt"]
    assert files.list() != []
    assert refused(lambda: files.download("b.txt")) == ("404", "Object not found")


def test_a_signed_address_opens_until_it_expires(files: Any, twin_server: TwinServer) -> None:
    files.upload("a b.txt", b"signed")
    address = files.create_signed_url("a b.txt", 60, {"download": "x.txt"})["signedUrl"]

    opened = httpx.get(address, trust_env=False)
    assert (opened.content, opened.status_code) == (b"signed", 200)
    assert "x.txt" in opened.headers["content-disposition"]
    wrong = httpx.get(address.replace("a%20b", "c"), trust_env=False)
    assert (wrong.status_code, wrong.json()["code"]) == (400, "InvalidSignature")
    twin_server.clock.advance(61)
    late = httpx.get(address, trust_env=False)
    assert (late.status_code, late.json()["code"]) == (400, "InvalidJWT")


def test_many_addresses_are_signed_at_once(files: Any) -> None:
    files.upload("a.txt", b"a")

    there, missing = files.create_signed_urls(["a.txt", "none.txt"], 60)
    assert httpx.get(there["signedUrl"], trust_env=False).content == b"a"
    assert missing["signedUrl"] is None
    assert "does not exist" in missing["error"]


def test_a_signed_address_takes_one_upload(files: Any) -> None:
    signed = files.create_signed_upload_url("up.txt")
    files.upload_to_signed_url("up.txt", signed["token"], b"by token")

    assert files.download("up.txt") == b"by token"
    assert refused(lambda: files.upload_to_signed_url("up.txt", signed["token"], b"again"))[0] == (
        "409"
    )


def test_only_a_public_bucket_has_public_addresses(service: Client, files: Any) -> None:
    files.upload("a.txt", b"a", {"content-type": "text/plain"})
    address = files.get_public_url("a.txt")

    assert httpx.get(address, trust_env=False).json()["message"] == "Bucket not found"
    service.storage.update_bucket("files", {"public": True})
    assert httpx.get(address, trust_env=False).text == "a"
    part = httpx.get(address, headers={"range": "bytes=0-0"}, trust_env=False)
    assert (part.status_code, part.headers["content-range"]) == (206, "bytes 0-0/1")


def test_a_users_objects_are_absent_for_others(clients: Clients, keys: Keys, files: Any) -> None:
    ada, ben = user(clients, keys, "ada"), user(clients, keys, "ben")
    ada.upload("ada.txt", b"ada")

    assert ada.download("ada.txt") == b"ada"
    assert refused(lambda: ben.download("ada.txt")) == ("404", "Object not found")
    assert (ben.list(), ben.remove(["ada.txt"])) == ([], [])
    assert refused(lambda: ben.update("ada.txt", b"ben"))[0] == "403"
    assert files.download("ada.txt") == b"ada"


def test_buckets_are_the_service_roles(clients: Clients, keys: Keys, files: Any) -> None:
    anon = clients(keys.anon).storage

    assert anon.list_buckets() == []
    assert refused(lambda: anon.get_bucket("files")) == ("404", "Bucket not found")
    assert refused(lambda: anon.create_bucket("mine"))[0] == "403"
    assert refused(lambda: anon.from_("files").upload("a", b"a"))[0] == "403"


def test_what_a_bucket_does_not_take_is_refused(service: Client) -> None:
    limits = {"file_size_limit": "4B", "allowed_mime_types": ["image/png"]}
    service.storage.create_bucket("small", options=limits)  # type: ignore[arg-type]
    small = service.storage.from_("small")

    assert refused(lambda: small.upload("a", b"12345", {"content-type": "image/png"}))[0] == "413"
    assert refused(lambda: small.upload("a", b"1", {"content-type": "text/html"}))[0] == "415"
    assert small.list() == []


@pytest.mark.parametrize("key", ["ü.txt", "a[1].txt", "a\nb", "x" * 1_025])
def test_a_key_that_is_none_is_refused(files: Any, key: str) -> None:
    status, message = refused(lambda: files.upload(key, b"a"))
    assert (status, message.split(":")[0]) == ("400", "Invalid key")
