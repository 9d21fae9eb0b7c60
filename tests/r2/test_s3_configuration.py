"""CORS and lifecycle in S3's XML, and what browsers are told by them."""

import httpx
import pytest

from emulator import Account
from emulator.r2.bucket import BucketStore
from emulator.r2.store import CORS, LIFECYCLE
from tests.r2.answers import assert_refused, document, refusal_of

RULE = (
    "<CORSRule><ID>web</ID><AllowedMethod>GET</AllowedMethod><AllowedMethod>PUT</AllowedMethod>"
    "<AllowedOrigin>https://shop.example</AllowedOrigin><AllowedHeader>x-amz-*</AllowedHeader>"
    "<ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>60</MaxAgeSeconds></CORSRule>"
)
ANYBODY = "<CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule>"
VARY = "Origin, Access-Control-Request-Headers"
NO_CORS = (404, "NoSuchCORSConfiguration", "The CORS configuration does not exist.")


def cors(*rules: str) -> str:
    return f"<CORSConfiguration>{''.join(rules)}</CORSConfiguration>"


def lifecycle(*rules: str) -> str:
    return f"<LifecycleConfiguration>{''.join(rules)}</LifecycleConfiguration>"


def cors_headers(response: httpx.Response) -> dict[str, str]:
    """By their names without `access-control-`."""
    return {
        name.removeprefix("access-control-"): value
        for name, value in response.headers.items()
        if name.startswith("access-control-") or name == "vary"
    }


async def preflight(
    anyone: httpx.AsyncClient, origin: str, method: str, headers: str = ""
) -> httpx.Response:
    asked = {"origin": origin, "access-control-request-method": method}
    if headers:
        asked["access-control-request-headers"] = headers
    return await anyone.options("/shop/key", headers=asked)


async def test_cors_rules_are_kept_as_they_came(
    s3: httpx.AsyncClient, account: Account, shop: BucketStore
) -> None:
    assert_refused(await s3.get("/shop?cors"), *NO_CORS)

    put = await s3.put("/shop?cors", content=cors(RULE, ANYBODY))

    assert (put.status_code, put.content) == (200, b"")
    assert (await s3.get("/shop?cors")).text == document("CORSConfiguration", RULE, ANYBODY)
    assert account.r2.configuration(shop.bucket, CORS) == {
        "rules": [
            {
                "allowed": {
                    "origins": ["https://shop.example"],
                    "methods": ["GET", "PUT"],
                    "headers": ["x-amz-*"],
                },
                "id": "web",
                "exposeHeaders": ["ETag"],
                "maxAgeSeconds": 60,
            },
            {"allowed": {"origins": ["*"], "methods": ["GET"], "headers": []}},
        ]
    }


async def test_cors_rules_are_removed(s3: httpx.AsyncClient) -> None:
    await s3.put("/shop?cors", content=cors(RULE))

    for _ in range(2):
        assert (await s3.delete("/shop?cors")).status_code == 204
    assert_refused(await s3.get("/shop?cors"), *NO_CORS)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (cors(), "MalformedXML"),
        (cors("<CORSRule><AllowedMethod>GET</AllowedMethod></CORSRule>"), "MalformedXML"),
        (cors(ANYBODY.replace("GET", "PATCH")), "InvalidRequest"),
        (cors(ANYBODY.replace("*", "https://*.*.example")), "InvalidRequest"),
        (lifecycle(), "MalformedXML"),
        ("nonsense", "MalformedXML"),
        ("", "MalformedXML"),
    ],
)
async def test_cors_rules_that_are_none_are_refused(
    s3: httpx.AsyncClient, body: str, code: str
) -> None:
    assert refusal_of(await s3.put("/shop?cors", content=body)) == (400, code)


async def test_a_preflight_is_answered_from_the_rules(
    s3: httpx.AsyncClient, anyone: httpx.AsyncClient
) -> None:
    await s3.put("/shop?cors", content=cors(RULE))

    response = await preflight(anyone, "https://shop.example", "PUT", "X-Amz-Date, x-amz-acl")

    assert (response.status_code, response.content) == (204, b"")
    assert cors_headers(response) == {
        "allow-origin": "https://shop.example",
        "allow-credentials": "true",
        "allow-methods": "GET, PUT",
        "allow-headers": "x-amz-date, x-amz-acl",
        "expose-headers": "ETag",
        "max-age": "60",
        "vary": VARY,
    }


@pytest.mark.parametrize(
    ("origin", "method", "headers"),
    [
        ("https://evil.example", "PUT", ""),
        ("https://shop.example", "DELETE", ""),
        ("https://shop.example", "PUT", "content-type"),
        ("", "PUT", ""),
    ],
)
async def test_a_preflight_that_no_rule_allows_is_refused(
    s3: httpx.AsyncClient, anyone: httpx.AsyncClient, origin: str, method: str, headers: str
) -> None:
    await s3.put("/shop?cors", content=cors(RULE))

    response = await preflight(anyone, origin, method, headers)

    assert refusal_of(response) == (403, "AccessForbidden")
    assert "access-control-allow-origin" not in response.headers


async def test_without_rules_no_preflight_is_allowed(anyone: httpx.AsyncClient) -> None:
    response = await preflight(anyone, "https://shop.example", "GET")

    assert refusal_of(response) == (403, "AccessForbidden")


