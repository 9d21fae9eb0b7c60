"""wrangler and Pages: projects, deployments of a folder and of Functions, and what they answer."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from emulator.testing import TwinAccount, TwinServer
from tests.contract.conftest import Wrangler

pytestmark = [pytest.mark.wrangler, pytest.mark.workerd]

Get = Callable[..., httpx.Response]
WORKER = """export default { async fetch(request, env) {
  const url = new URL(request.url);
  if (url.pathname === "/api") return Response.json({ who: env.WHO, branch: env.CF_PAGES_BRANCH });
  return env.ASSETS.fetch(request);
} };"""


@pytest.fixture
def api(twin_server: TwinServer, twin_account: TwinAccount) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=f"{twin_server.api}/accounts/{twin_account.id}/pages/projects",
        headers=twin_account.headers,
        trust_env=False,
    ) as client:
        yield client


@pytest.fixture
def get(twin_server: TwinServer, twin_account: TwinAccount) -> Iterator[Get]:
    """Asks the edge for a path of the site `shop`, or of one of its deployments."""
    with httpx.Client(base_url=twin_server.edge, trust_env=False) as client:

        def ask(path: str = "/", label: str = "") -> httpx.Response:
            host = f"{label}shop-{twin_account.id[:8]}.pages.localhost"
            return client.get(path, headers={"host": host})

        yield ask


@pytest.fixture
def folder(tmp_path: Path, wrangler: Wrangler) -> Path:
    """A site, and the project it is deployed to."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "index.html").write_text("<h1>home</h1>")
    (site / "about.html").write_text("<h1>about</h1>")
    (site / "style.css").write_text("h1 { color: red }")
    (site / "_headers").write_text("/*\n  X-Site: shop\n")
    (site / "_redirects").write_text("/old /about 301\n")
    wrangler("pages", "project", "create", "shop", "--production-branch", "main")
    return site


def deploy(wrangler: Wrangler, folder: Path, branch: str = "main") -> str:
    return wrangler(
        "pages", "deploy", str(folder), "--project-name", "shop", "--branch", branch
    ).out


def test_projects_are_made_listed_and_deleted(
    wrangler: Wrangler, folder: Path, api: httpx.Client
) -> None:
    assert "shop" in wrangler("pages", "project", "list").out

    wrangler("pages", "project", "delete", "shop", "-y")

    gone = api.get("/shop")
    assert (gone.status_code, gone.json()["errors"][0]["code"]) == (404, 8000007)


def test_a_folder_is_deployed_and_served(wrangler: Wrangler, folder: Path, get: Get) -> None:
    assert "Uploaded 3 files" in deploy(wrangler, folder)

    assert (get("/").status_code, get("/").text) == (200, "<h1>home</h1>")
    assert get("/about").text == "<h1>about</h1>"
    assert get("/about").headers["x-site"] == "shop"
    moved = get("/about.html")
    assert (moved.status_code, moved.headers["location"]) == (308, "/about")
    assert get("/old").headers["location"] == "/about"
    # Without a 404.html it is an application of one page.
    assert (get("/deep/link").status_code, get("/deep/link").text) == (200, "<h1>home</h1>")


def test_a_file_that_is_there_is_not_sent_again(wrangler: Wrangler, folder: Path) -> None:
    deploy(wrangler, folder)
    (folder / "about.html").write_text("<h1>about us</h1>")

    assert "Uploaded 1 files (2 already uploaded)" in deploy(wrangler, folder)


def test_a_branch_is_a_preview_with_hosts_of_its_own(
    wrangler: Wrangler, folder: Path, get: Get
) -> None:
    deploy(wrangler, folder)
    (folder / "index.html").write_text("<h1>next</h1>")
    (folder / "404.html").write_text("<h1>nothing</h1>")

    deploy(wrangler, folder, "Fix/Login")

    deployments = wrangler("pages", "deployment", "list", "--project-name", "shop", "--json").json()
    short = deployments[0]["Id"][:8]
    assert get("/").text == "<h1>home</h1>"
    assert get("/", "fix-login.").text == get("/", f"{short}.").text == "<h1>next</h1>"
    assert get("/", "fix-login.").headers["x-robots-tag"] == "noindex"
    missing = get("/nothing", "fix-login.")
    assert (missing.status_code, missing.text) == (404, "<h1>nothing</h1>")


def test_a_deployment_is_rolled_back_to(
    wrangler: Wrangler, folder: Path, api: httpx.Client, get: Get
) -> None:
    deploy(wrangler, folder)
    first = api.get("/shop").json()["result"]["canonical_deployment"]["id"]
    (folder / "index.html").write_text("<h1>broken</h1>")
    deploy(wrangler, folder)
    assert get("/").text == "<h1>broken</h1>"

    api.post(f"/shop/deployments/{first}/rollback").raise_for_status()

    assert get("/").text == "<h1>home</h1>"
    refused = api.delete(f"/shop/deployments/{first}")
    assert refused.status_code == 400


def test_secrets_are_set_and_reach_the_worker_of_the_next_deployment(
    wrangler: Wrangler, folder: Path, get: Get
) -> None:
    (folder / "_worker.js").write_text(WORKER)
    wrangler("pages", "secret", "put", "WHO", "--project-name", "shop", typed="ada")
    assert (
        "WHO: Value Encrypted" in wrangler("pages", "secret", "list", "--project-name", "shop").out
    )

    deploy(wrangler, folder)

    assert get("/api").json() == {"who": "ada", "branch": "main"}
    assert get("/about").text == "<h1>about</h1>"


def test_functions_are_deployed(wrangler: Wrangler, folder: Path, get: Get, tmp_path: Path) -> None:
    functions = tmp_path / "functions"
    (functions / "api").mkdir(parents=True)
    (functions / "api" / "[name].js").write_text(
        "export const onRequestGet = ({ params }) => Response.json({ hello: params.name });"
    )
    (functions / "_middleware.js").write_text(
        "export const onRequest = async ({ next }) => {"
        "  const answer = await next();"
        "  const copy = new Response(answer.body, answer);"
        "  copy.headers.set('x-middleware', 'yes'); return copy; };"
    )

    deploy(wrangler, folder)

    assert get("/api/ada").json() == {"hello": "ada"}
    assert get("/").text == "<h1>home</h1>"
    assert get("/").headers["x-middleware"] == "yes"


def test_a_function_that_does_not_start_is_refused_and_the_old_site_stays(
    wrangler: Wrangler, folder: Path, get: Get
) -> None:
    deploy(wrangler, folder)
    (folder / "_worker.js").write_text("throw new Error('at the start'); export default {};")

    refused = wrangler(
        "pages", "deploy", str(folder), "--project-name", "shop", "--branch", "main", fails=True
    )

    assert "at the start" in refused.out + refused.err
    assert get("/").text == "<h1>home</h1>"


def test_the_sdk_sees_what_wrangler_made(
    wrangler: Wrangler, folder: Path, cloudflare: Any, twin_account: TwinAccount
) -> None:
    deploy(wrangler, folder)
    pages = cloudflare.pages.projects

    project = pages.get("shop", account_id=twin_account.id)
    [deployment] = pages.deployments.list("shop", account_id=twin_account.id)

    assert project.production_branch == "main"
    assert (deployment.environment, deployment.latest_stage.status) == ("production", "success")
    domain = pages.domains.create("shop", account_id=twin_account.id, name="shop.example.com")
    assert domain.name == "shop.example.com"
