"""wrangler and Workers: deploy, versions, rollback, secrets, assets, triggers, deletion; what
wrangler reads back, and what the Worker then answers at the edge.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from emulator.testing import TwinAccount, TwinServer
from tests.contract.conftest import Wrangler
from tests.deployed import Deployed

pytestmark = [pytest.mark.wrangler, pytest.mark.workerd]

WORKER = """
import text from "./greeting.txt";
import bytes from "./raw.bin";
import wasm from "./add.wasm";
export default { fetch: (request, env) => new Response(
  `${text}${env.WHO} ${env.LIMITS.n} ${bytes.byteLength} ${wasm instanceof WebAssembly.Module}`
) };
"""
# The smallest module there is: magic number and version.
WASM = b"\0asm\x01\0\0\0"
RULES = [
    {"type": "Text", "globs": ["**/*.txt"]},
    {"type": "Data", "globs": ["**/*.bin"]},
    {"type": "CompiledWasm", "globs": ["**/*.wasm"]},
]
CONFIG = {"name": "shop", "main": "worker.js", "compatibility_date": "2026-01-01"}

Json = dict[str, Any]


class Project:
    """A directory with a Worker and its configuration."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.write("worker.js", 'export default { fetch: () => new Response("hello") };')

    def write(self, name: str, content: str | bytes) -> None:
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def configure(self, **keys: object) -> None:
        self.write("wrangler.json", json.dumps(CONFIG | keys))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path)
    project.configure()
    return project


@pytest.fixture
def api(twin_server: TwinServer, twin_account: TwinAccount) -> Iterator[httpx.Client]:
    """The API below the account's Workers, as somebody who looks at what wrangler has done."""
    with httpx.Client(
        base_url=f"{twin_server.api}/accounts/{twin_account.id}/workers",
        headers=twin_account.headers,
        trust_env=False,
    ) as client:
        yield client


@pytest.fixture
def edge(twin_server: TwinServer, twin_account: TwinAccount) -> Iterator[Deployed]:
    """The account's Workers as the world sees them."""
    deployed = Deployed(twin_server, twin_account)
    yield deployed
    deployed.close()


def get(api: httpx.Client, path: str) -> Any:
    return api.get(path).raise_for_status().json()["result"]


def bindings(api: httpx.Client, script: str = "shop") -> dict[str, Json]:
    return {one["name"]: one for one in get(api, f"/scripts/{script}/settings")["bindings"]}


def shares(api: httpx.Client) -> dict[str, float]:
    """The percentages of the versions that are deployed now."""
    active = get(api, "/scripts/shop/deployments")["deployments"][0]
    return {one["version_id"]: one["percentage"] for one in active["versions"]}


def version_in(text: str) -> str:
    found = re.search(r"Version ID: ([0-9a-f-]{36})", text)
    assert found is not None, text
    return found[1]


def test_a_worker_is_deployed_with_modules_of_every_kind(
    wrangler: Wrangler, project: Project, api: httpx.Client, edge: Deployed
) -> None:
    project.write("greeting.txt", "hi ")
    project.write("raw.bin", b"\0\xff")
    project.write("add.wasm", WASM)
    project.write("worker.js", WORKER)
    project.configure(rules=RULES, vars={"WHO": "you", "LIMITS": {"n": 1}})

    wrangler("deploy")

    assert edge.get("shop").text == "hi you 1 2 true"
    content = api.get("/scripts/shop").content
    assert all(part in content for part in (WASM, b"\0\xff", b"hi "))
    assert bindings(api)["LIMITS"] == {"name": "LIMITS", "type": "json", "json": {"n": 1}}


def test_a_worker_is_deployed_again_rolled_back_and_deleted(
    wrangler: Wrangler, project: Project, api: httpx.Client, edge: Deployed
) -> None:
    project.write("worker.js", "export default { fetch: (r, env) => Response.json(env) };")
    project.configure(vars={"WHO": "you", "GONE": "x"})
    first = version_in(wrangler("deploy").out)
    project.configure(vars={"WHO": "me"})
    second = version_in(wrangler("deploy").out)
    assert list(bindings(api)) == ["WHO"]
    assert edge.get("shop").json() == {"WHO": "me"}

    wrangler("rollback", first, "-y", "--message", "back")

    assert edge.get("shop").json() == {"WHO": "you", "GONE": "x"}

    deployments = wrangler("deployments", "list", "--json").json()
    assert sorted(one["versions"][0]["version_id"] for one in deployments) == sorted(
        [first, second, first]
    )
    assert shares(api) == {first: 100}
    wrangler("delete")
    assert edge.get("shop").status_code == 404
    assert api.get("/services/shop").json()["errors"][0]["code"] == 10090