async def test_answers_and_refusals_carry_the_rules_headers(s3: httpx.AsyncClient) -> None:
    await s3.put("/shop?cors", content=cors(RULE, ANYBODY))
    await s3.put("/shop/key", content=b"value")
    ours = {"origin": "https://shop.example"}
    theirs = {"origin": "https://other.example"}

    assert cors_headers(await s3.get("/shop/key", headers=ours)) == {
        "allow-origin": "https://shop.example",
        "allow-credentials": "true",
        "expose-headers": "ETag",
        "vary": VARY,
    }
    anybodys = {"allow-origin": "*", "vary": VARY}
    assert cors_headers(await s3.get("/shop/key", headers=theirs)) == anybodys
    assert cors_headers(await s3.get("/shop/absent", headers=theirs)) == anybodys
    assert cors_headers(await s3.delete("/shop/key", headers=theirs)) == {}
    assert cors_headers(await s3.get("/shop")) == {}


async def test_a_new_bucket_gives_up_uploads_after_a_week(s3: httpx.AsyncClient) -> None:
    assert (await s3.get("/shop?lifecycle")).text == document(
        "LifecycleConfiguration",
        "<Rule><ID>Default Multipart Abort Rule</ID><Filter><Prefix></Prefix></Filter>"
        "<Status>Enabled</Status><AbortIncompleteMultipartUpload><DaysAfterInitiation>7"
        "</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>",
    )


async def test_lifecycle_rules_are_kept_as_they_came(
    s3: httpx.AsyncClient, account: Account, shop: BucketStore
) -> None:
    rules = (
        "<Rule><ID>logs</ID><Filter><Prefix>logs/</Prefix></Filter><Status>Enabled</Status>"
        "<Expiration><Days>3</Days></Expiration></Rule>",
        "<Rule><ID>cold</ID><Filter><Prefix></Prefix></Filter><Status>Disabled</Status>"
        "<Transition><Date>2026-02-01T00:00:00Z</Date><StorageClass>STANDARD_IA</StorageClass>"
        "</Transition></Rule>",
    )

    assert (await s3.put("/shop?lifecycle", content=lifecycle(*rules))).status_code == 200

    shown = await s3.get("/shop?lifecycle")
    assert shown.text == document("LifecycleConfiguration", *rules)
    kept = account.r2.configuration(shop.bucket, LIFECYCLE)
    assert kept is not None
    assert kept["rules"][0] == {
        "id": "logs",
        "enabled": True,
        "conditions": {"prefix": "logs/"},
        "deleteObjectsTransition": {"condition": {"type": "Age", "maxAge": 259_200}},
    }


async def test_without_rules_there_is_no_lifecycle(s3: httpx.AsyncClient) -> None:
    assert (await s3.delete("/shop?lifecycle")).status_code == 204

    message = "The lifecycle configuration does not exist."
    assert_refused(await s3.get("/shop?lifecycle"), 404, "NoSuchLifecycleConfiguration", message)


EXPIRE = "<Expiration><Days>1</Days></Expiration>"
ENABLED = "<Status>Enabled</Status>"


@pytest.mark.parametrize(
    ("rule", "status", "code"),
    [
        (f"<ID>a</ID>{EXPIRE}", 400, "MalformedXML"),
        (f"<Status>On</Status>{EXPIRE}", 400, "MalformedXML"),
        (ENABLED, 400, "InvalidRequest"),
        (f"<ID>{'a' * 256}</ID>{ENABLED}{EXPIRE}", 400, "InvalidArgument"),
        (f"{ENABLED}<Expiration><Days>0</Days></Expiration>", 400, "InvalidArgument"),
        (f"{ENABLED}<Expiration><Days>many</Days></Expiration>", 400, "MalformedXML"),
        (f"{ENABLED}<Expiration></Expiration>", 400, "MalformedXML"),
        (f"{ENABLED}<Expiration><Date>soon</Date></Expiration>", 400, "MalformedXML"),
        (
            f"{ENABLED}<Expiration><Date>2026-01-01T12:00:00Z</Date></Expiration>",
            400,
            "InvalidArgument",
        ),
        (f"<Filter><Tag/></Filter>{ENABLED}{EXPIRE}", 501, "NotImplemented"),
        (f"{ENABLED}<NoncurrentVersionExpiration/>", 501, "NotImplemented"),
        (
            f"{ENABLED}<Transition><Days>1</Days><StorageClass>GLACIER</StorageClass></Transition>",
            501,
            "NotImplemented",
        ),
    ],
)
async def test_a_lifecycle_rule_that_r2_cannot_keep_is_refused(
    s3: httpx.AsyncClient, rule: str, status: int, code: str
) -> None:
    before = (await s3.get("/shop?lifecycle")).text

    response = await s3.put("/shop?lifecycle", content=lifecycle(f"<Rule>{rule}</Rule>"))

    assert refusal_of(response) == (status, code)
    assert (await s3.get("/shop?lifecycle")).text == before


async def test_lifecycle_rules_have_names_of_their_own(s3: httpx.AsyncClient) -> None:
    rule = f"<Rule><ID>same</ID>{ENABLED}{EXPIRE}</Rule>"

    response = await s3.put("/shop?lifecycle", content=lifecycle(rule, rule))

    assert refusal_of(response) == (400, "InvalidArgument")
