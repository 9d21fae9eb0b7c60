"""Pages' REST: projects, deployments, uploads, and what is refused."""

import json

import httpx
import pytest

from emulator import Account
from emulator.core.clock import ManualClock
from emulator.pages.store import alias_of
from tests.pages.conftest import Deploy, Json


def code(response: httpx.Response) -> int:
    found: int = response.json()["errors"][0]["code"]
    return found


async def test_a_project_has_the_sdks_fields(api: httpx.AsyncClient, project: Json) -> None:
    shown = (await api.get("/shop")).json()["result"]

    assert (shown["name"], shown["production_branch"]) == ("shop", "main")
    assert shown["latest_deployment"] is shown["canonical_deployment"] is None


@pytest.mark.parametrize("name", ["", "-a", "a-", "A", "a_b", "a" * 59, "a.b", "../x"])
async def test_a_name_that_is_none_is_refused(api: httpx.AsyncClient, name: str) -> None:
    assert code(await api.post("", json={"name": name, "production_branch": "main"})) == 8000001


async def test_a_name_is_taken_once(api: httpx.AsyncClient, project: Json) -> None:
    again = await api.post("", json={"name": "shop", "production_branch": "main"})

    assert (again.status_code, code(again)) == (409, 8000002)


async def test_configurations_are_merged_and_secrets_hidden(
    api: httpx.AsyncClient, project: Json
) -> None:
    async def patch(variables: Json) -> Json:
        configs = {"production": {"env_vars": variables}}
        answer = await api.patch("/shop", json={"deployment_configs": configs})
        result: Json = answer.json()["result"]["deployment_configs"]["production"]["env_vars"]
        return result

    await patch({"A": {"type": "secret_text", "value": "s3cret"}})
    shown = await patch({"B": {"type": "plain_text", "value": "b"}})
    assert shown == {
        "A": {"type": "secret_text", "value": ""},
        "B": {"type": "plain_text", "value": "b"},
    }
    assert await patch({"A": None}) == {"B": {"type": "plain_text", "value": "b"}}


async def test_a_deployment_of_the_production_branch_is_live(
    api: httpx.AsyncClient, deploy: Deploy
) -> None:
    made = (await deploy()).json()["result"]
    preview = (await deploy(branch="next")).json()["result"]

    shown = (await api.get("/shop")).json()["result"]
    assert (made["environment"], preview["environment"]) == ("production", "preview")
    assert shown["canonical_deployment"]["id"] == made["id"]
    assert shown["latest_deployment"]["id"] == preview["id"]
    assert preview["aliases"][0].startswith("http://next.shop-")


async def test_deployments_are_listed_by_environment(
    api: httpx.AsyncClient, deploy: Deploy
) -> None:
    await deploy()
    await deploy(branch="next")

    async def count(query: str) -> int:
        listed = (await api.get(f"/shop/deployments{query}")).json()
        return len(listed["result"])

    assert [await count(q) for q in ("", "?env=preview", "?env=production", "?page=2")] == [
        2,
        1,
        1,
        0,
    ]


async def test_a_live_deployment_is_not_deleted_and_an_alias_only_by_force(
    api: httpx.AsyncClient, deploy: Deploy
) -> None:
    live = (await deploy()).json()["result"]["id"]
    preview = (await deploy(branch="next")).json()["result"]["id"]

    assert code(await api.delete(f"/shop/deployments/{live}")) == 8000034
    assert code(await api.delete(f"/shop/deployments/{preview}")) == 8000035
    assert (await api.delete(f"/shop/deployments/{preview}?force=true")).status_code == 200
    assert code(await api.get(f"/shop/deployments/{preview}")) == 8000009


async def test_only_production_is_rolled_back_to(api: httpx.AsyncClient, deploy: Deploy) -> None:
    preview = (await deploy(branch="next")).json()["result"]["id"]

    assert code(await api.post(f"/shop/deployments/{preview}/rollback")) == 8000036


@pytest.mark.parametrize(
    "manifest",
    ["", "[]", '{"index.html": "0"}', '{"/a": 1}', '{"/a": "nobody-has-it"}', '{"/a": null}'],
)
async def test_a_manifest_that_cannot_be_is_refused(deploy: Deploy, manifest: str) -> None:
    assert code(await deploy(manifest=manifest)) == 8000016


NO_BINDING = (
    '--b\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n'
    '{"main_module": "a.js", "bindings": [{"name": "K", "type": "kv_namespace"}]}\r\n'
    '--b\r\nContent-Disposition: form-data; name="a.js"; filename="a.js"\r\n'
    "Content-Type: application/javascript+module\r\n\r\nexport default {}\r\n--b--\r\n"
)
NO_FORM = "--b\r\nContent-Disposition: x\r\n\r\n{}\r\n--b--"


