"""Static assets of Workers, at the edge and by the binding."""

from typing import Any

import pytest

from tests.deployed import Deployed
from tests.workers.forms import form

pytestmark = pytest.mark.workerd

FILES = {
    "/index.html": b"<h1>home</h1>",
    "/about.html": b"<h1>about</h1>",
    "/404.html": b"<h1>nothing</h1>",
    "/large.bin": bytes(range(256)) * 2_000,
}
SCRIPT = """export default { async fetch(request, env) {
  const url = new URL(request.url);
  if (url.pathname === "/via") return env.ASSETS.fetch(new URL("/about", url));
  return new Response(`script ${url.pathname}`);
} };"""
ASSETS = {"name": "ASSETS", "type": "assets"}


def deploy(workers: Deployed, **config: Any) -> None:
    """A script with files."""
    jwt = workers.upload_assets("site", FILES)
    workers.deploy("site", SCRIPT, ASSETS, assets={"jwt": jwt, "config": config})


def test_files_go_before_the_script(workers: Deployed) -> None:
    deploy(workers)

    assert workers.get("site").text == "<h1>home</h1>"
    assert workers.get("site", "/about").headers["content-type"] == "text/html; charset=utf-8"
    assert workers.get("site", "/large.bin").content == FILES["/large.bin"]
    assert workers.get("site", "/other").text == "script /other"


def test_the_script_asks_for_files_by_its_binding(workers: Deployed) -> None:
    deploy(workers)

    assert workers.get("site", "/via").text == "<h1>about</h1>"


def test_the_script_may_go_first(workers: Deployed) -> None:
    deploy(workers, run_worker_first=["/about"])

    assert workers.get("site", "/about").text == "script /about"
    assert workers.get("site", "/").text == "<h1>home</h1>"


def test_redirects_and_headers_hold_for_files(workers: Deployed) -> None:
    deploy(workers, _redirects="/old /about 301", _headers="/*\n  X-Site: yes")

    moved = workers.get("site", "/old?a=1")
    assert (moved.status_code, moved.headers["location"]) == (301, "/about?a=1")
    assert workers.get("site", "/about").headers["x-site"] == "yes"
    assert "x-site" not in workers.get("site", "/other").headers


def test_a_browser_that_opens_a_page_gets_the_application(workers: Deployed) -> None:
    deploy(workers, not_found_handling="single-page-application")

    opened = workers.get("site", "/deep/link", headers={"sec-fetch-mode": "navigate"})

    assert opened.text == "<h1>home</h1>"
    assert workers.get("site", "/deep/link").text == "script /deep/link"


def test_files_alone_are_a_site(workers: Deployed) -> None:
    jwt = workers.upload_assets("site", FILES)
    assets = {"jwt": jwt, "config": {"not_found_handling": "404-page"}}
    metadata = {"assets": assets, "compatibility_date": "2026-01-01"}
    upload = form(main=None, **metadata)
    upload["files"] = upload["files"][:1]
    workers.api.put("/scripts/site", **upload).raise_for_status()
    workers.api.post("/scripts/site/subdomain", json={"enabled": True}).raise_for_status()

    found, missing = workers.get("site"), workers.get("site", "/nothing")

    assert (found.status_code, found.text) == (200, "<h1>home</h1>")
    assert (missing.status_code, missing.text) == (404, "<h1>nothing</h1>")
    tag = found.headers["etag"]
    assert workers.get("site", headers={"if-none-match": tag}).status_code == 304
    assert workers.request("site", "HEAD").headers["content-length"] == "13"
    assert workers.request("site", "POST").status_code == 405


@pytest.mark.parametrize("path", ["/../../etc/passwd", "/..%2f..%2fetc/passwd", "/%00", "/%ff"])
def test_a_hostile_path_is_a_path_like_any_other(workers: Deployed, path: str) -> None:
    deploy(workers, run_worker_first=False)

    assert workers.get("site", path).text.startswith("script /")
