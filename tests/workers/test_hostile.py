"""Bad uploads and bodies: a refusal with a reason, never a failure of ours."""

import json
from typing import Any

import httpx
import pytest

from tests.workers.forms import ES_MODULE, Form, form, hello, raw_form
from tests.workers.runtimes import Watched

JSON_PATHS = [
    ("PUT", "/scripts/shop/secrets"),
    ("PATCH", "/scripts/shop/secrets-bulk"),
    ("PATCH", "/scripts/shop/settings"),
    ("PATCH", "/scripts/shop/script-settings"),
    ("PUT", "/scripts/shop/schedules"),
    ("PUT", "/scripts/shop/routes"),
    ("POST", "/scripts/shop/deployments"),
    ("POST", "/scripts/shop/subdomain"),
    ("POST", "/scripts/shop/tails"),
    ("POST", "/scripts/shop/assets-upload-session"),
    ("POST", "/scripts/shop/domains/changeset"),
    ("PUT", "/scripts/shop/domains/records"),
    ("PUT", "/domains"),
    ("PUT", "/subdomain"),
    ("PUT", "/account-settings"),
    ("POST", "/workers"),
    ("PATCH", "/workers/shop"),
    ("PATCH", "/workers/shop/versions/latest"),
]
BODIES = [
    b"",
    b"{",
    b"7",
    b'"x"',
    b"[7]",
    b'{"a": NaN}',
    b"[" * 100_000,
    b'{"name": "\\ud800", "text": "\\ud800"}',
    b"\xff\xfe",
    b'{"name": {}, "secrets": [], "versions": 7, "manifest": {"/": {}}, "origins": 1}',
]


@pytest.fixture(autouse=True)
async def shop(api: httpx.AsyncClient) -> None:
    assert (await api.put("/scripts/shop", **form())).status_code == 200


def error(response: httpx.Response) -> tuple[int, str]:
    [first, *_] = response.json()["errors"]
    assert 400 <= response.status_code < 500, response.text
    return first["code"], first["message"]


@pytest.mark.parametrize(("method", "path"), JSON_PATHS)
async def test_no_body_makes_us_fail(api: httpx.AsyncClient, method: str, path: str) -> None:
    for body in BODIES:
        response = await api.request(method, path, content=body)

        assert response.status_code < 500, (body, response.text)
        assert response.json()["success"] is (response.status_code == 200)


@pytest.mark.parametrize(
    "metadata",
    [
        b"",
        b"{",
        b"[]",
        b'{"main_module": 7}',
        b'{"bindings": {}}',
        b'{"bindings": [7]}',
        b'{"bindings": null, "keep_bindings": "x"}',
        b"[" * 100_000,
        b"\xff",
    ],
)
@pytest.mark.parametrize("path", ["/scripts/shop", "/scripts/shop/content"])
async def test_metadata_that_cannot_be_read(
    api: httpx.AsyncClient, path: str, metadata: bytes
) -> None:
    code, message = error(await api.put(path, **raw_form(metadata, hello())))

    assert code == 10021
    assert message.startswith("could not read content for part metadata: ")


async def test_a_form_without_metadata(api: httpx.AsyncClient) -> None:
    response = await api.put("/scripts/shop", files={"worker.js": ("worker.js", b"")})

    assert error(response) == (
        10021,
        "could not read content for part metadata: there is none",
    )


@pytest.mark.parametrize("content_type", ["text/html", "application/json", ""])
async def test_another_content_type(api: httpx.AsyncClient, content_type: str) -> None:
    response = await api.put("/scripts/shop", content=b"x", headers={"content-type": content_type})

    assert error(response)[0] == 10001


@pytest.mark.parametrize("body", [b"", b"x", b"--x\r\n", b"--x\r\nContent-Disposition: form-data"])
async def test_a_form_that_ends_early(api: httpx.AsyncClient, body: bytes) -> None:
    headers = {"content-type": "multipart/form-data; boundary=x"}

    assert error(await api.put("/scripts/shop", content=body, headers=headers))[0] == 10021


@pytest.mark.parametrize(
    ("uploaded", "message"),
    [
        (form(main="none.js"), 'No such module "none.js".'),
        (form(main=None, body_part="none"), 'No such module "none".'),
        (form(hello(), hello()), 'Module "worker.js" is there more than once.'),
        (
            form(hello(), ("a.html", "text/html", b"")),
            "a.html: content type text/html is not one of a module",
        ),
        (form(main=None), "the metadata names no main_module, body_part or assets"),
        (
            form(compatibility_date="yesterday"),
            'compatibility_date "yesterday" is not a date of the form YYYY-MM-DD',
        ),
        (form(compatibility_date="2026-02-30"), None),
        (form(bindings=[{"name": "W", "type": "wasm_module", "part": "x"}]), None),
    ],
)
async def test_an_upload_that_does_not_fit_together(
    api: httpx.AsyncClient, uploaded: dict[str, Any], message: str | None
) -> None:
    code, said = error(await api.put("/scripts/shop", **uploaded))

    assert code == 10021
    assert message in (said, None)