@pytest.mark.parametrize("bundle", ["", "no form", NO_FORM, NO_BINDING])
async def test_a_bundle_that_is_none_is_refused(deploy: Deploy, bundle: str) -> None:
    assert code(await deploy(**{"_worker.bundle": bundle})) == 8000016


async def test_routes_that_are_none_are_refused(deploy: Deploy) -> None:
    fields = {"_worker.js": "export default {}", "_routes.json": json.dumps({"version": 2})}

    assert code(await deploy(**fields)) == 8000016


@pytest.mark.parametrize("token", ["", "Bearer ", "Bearer x", "Bearer a.b.c", "Basic x"])
async def test_an_upload_needs_its_token(root: httpx.AsyncClient, token: str) -> None:
    headers = {"Authorization": token} if token else {}

    refused = await root.post("/pages/assets/check-missing", json={"hashes": []}, headers=headers)

    assert (refused.status_code, code(refused)) == (401, 8000013)


async def test_a_token_ends_after_an_hour(
    api: httpx.AsyncClient, root: httpx.AsyncClient, project: Json, clock: ManualClock
) -> None:
    token = (await api.get("/shop/upload-token")).json()["result"]["jwt"]
    headers = {"Authorization": f"Bearer {token}"}
    ask = {"hashes": ["a", "a", "b"]}
    missing = await root.post("/pages/assets/check-missing", json=ask, headers=headers)
    assert missing.json()["result"] == ["a", "b"]

    clock.advance(3_601)

    assert (
        code(await root.post("/pages/assets/check-missing", json=ask, headers=headers)) == 8000013
    )


@pytest.mark.parametrize(
    "file", [{"key": "", "value": ""}, {"key": "a", "value": "%", "base64": True}, {"key": 1}]
)
async def test_a_file_that_cannot_be_is_refused(
    api: httpx.AsyncClient, root: httpx.AsyncClient, project: Json, file: Json
) -> None:
    token = (await api.get("/shop/upload-token")).json()["result"]["jwt"]

    refused = await root.post(
        "/pages/assets/upload", json=[file], headers={"Authorization": f"Bearer {token}"}
    )

    assert code(refused) == 8000003


async def test_a_domain_is_added_once_and_removed(api: httpx.AsyncClient, project: Json) -> None:
    made = await api.post("/shop/domains", json={"name": "Shop.example.com."})
    assert made.json()["result"]["name"] == "shop.example.com"
    assert code(await api.post("/shop/domains", json={"name": "shop.example.com"})) == 8000018

    await api.delete("/shop/domains/shop.example.com")

    assert (await api.get("/shop/domains")).json()["result"] == []
    assert code(await api.get("/shop/domains/shop.example.com")) == 8000021


async def test_a_deployment_that_was_retried_keeps_its_code(
    api: httpx.AsyncClient, deploy: Deploy, account: Account
) -> None:
    first = (await deploy(**{"_worker.js": "export default {}"})).json()["result"]["id"]
    again = (await api.post(f"/shop/deployments/{first}/retry")).json()["result"]["id"]

    await api.delete(f"/shop/deployments/{first}?force=true")

    function = account.pages.get_deployment("shop", again).function
    assert function is not None
    assert account.pages.blobs.path(function.modules[0].blob).read_text() == "export default {}"


@pytest.mark.parametrize(
    "changes",
    [
        {"production_branch": ""},
        {"production_branch": 1},
        {"deployment_configs": {"production": {"env_vars": []}}},
        {"deployment_configs": json.loads('{"a":' * 300 + "1" + "}" * 300)},
    ],
)
async def test_a_change_that_cannot_be_is_refused(
    api: httpx.AsyncClient, project: Json, changes: Json
) -> None:
    body = json.dumps(changes)

    assert code(await api.patch("/shop", content=body)) == 8000003


async def test_a_project_goes_with_all_it_has(api: httpx.AsyncClient, deploy: Deploy) -> None:
    await deploy()

    await api.delete("/shop")

    assert code(await api.get("/shop/deployments")) == 8000007
    await api.post("", json={"name": "shop", "production_branch": "main"})
    assert (await api.get("/shop/deployments")).json()["result"] == []


@pytest.mark.parametrize(
    ("branch", "alias"),
    [("Fix/Login page", "fix-login-page"), ("--a--", "a"), ("x" * 40, "x" * 28), ("é", "")],
)
def test_a_branch_has_an_alias(branch: str, alias: str) -> None:
    assert alias_of(branch) == alias
