"""`cftwin up` deploys a project's Python Worker and its site, and tells each of the other."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from emulator import seed_users
from emulator.cloudflare_client import CloudflareClient
from emulator.deploying import filled, undeployable
from emulator.ready import Ready
from emulator.wrangler import ConfigError
from tests.test_cli import up

WRANGLER = """
name = "shop"
main = "worker.py"
compatibility_date = "2026-01-01"
compatibility_flags = ["python_workers"]
[triggers]
crons = ["0 3 * * *"]
[vars]
GREETING = "hello"
[[d1_databases]]
binding = "DB"
database_name = "shop-db"
[[kv_namespaces]]
binding = "CARTS"
"""
WORKER = """
from workers import Response, WorkerEntrypoint

class Default(WorkerEntrypoint):
    async def fetch(self, request):
        await self.env.CARTS.put("seen", "once")
        goods = await self.env.DB.prepare("SELECT name FROM goods").first()
        said = [self.env.GREETING, self.env.SITE, await self.env.CARTS.get("seen"), goods.name]
        return Response.json(said)
"""
TWIN = """
[secrets]
SITE = "${site}"
[[pages]]
project = "shop-site"
directory = "site"
files = { "config.json" = '{"api": "${worker}"}' }
"""
MIGRATION = "CREATE TABLE goods (name TEXT); INSERT INTO goods VALUES ('lamp');"
USER = '{"email": "ada@example.com", "password": "lovelace", "email_confirm": true}'


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    directory = tmp_path_factory.mktemp("shop")
    files = {
        "wrangler.toml": WRANGLER,
        "twin.toml": TWIN,
        "worker.py": WORKER,
        "migrations/0001_goods.sql": MIGRATION,
        "site/index.html": "<h1>Shop</h1>",
        "site/_redirects": "/old /config.json 301\n/* /index.html 200",
        "site/_headers": "/*\n  X-Shop: open",
        "seeds/tiny/auth/users.jsonl": USER,
    }
    for name, text in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text)
    with up(directory, "--seed", "tiny", "--ephemeral", says="deploying shop") as told:
        yield told


def get(ready: dict[str, Any], url: str) -> httpx.Response:
    """By the edge's address and the name as Host: the name need not resolve here."""
    parsed = httpx.URL(url)
    headers = {"host": parsed.netloc.decode()}
    return httpx.get(ready["edge"] + parsed.path, headers=headers, trust_env=False)


def test_the_worker_has_its_bindings_variables_and_secrets(ready: dict[str, Any]) -> None:
    answer = get(ready, f"{ready['scripts']['shop']}/")

    assert answer.json() == ["hello", ready["sites"]["shop-site"], "once", "lamp"]


def test_the_site_is_told_where_its_worker_is(ready: dict[str, Any]) -> None:
    site = ready["sites"]["shop-site"]

    assert get(ready, f"{site}/config.json").json() == {"api": ready["scripts"]["shop"]}
    assert "<h1>Shop</h1>" in get(ready, f"{site}/any/where").text


def test_what_configures_a_site_is_deployed_along(ready: dict[str, Any]) -> None:
    moved, home = (get(ready, f"{ready['sites']['shop-site']}{path}") for path in ("/old", "/"))

    assert (moved.status_code, moved.headers["location"]) == (301, "/config.json")
    assert home.headers["x-shop"] == "open"


def test_the_workers_crons_are_scheduled(ready: dict[str, Any]) -> None:
    path = f"/accounts/{ready['account_id']}/workers/scripts/shop/schedules"
    headers = {"Authorization": f"Bearer {ready['api_token']}"}
    answer = httpx.get(ready["api"] + path, headers=headers, trust_env=False).json()

    assert [one["cron"] for one in answer["result"]["schedules"]] == ["0 3 * * *"]


def test_a_user_who_is_there_is_no_news_and_a_refused_one_is(ready: dict[str, Any]) -> None:
    told: list[str] = []
    known = Ready.from_json(json.dumps(ready).encode())

    asyncio.run(seed_users.create([json.loads(USER)], known, told.append))
    assert told == []

    asyncio.run(seed_users.create([{"email": "no address"}], known, told.append))
    assert "no address was not made" in told[0]


async def test_a_site_larger_than_one_upload_goes_in_several(ready: dict[str, Any]) -> None:
    client = CloudflareClient(ready["api"], ready["account_id"], ready["api_token"])
    files = {f"/{number}.bin": bytes([number]) * 20_000_000 for number in range(5)}

    label = await client.ensure_site("large")
    await client.deploy_site("large", files)
    await client.close()

    port = ready["edge"].rpartition(":")[2]
    last = get(ready, f"http://{label}.pages.localhost:{port}/4.bin")
    assert last.content == files["/4.bin"]


def test_users_of_the_seed_sign_in(ready: dict[str, Any]) -> None:
    email, password = ready["sign_in"]
    answer = httpx.post(
        f"{ready['supabase']}/auth/v1/token?grant_type=password",
        json={"email": email, "password": password},
        headers={"apikey": ready["supabase_anon_key"]},
        trust_env=False,
    )

    assert answer.json()["user"]["email"] == "ada@example.com"


def test_a_reset_brings_back_worker_site_and_users(ready: dict[str, Any]) -> None:
    control = ready["api"].removesuffix("/client/v4")
    httpx.post(f"{control}/_twin/reset", timeout=60, trust_env=False).raise_for_status()

    assert get(ready, f"{ready['scripts']['shop']}/").json()[3] == "lamp"
    assert get(ready, f"{ready['sites']['shop-site']}/").status_code == 200
    test_users_of_the_seed_sign_in(ready)


def test_a_site_with_functions_is_left_to_wrangler(tmp_path: Path) -> None:
    (tmp_path / "dist").mkdir()
    assert undeployable(tmp_path / "dist") is None

    (tmp_path / "functions").mkdir()

    assert "wrangler pages deploy" in str(undeployable(tmp_path / "dist"))
    assert "no directory" in str(undeployable(tmp_path / "absent"))


def test_a_project_of_pages_is_deployed_beside_another(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "index.html").write_text("<h1>Pages</h1>")
    config = 'name = "leaves"\npages_build_output_dir = "out"\n'
    (tmp_path / "wrangler.toml").write_text(config)
    with up(tmp_path, "--ephemeral") as ready:
        assert "<h1>Pages</h1>" in get(ready, f"{ready['sites']['leaves']}/").text


def test_a_name_that_means_nothing_is_refused_with_those_that_do() -> None:
    with pytest.raises(ConfigError, match=r"secrets\.SITE: .* there are \$\{worker\}"):
        filled("secrets.SITE", "${siet}", {"worker": "http://worker"})
