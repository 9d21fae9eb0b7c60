"""A page in a real Chromium reads and writes a bucket: presigned URLs, CORS, the public address."""

import shutil
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from e2e.browser.chromium import ARGUMENTS
from emulator.testing import TwinAccount, TwinServer
from tests.contract.boto import S3Client

pytestmark = pytest.mark.chromium

FETCH = """async ([url, init]) => {
  try {
    const answer = await fetch(url, init);
    return [answer.status, await answer.text(), answer.headers.get("etag")];
  } catch (error) {
    return error.message;
  }
}"""
SHOW = """(url) => new Promise((resolve) => {
  const image = new Image();
  image.onload = () => resolve(image.naturalWidth);
  image.onerror = () => resolve(null);
  image.src = url;
})"""
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="7" height="5"/>'
BLOCKED = "Failed to fetch"


class Blank(BaseHTTPRequestHandler):
    """Answers with an empty page."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>page</title>")

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the tests' output is theirs."""


@pytest.fixture(scope="module")
def site() -> Iterator[int]:
    """The port of a site of empty pages: by 127.0.0.1 it is one origin, by localhost another."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Blank) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


# Of the module, not of the session: while Playwright runs, no other event loop can.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium, else the one that Playwright has installed."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, site: int) -> Iterator[Page]:
    """A page of the origin that `cors` allows."""
    with browser.new_page() as page:
        page.goto(f"http://127.0.0.1:{site}/")
        yield page


@pytest.fixture
def cors(s3: S3Client, bucket: str, site: int) -> None:
    """The bucket's rules: one origin, two methods, a header each way."""
    rule = {
        "AllowedOrigins": [f"http://127.0.0.1:{site}"],
        "AllowedMethods": ["GET", "PUT"],
        "AllowedHeaders": ["content-type"],
        "ExposeHeaders": ["ETag"],
    }
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})


@pytest.fixture
def put_url(s3: S3Client, bucket: str) -> str:
    """Where `photo.svg` may be put."""
    params = {"Bucket": bucket, "Key": "photo.svg", "ContentType": "image/svg+xml"}
    return str(s3.generate_presigned_url("put_object", Params=params))


@pytest.fixture
def get_url(s3: S3Client, bucket: str) -> str:
    """Where `note.txt`, which is there, may be read."""
    s3.put_object(Bucket=bucket, Key="note.txt", Body=b"note")
    params = {"Bucket": bucket, "Key": "note.txt"}
    return str(s3.generate_presigned_url("get_object", Params=params))


def upload(page: Page, url: str, **headers: str) -> Any:
    headers = {"Content-Type": "image/svg+xml"} | headers
    init = {"method": "PUT", "body": SVG.decode(), "headers": headers}
    return page.evaluate(FETCH, [url, init])


@pytest.mark.usefixtures("cors")
def test_a_page_uploads_and_reads(
    page: Page, s3: S3Client, bucket: str, put_url: str, get_url: str
) -> None:
    sent = upload(page, put_url)
    read = page.evaluate(FETCH, [get_url, {}])

    head = s3.head_object(Bucket=bucket, Key="photo.svg")
    assert sent == [200, "", head["ETag"]]
    assert head["ContentType"] == "image/svg+xml"
    assert read == [200, "note", s3.head_object(Bucket=bucket, Key="note.txt")["ETag"]]


def test_without_rules_a_page_is_told_nothing(
    page: Page, s3: S3Client, bucket: str, put_url: str, get_url: str
) -> None:
    assert upload(page, put_url) == BLOCKED
    assert page.evaluate(FETCH, [get_url, {}]) == BLOCKED
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1


@pytest.mark.usefixtures("cors")
def test_rules_hold_for_their_origin_and_headers_alone(
    page: Page, site: int, put_url: str, get_url: str
) -> None:
    assert upload(page, put_url, **{"x-other": "1"}) == BLOCKED

    page.goto(f"http://localhost:{site}/")

    assert upload(page, put_url) == BLOCKED
    assert page.evaluate(FETCH, [get_url, {}]) == BLOCKED


@pytest.mark.usefixtures("cors")
def test_a_page_reads_why_it_was_refused(page: Page, get_url: str) -> None:
    status, text, _ = page.evaluate(FETCH, [get_url.replace("note", "other"), {}])

    assert (status, "<Code>SignatureDoesNotMatch</Code>" in text) == (403, True)


@pytest.fixture
def publish(
    twin_server: TwinServer, twin_account: TwinAccount, bucket: str, anybody: httpx.Client
) -> Callable[[bool], str]:
    """Opens the bucket's public development address, or closes it, and says what it is."""
    root = f"{twin_server.api}/accounts/{twin_account.id}/r2/buckets"

    def put(enabled: bool) -> str:
        answer = anybody.put(
            f"{root}/{bucket}/domains/managed",
            json={"enabled": enabled},
            headers=twin_account.headers,
        )
        name = answer.json()["result"]["bucketId"]
        return f"http://pub-{name}.r2.localhost:{httpx.URL(twin_server.s3).port}"

    return put


def test_a_public_bucket_shows_its_images(
    page: Page, s3: S3Client, bucket: str, publish: Callable[[bool], str]
) -> None:
    s3.put_object(Bucket=bucket, Key="a photo.svg", Body=SVG, ContentType="image/svg+xml")

    public = publish(True)
    assert page.evaluate(SHOW, f"{public}/a photo.svg") == 7
    assert page.evaluate(SHOW, f"{public}/absent.svg") is None

    publish(False)
    closed = page.goto(f"{public}/a photo.svg")
    assert closed is not None
    assert closed.status == 404


@pytest.mark.usefixtures("cors")
def test_a_public_bucket_is_read_by_pages_that_its_rules_allow(
    page: Page, site: int, s3: S3Client, bucket: str, publish: Callable[[bool], str]
) -> None:
    s3.put_object(Bucket=bucket, Key="note.txt", Body=b"note")
    url = f"{publish(True)}/note.txt"

    assert page.evaluate(FETCH, [url, {}])[:2] == [200, "note"]
    page.goto(f"http://localhost:{site}/")
    assert page.evaluate(FETCH, [url, {}]) == BLOCKED