def test_versions_and_deployments_are_shown(
    wrangler: Wrangler, project: Project, api: httpx.Client
) -> None:
    version = version_in(wrangler("deploy").out)

    [listed] = wrangler("versions", "list", "--json").json()
    shown = wrangler("versions", "view", version, "--json").json()

    assert (listed["id"], listed["number"]) == (version, 1)
    assert shown["metadata"]["source"] == "wrangler"
    assert version in wrangler("deployments", "status").out


def test_secrets_are_set_before_and_after_a_deploy_which_keeps_them(
    wrangler: Wrangler, project: Project, api: httpx.Client, edge: Deployed
) -> None:
    project.write("worker.js", "export default { fetch: (r, env) => Response.json(env) };")
    wrangler("secret", "put", "TOKEN", typed="s3cret")
    wrangler("deploy")
    assert bindings(api) == {"TOKEN": {"name": "TOKEN", "type": "secret_text"}}

    project.write("secrets.json", json.dumps({"KEY": "one", "SALT": "two"}))
    wrangler("secret", "bulk", "secrets.json")
    wrangler("secret", "delete", "TOKEN")

    assert [one["name"] for one in wrangler("secret", "list").json()] == ["KEY", "SALT"]
    assert edge.get("shop").json() == {"KEY": "one", "SALT": "two"}
    assert len(get(api, "/scripts/shop/versions")["items"]) == 5


def test_versions_share_the_traffic(
    wrangler: Wrangler, project: Project, api: httpx.Client
) -> None:
    first = version_in(wrangler("deploy").out)
    second = version_in(wrangler("versions", "upload", "--message", "next").out)
    assert shares(api) == {first: 100}
    refused = wrangler("secret", "put", "TOKEN", typed="s3cret", fails=True)
    assert "isn't currently deployed" in refused.err

    wrangler("versions", "deploy", f"{first}@25%", f"{second}@75%", "-y")

    assert shares(api) == {first: 25, second: 75}


def test_going_back_to_other_secrets_is_asked_about_and_forced(
    wrangler: Wrangler, project: Project, api: httpx.Client
) -> None:
    first = version_in(wrangler("deploy").out)
    wrangler("versions", "secret", "put", "TOKEN", typed="s3cret")
    second = get(api, "/scripts/shop/versions")["items"][0]["id"]
    wrangler("versions", "deploy", f"{second}@100%", "-y")
    assert shares(api) == {second: 100}

    asked = wrangler("rollback", first, "-y").out

    assert "The following secrets have changed" in asked
    assert "* TOKEN" in asked
    assert shares(api) == {first: 100}


def test_assets_are_uploaded_once(wrangler: Wrangler, project: Project, api: httpx.Client) -> None:
    project.write("public/index.html", "<h1>shop</h1>")
    project.write("public/deep/style.css", "h1 { color: red }")
    project.write("public/empty.txt", "")
    project.write("public/_headers", "/*\n  X-Shop: yes\n")
    project.configure(assets={"directory": "public", "binding": "ASSETS"})

    assert "3 new or modified static assets" in wrangler("deploy").out
    assert "No updated asset files to upload" in wrangler("deploy").out
    project.write("public/index.html", "<h1>shop!</h1>")
    assert "1 new or modified static asset" in wrangler("deploy").out

    assert bindings(api)["ASSETS"]["type"] == "assets"
    assert get(api, "/scripts")[0]["has_assets"] is True


def test_a_folder_is_a_worker_of_assets_alone(
    wrangler: Wrangler, project: Project, api: httpx.Client
) -> None:
    project.write("public/index.html", "<h1>shop</h1>")
    keys = {"name": "site", "compatibility_date": "2026-01-01", "assets": {"directory": "public"}}
    project.write("wrangler.json", json.dumps(keys))

    wrangler("deploy")

    [script] = get(api, "/scripts")
    assert (script["id"], script["has_assets"], script["has_modules"]) == ("site", True, False)


