"""Storage's rules, and what nobody well-meaning would send."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from emulator import Settings
from emulator.core.clock import ManualClock
from emulator.core.ids import Ids
from emulator.standins.supabase.app import App
from emulator.standins.supabase.project import Project, open_project
from emulator.standins.supabase.storage.names import size_limit
from emulator.standins.supabase.storage.receiving import MAX_OBJECT_BYTES
from tests.standins.supabase.conftest import ACCOUNT, LISTENER, bearer

FORM = {"content-type": "multipart/form-data; boundary=x"}
TRANSFER = {"bucketId": "files", "sourceKey": "a.txt"}
DEEP = "[" * 200_000


@pytest.fixture
async def storage(project: Project) -> AsyncIterator[httpx.AsyncClient]:
    """Storage as the service role, with a bucket."""
    headers = bearer(project.keys.service_role)
    url = "https://project.supabase.co/storage/v1"
    transport = httpx.ASGITransport(App(project))
    async with httpx.AsyncClient(transport=transport, base_url=url, headers=headers) as client:
        await client.post("/bucket", json={"name": "files"})
        yield client


def blobs(directory: Path) -> list[Path]:
    """Every blob on disk, whole or not."""
    return [path for path in (directory / "storage" / "blobs").rglob("*") if path.is_file()]


def refusal(response: httpx.Response) -> tuple[str, str]:
    assert response.status_code == 400, response.text
    return response.json()["statusCode"], response.json()["code"]


async def test_an_object_outlives_the_process(
    storage: httpx.AsyncClient, project: Project, tmp_path: Path, clock: ManualClock
) -> None:
    await storage.post("/object/files/a.txt", content=b"kept")
    await storage.post("/object/files/a.txt", content=b"newer", headers={"x-upsert": "true"})
    assert len(blobs(tmp_path)) == 1
    project.close()
    settings = Settings()
    again = open_project(tmp_path, ACCOUNT, settings, clock, Ids(), LISTENER, lambda mail: None)

    found = again.storage.store.find("files", "a.txt")

    assert found is not None
    assert [path.read_bytes() for path in blobs(tmp_path)] == [b"newer"]
    again.close()


async def test_what_is_refused_leaves_nothing(storage: httpx.AsyncClient, tmp_path: Path) -> None:
    await storage.post("/object/files/a.txt", content=b"one")
    again = await storage.post("/object/files/a.txt", content=b"two")
    await storage.post("/object/copy", json={**TRANSFER, "destinationKey": "a.txt"})
    await storage.post("/object/copy", json={**TRANSFER, "destinationKey": "b.txt"})
    await storage.request("DELETE", "/object/files", json={"prefixes": ["b.txt"]})

    assert refusal(again) == ("409", "ResourceAlreadyExists")
    assert [path.read_bytes() for path in blobs(tmp_path)] == [b"one"]


async def test_what_is_too_large_leaves_nothing(storage: httpx.AsyncClient, tmp_path: Path) -> None:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(MAX_OBJECT_BYTES // 2**20 + 1):
            yield bytes(2**20)

    response = await storage.post("/object/files/big", content=body())

    assert refusal(response) == ("413", "EntityTooLarge")
    assert blobs(tmp_path) == []


@pytest.mark.parametrize(
    "body",
    [b"", b"--x", b"--x--\r\n", b"--x\r\n\r\n\r\n--x--\r\n", b"\x00" * 99, b"--x\r\nA: \xff"],
)
async def test_a_form_that_is_none_is_refused(
    storage: httpx.AsyncClient, tmp_path: Path, body: bytes
) -> None:
    response = await storage.post("/object/files/a", content=body, headers=FORM)

    if response.status_code == 200:
        # A part without a name is supabase-js's file.
        assert body.startswith(b"--x\r\n\r\n")
    else:
        assert refusal(response) == ("400", "InvalidRequest")
        assert blobs(tmp_path) == []


@pytest.mark.parametrize(
    "key", ["%00", "a%0Ab", "%FF", "a%5Cb", "%E2%80%AE", "a%23b", "x" * 1_025, "a%7Bb"]
)
async def test_a_key_with_other_letters_is_none(storage: httpx.AsyncClient, key: str) -> None:
    response = await storage.post(f"/object/files/{key}", content=b"x")
    assert refusal(response) == ("400", "InvalidKey")


async def test_a_key_is_no_path(storage: httpx.AsyncClient, tmp_path: Path) -> None:
    before = set(tmp_path.iterdir())
    for key in ("%2E%2E/%2E%2E/x", "/etc/x", ".../x"):
        await storage.post(f"/object/files/{key}", content=b"x")

    assert set(tmp_path.iterdir()) == before
    assert all(path.is_relative_to(tmp_path / "storage") for path in tmp_path.rglob("x"))


@pytest.mark.parametrize("path", ["/object/list/files", "/object/sign/files", "/object/move"])
@pytest.mark.parametrize(
    "body", ["", "[]", "null", "{", DEEP, '{"prefix": 1}', '{"prefix": "\\ud800"}']
)
async def test_a_body_that_is_no_form_is_refused(
    storage: httpx.AsyncClient, path: str, body: str
) -> None:
    response = await storage.post(path, content=body)
    assert refusal(response)[0] == "400"


@pytest.mark.parametrize(
    "search",
    [
        {"prefix": "", "limit": 0},
        {"prefix": "", "limit": 10**30},
        {"prefix": "", "offset": -1},
        {"prefix": "", "sortBy": {"column": "id; DROP TABLE objects"}},
        {"prefix": "", "sortBy": {"column": "name", "order": "sideways"}},
    ],
)
async def test_a_list_that_cannot_be_is_refused(
    storage: httpx.AsyncClient, search: dict[str, Any]
) -> None:
    response = await storage.post("/object/list/files", json=search)
    assert refusal(response) == ("400", "InvalidRequest")


@pytest.mark.parametrize("prefix", ["'", "%", "_", "\0", "a' OR '1'='1"])
async def test_a_prefix_is_no_pattern(storage: httpx.AsyncClient, prefix: str) -> None:
    await storage.post("/object/files/ab/c.txt", content=b"x")
    response = await storage.post("/object/list/files", json={"prefix": prefix})
    assert (response.status_code, response.json()) == (200, [])


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "Bearer", "\x7f"])
async def test_a_token_that_is_none_is_refused(storage: httpx.AsyncClient, token: str) -> None:
    headers = {"authorization": f"Bearer {token}"}
    response = await storage.post("/object/files/a", content=b"x", headers=headers)
    assert refusal(response) == ("403", "AccessDenied")


async def test_an_address_is_good_for_what_it_was_signed_for(
    storage: httpx.AsyncClient, project: Project
) -> None:
    for key in ("a", "b"):
        await storage.post(f"/object/files/{key}", content=key.encode())
    signed = (await storage.post("/object/sign/files/a", json={"expiresIn": 9})).json()["signedURL"]
    token = signed.partition("token=")[2]

    assert (await storage.get(signed)).content == b"a"
    other = await storage.get(f"/object/sign/files/b?token={token}")
    upload = await storage.put(f"/object/upload/sign/files/a?token={token}", content=b"x")
    session = await storage.get("/object/sign/files/a", params={"token": project.keys.service_role})
    assert refusal(other) == refusal(upload) == ("400", "InvalidSignature")
    assert refusal(session) == ("400", "InvalidJWT")
    as_bearer = await storage.get("/object/files/a", headers=bearer(token))
    assert refusal(as_bearer) == ("403", "AccessDenied")


@pytest.mark.parametrize(
    ("range", "status", "content"),
    [
        ("bytes=1-2", 206, b"bc"),
        ("bytes=-2", 206, b"cd"),
        ("bytes=2-", 206, b"cd"),
        ("bytes=2-99", 206, b"cd"),
        ("bytes=9-", 400, None),
        ("bytes=3-1", 400, None),
        ("lines=1", 200, b"abcd"),
        ("bytes=-", 200, b"abcd"),
    ],
)
async def test_a_range_is_a_part(
    storage: httpx.AsyncClient, range: str, status: int, content: bytes | None
) -> None:
    await storage.post("/object/files/a", content=b"abcd")

    response = await storage.get("/object/files/a", headers={"range": range})

    assert response.status_code == status
    assert content is None or response.content == content


async def test_an_empty_object_is_one(storage: httpx.AsyncClient) -> None:
    await storage.post("/object/files/empty", content=b"")

    response = await storage.get("/object/files/empty")
    head = await storage.head("/object/files/empty")

    assert (response.content, head.headers["content-length"]) == (b"", "0")
    same = {"if-none-match": head.headers["etag"]}
    assert (await storage.get("/object/files/empty", headers=same)).status_code == 304


@pytest.mark.parametrize("path", ["/render/image/public/files/a", "/upload/resumable", "/s3/a"])
async def test_what_is_not_built_is_refused_by_name(storage: httpx.AsyncClient, path: str) -> None:
    response = await storage.get(path)
    assert response.status_code == 501
    assert path in response.json()["message"]


@pytest.mark.parametrize("limit", ["1XB", "-1", -1, "", "1" * 21, 2**60])
async def test_a_limit_that_is_none_is_refused(storage: httpx.AsyncClient, limit: object) -> None:
    response = await storage.post("/bucket", json={"name": "b", "file_size_limit": limit})
    assert refusal(response) == ("400", "InvalidRequest")


def test_a_limit_may_have_a_unit() -> None:
    assert [size_limit(text) for text in ("20MB", "1.5kb", "7", "3B")] == [20_000_000, 1_500, 7, 3]


@pytest.mark.parametrize("name", ["", " a", "a/b", "ü", "x" * 101, "a\0"])
async def test_a_bucket_has_a_name(storage: httpx.AsyncClient, name: str) -> None:
    response = await storage.post("/bucket", json={"name": name})
    assert refusal(response) == ("400", "InvalidBucketName")