async def test_a_part_without_a_file_name_is_no_module(api: httpx.AsyncClient) -> None:
    parts: Form = [
        ("metadata", (None, b'{"main_module": "worker.js"}', "application/json")),
        ("worker.js", (None, b"export default {}", ES_MODULE)),
    ]

    response = await api.put("/scripts/shop", files=parts)

    assert error(response) == (10021, 'No such module "worker.js".')


async def test_a_field_beside_the_modules_is_passed_over(
    api: httpx.AsyncClient, runtime: Watched
) -> None:
    uploaded = form()
    uploaded["files"].append(("note", (None, b"x", "text/plain")))

    assert (await api.put("/scripts/shop", **uploaded)).status_code == 200

    assert [module.name for module in runtime.checked[-1].version.modules] == ["worker.js"]


@pytest.mark.parametrize("name", ["Shop", "a.b", "a b", "-a", "é", "a%2Fb", "x" * 256, "%00"])
@pytest.mark.parametrize("path", ["/scripts/{}", "/scripts/{}/assets-upload-session"])
async def test_a_name_that_no_worker_has(api: httpx.AsyncClient, name: str, path: str) -> None:
    method = "PUT" if path.endswith("{}") else "POST"
    body = form() if method == "PUT" else {"json": {"manifest": {}}}

    assert error(await api.request(method, path.format(name), **body))[0] == 10902


async def test_module_names_lead_nowhere(api: httpx.AsyncClient) -> None:
    names = ["../../../../escape.js", "/etc/escape.js", "a\\..\\b.js", "né.js", "a\x01b.js"]

    response = await api.put("/scripts/shop", **form(hello(), *map(hello, names)))

    assert response.status_code == 200
    content = (await api.get("/scripts/shop")).content
    assert b"../../../../escape.js" in content


async def test_ten_thousand_modules_are_only_many(api: httpx.AsyncClient) -> None:
    files = [(f"{n}.txt", "text/plain", b"x") for n in range(3_000)]

    response = await api.put("/scripts/shop", **form(hello(), *files))

    assert response.status_code == 200


async def test_metadata_may_hold_anything_where_anything_goes(api: httpx.AsyncClient) -> None:
    bindings = [
        {"name": "J", "type": "json", "json": {"deep": [[[{"n": 2**63}]]], "f": 1e308}},
        {"name": "\0\u2028é", "type": "plain_text", "text": "\0"},
    ]

    response = await api.put("/scripts/shop", **form(bindings=bindings, unheard_of={"x": 1}))

    assert response.status_code == 200
    shown = (await api.get("/scripts/shop/settings")).json()["result"]["bindings"]
    assert shown == bindings


async def test_an_upload_above_100_mebibytes_is_refused(api: httpx.AsyncClient) -> None:
    response = await api.put(
        "/scripts/shop",
        content=b"x" * (100 * 1_048_576 + 1),
        headers={"content-type": "application/javascript"},
    )

    assert response.status_code == 413


async def test_annotations_are_bounded(api: httpx.AsyncClient) -> None:
    annotations = {"workers/message": "é" * 501}

    response = await api.put("/scripts/shop", **form(annotations=annotations))
    assert error(response)[0] == 10901
    body = {"versions": [], "annotations": annotations}
    assert error(await api.post("/scripts/shop/deployments", json=body))[0] == 10901


async def test_numbers_beyond_all_bounds(api: httpx.AsyncClient) -> None:
    version = (await api.get("/scripts/shop/versions")).json()["result"]["items"][0]["id"]
    for percentage in ("1e999", "-1e999", "NaN", "1" * 400):
        share = f'{{"version_id": "{version}", "percentage": {percentage}}}'
        body = f'{{"versions": [{share}]}}'

        assert error(await api.post("/scripts/shop/deployments", content=body))

    for size in (2**63, -(2**70)):
        manifest = {"/a": {"hash": "a" * 32, "size": size}}
        content = json.dumps({"manifest": manifest})
        response = await api.post("/scripts/shop/assets-upload-session", content=content)
        assert error(response)