def test_an_environment_is_a_worker_of_its_own_with_its_triggers(
    wrangler: Wrangler, project: Project, api: httpx.Client, edge: Deployed
) -> None:
    project.configure(
        env={"staging": {"vars": {"WHERE": "staging"}}}, triggers={"crons": ["0 * * * *"]}
    )

    wrangler("deploy", "--env", "staging")
    assert get(api, "/scripts/shop-staging/script-settings")["tags"] == [
        "cf:service=shop",
        "cf:environment=staging",
    ]
    schedules = get(api, "/scripts/shop-staging/schedules")["schedules"]
    assert [one["cron"] for one in schedules] == ["0 * * * *"]
    subdomain = get(api, "/scripts/shop-staging/subdomain")
    assert subdomain == {"enabled": True, "previews_enabled": True}
    assert edge.get("shop-staging").text == "hello"

    project.configure(env={"staging": {}}, triggers={"crons": ["0 0 * * 0"]})
    refused = wrangler("triggers", "deploy", "--env", "staging", fails=True)
    assert "invalid cron string [code: 10100]" in refused.err


def test_a_custom_domain_is_attached(
    wrangler: Wrangler, project: Project, api: httpx.Client
) -> None:
    project.configure(routes=[{"pattern": "shop.example.com", "custom_domain": True}])

    wrangler("deploy")

    [domain] = get(api, "/domains")
    assert (domain["hostname"], domain["service"]) == ("shop.example.com", "shop")


def test_a_script_that_does_not_start_is_refused_in_the_runtimes_words(
    wrangler: Wrangler, project: Project, edge: Deployed
) -> None:
    wrangler("deploy")
    project.write("worker.js", "throw new Error('at the start'); export default { fetch() {} };")

    refused = wrangler("deploy", fails=True)

    assert "Uncaught Error: at the start" in refused.err
    assert "[code: 10021]" in refused.err
    assert edge.get("shop").text == "hello"


def test_a_route_is_added(wrangler: Wrangler, project: Project, api: httpx.Client) -> None:
    project.configure(routes=[{"pattern": "shop.example.com/*", "zone_name": "example.com"}])

    wrangler("deploy")

    [route] = get(api, "/scripts/shop/routes")
    assert (route["pattern"], route["script"]) == ("shop.example.com/*", "shop")


def test_service_worker_syntax_is_deployed(
    wrangler: Wrangler, project: Project, api: httpx.Client, edge: Deployed
) -> None:
    script = 'addEventListener("fetch", (event) => event.respondWith(new Response("old")));'
    project.write("worker.js", script)

    wrangler("deploy")
    wrangler("deploy")

    assert edge.get("shop").text == "old"
    response = api.get("/scripts/shop")
    assert response.headers["content-type"] == "application/javascript"
    assert "addEventListener" in response.text


def test_resources_without_an_id_are_made_and_found_again(
    wrangler: Wrangler, project: Project, api: httpx.Client
) -> None:
    project.configure(
        kv_namespaces=[{"binding": "CACHE"}],
        d1_databases=[{"binding": "DB", "database_name": "goods"}],
        r2_buckets=[{"binding": "FILES", "bucket_name": "files"}],
    )

    wrangler("deploy")
    made = bindings(api)
    wrangler("deploy")

    assert {name: one["type"] for name, one in made.items()} == {
        "CACHE": "kv_namespace",
        "DB": "d1",
        "FILES": "r2_bucket",
    }
    assert bindings(api) == made


def test_what_is_missing_is_named(wrangler: Wrangler, project: Project) -> None:
    namespace_id = "0123456789abcdef0123456789abcdef"
    project.configure(kv_namespaces=[{"binding": "CACHE", "id": namespace_id}])
    refused = wrangler("deploy", fails=True)
    assert f"KV namespace '{namespace_id}' not found" in refused.err

    project.configure(secrets={"required": ["TOKEN", "SALT"]})
    refused = wrangler("deploy", fails=True)
    assert "required secrets have not been set: TOKEN, SALT" in refused.err


def test_durable_objects_are_migrated_once(
    wrangler: Wrangler, project: Project, api: httpx.Client
) -> None:
    project.write(
        "worker.js",
        'import { DurableObject } from "cloudflare:workers";\n'
        "export class Room extends DurableObject {}\n"
        "export default { fetch: () => new Response() };",
    )
    project.configure(
        durable_objects={"bindings": [{"name": "ROOM", "class_name": "Room"}]},
        migrations=[{"tag": "v1", "new_sqlite_classes": ["Room"]}],
    )

    wrangler("deploy")
    wrangler("deploy")

    [namespace] = get(api, "/durable_objects/namespaces")
    assert (namespace["class"], namespace["script"], namespace["use_sqlite"]) == (
        "Room",
        "shop",
        True,
    )
