"""What scripts find in `env` beside the products: each other, objects, keys, and what is absent."""

import pytest

from tests.deployed import Deployed

pytestmark = pytest.mark.workerd

CALLEE = """import { WorkerEntrypoint } from "cloudflare:workers";
export class Admin extends WorkerEntrypoint {
  who() { return `admin of ${this.ctx.props?.shop ?? "none"}`; }
  fetch(request) { return new Response(`admin ${new URL(request.url).pathname}`); }
}
export default class extends WorkerEntrypoint {
  add(a, b) { return a + b; }
  fetch(request) { return new Response(`callee ${request.url} ${request.headers.get("x-a")}`); }
}"""
CALLER = """export default { async fetch(request, env) {
  const headers = { "x-a": "b" };
  const said = await (await env.DEFAULT.fetch("https://any.example/x?y=1", { headers })).text();
  const admin = await (await env.ADMIN.fetch("https://any.example/z")).text();
  return Response.json([said, admin, await env.DEFAULT.add(1, 2), await env.ADMIN.who()]);
} };"""
SERVICES = (
    {"name": "DEFAULT", "type": "service", "service": "callee"},
    {
        "name": "ADMIN",
        "type": "service",
        "service": "callee",
        "entrypoint": "Admin",
        "props": {"shop": "books"},
    },
)


def test_a_script_calls_another_by_fetch_and_by_method(workers: Deployed) -> None:
    workers.deploy("callee", CALLEE)
    workers.deploy("caller", CALLER, *SERVICES)

    assert workers.get("caller").json() == [
        "callee https://any.example/x?y=1 b",
        "admin /z",
        3,
        "admin of books",
    ]


def test_a_script_finds_the_other_as_it_is_now(workers: Deployed) -> None:
    workers.deploy("callee", CALLEE)
    workers.deploy("caller", CALLER, *SERVICES)
    workers.get("caller")

    workers.deploy("callee", CALLEE.replace("return a + b", "return a * 100 + b"))

    assert workers.get("caller").json()[2] == 102


def test_durable_objects_are_kept_over_a_deploy(workers: Deployed) -> None:
    code = """import { DurableObject } from "cloudflare:workers";
    export class Counter extends DurableObject {
      async next() { const n = ((await this.ctx.storage.get("n")) ?? 0) + 1;
        await this.ctx.storage.put("n", n); return n; }
    }
    export default { async fetch(request, env) {
      return new Response(await env.COUNTER.get(env.COUNTER.idFromName("a")).next());
    } };"""
    binding = {"name": "COUNTER", "type": "durable_object_namespace", "class_name": "Counter"}
    workers.deploy("shop", code, binding, migrations={"new_sqlite_classes": ["Counter"]})
    assert [workers.get("shop").text for _ in range(2)] == ["1", "2"]

    workers.deploy("shop", code + "// again", binding)

    assert workers.get("shop").text == "3"


def test_a_key_is_a_crypto_key(workers: Deployed) -> None:
    binding = {
        "name": "KEY",
        "type": "secret_key",
        "format": "raw",
        "algorithm": {"name": "HMAC", "hash": "SHA-256"},
        "usages": ["sign"],
        "key_base64": "c2VjcmV0",
    }
    code = """export default { async fetch(request, env) {
      const signed = await crypto.subtle.sign("HMAC", env.KEY, new TextEncoder().encode("a"));
      return new Response(new Uint8Array(signed).length);
    } };"""
    workers.deploy("shop", code, binding)

    assert workers.get("shop").text == "32"


def test_a_version_knows_itself(workers: Deployed) -> None:
    code = "export default { fetch: (r, env) => Response.json(env.VERSION) }"
    workers.deploy("shop", code, {"name": "VERSION", "type": "version_metadata"})

    told = workers.get("shop").json()

    version = workers.api.get("/scripts/shop/versions").json()["result"]["items"][0]["id"]
    assert told["id"] == version
    assert set(told) == {"id", "tag", "timestamp"}


def test_a_product_that_the_twin_has_not_says_so_when_it_is_used(workers: Deployed) -> None:
    code = """export default { async fetch(request, env) {
      try { await env.JOBS.send({}); } catch (error) { return new Response(error.message); }
    } };"""
    workers.deploy("shop", code, {"name": "JOBS", "type": "queue", "queue_name": "jobs"})

    answer = workers.get("shop").text

    assert answer == "The binding queue is not implemented by Cloudflare Twin"
