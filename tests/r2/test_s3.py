"""The S3 door: buckets, what R2 has not got, and how every answer looks."""

import httpx
import pytest

from emulator import Account, Twin
from tests.r2.answers import assert_refused, document, own_headers, owner

NO_BUCKET = (404, "NoSuchBucket", "The specified bucket does not exist.")


async def test_buckets_are_listed_with_their_owner(s3: httpx.AsyncClient, account: Account) -> None:
    account.r2.create_bucket("attic", location="APAC")

    response = await s3.get("/")

    assert response.text == document(
        "ListAllMyBucketsResult",
        owner(account.id),
        "<Buckets><Bucket><Name>attic</Name><CreationDate>2026-01-01T00:00:00.000Z</CreationDate>"
        "</Bucket>"
        "<Bucket><Name>shop</Name><CreationDate>2026-01-01T00:00:00.000Z</CreationDate>"
        "</Bucket></Buckets>"
        "<IsTruncated>false</IsTruncated><KeyCount>2</KeyCount><MaxKeys>1000</MaxKeys>",
    )
    assert own_headers(response) == {
        "content-type": "application/xml",
        "cf-is-truncated": "false",
    }


@pytest.mark.parametrize("given", ["params", "headers"])
async def test_buckets_are_listed_in_pages(
    s3: httpx.AsyncClient, account: Account, given: str
) -> None:
    for name in ("shop-1", "shop-2", "shop-3", "other"):
        account.r2.create_bucket(name)
    if given == "params":
        response = await s3.get("/?max-keys=1&prefix=shop-&start-after=shop-1")
    else:
        wanted = {"cf-max-keys": "1", "cf-prefix": "shop-", "cf-start-after": "shop-1"}
        response = await s3.get("/", headers=wanted)

    assert response.text.count("<Bucket>") == 1
    assert "<Name>shop-2</Name>" in response.text
    assert response.headers["cf-is-truncated"] == "true"
    token = response.headers["cf-next-continuation-token"]
    rest = await s3.get(f"/?continuation-token={token}&prefix=shop-")
    assert "<Name>shop-3</Name>" in rest.text
    assert rest.headers["cf-is-truncated"] == "false"


async def test_a_bucket_is_made_where_its_constraint_says(
    s3: httpx.AsyncClient, account: Account
) -> None:
    body = (
        "<CreateBucketConfiguration><LocationConstraint>apac</LocationConstraint>"
        "</CreateBucketConfiguration>"
    )

    response = await s3.put("/attic", content=body)

    assert (response.status_code, response.text) == (200, "")
    assert own_headers(response) == {"location": "/attic"}
    assert account.r2.get_bucket("attic").location == "APAC"


@pytest.mark.parametrize("constraint", ["auto", "us-east-1", ""])
async def test_an_alias_of_auto_leaves_the_choice_to_r2(
    s3: httpx.AsyncClient, account: Account, constraint: str
) -> None:
    body = (
        "<CreateBucketConfiguration xmlns='http://s3.amazonaws.com/doc/2006-03-01/'>"
        f"<LocationConstraint>{constraint}</LocationConstraint></CreateBucketConfiguration>"
    )

    assert (await s3.put("/attic", content=body)).status_code == 200
    assert account.r2.get_bucket("attic").location == "WEUR"


async def test_another_region_is_refused(s3: httpx.AsyncClient) -> None:
    body = (
        "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint>"
        "</CreateBucketConfiguration>"
    )

    assert_refused(
        await s3.put("/attic", content=body),
        400,
        "InvalidRegionName",
        "The region name 'eu-west-1' is not valid."
        " Must be one of: wnam, enam, weur, eeur, apac, oc, auto",
    )


async def test_a_bucket_says_where_it_lies(s3: httpx.AsyncClient) -> None:
    head = await s3.head("/shop")
    location = await s3.get("/shop?location")

    assert (head.status_code, own_headers(head)) == (200, {"x-amz-bucket-region": "auto"})
    assert location.text == document("LocationConstraint", "WEUR")


async def test_an_empty_bucket_is_deleted(s3: httpx.AsyncClient) -> None:
    response = await s3.delete("/shop")

    assert (response.status_code, response.content) == (204, b"")
    assert "content-length" not in response.headers
    assert (await s3.head("/shop")).status_code == 404


async def test_a_bucket_that_holds_something_is_not(s3: httpx.AsyncClient) -> None:
    await s3.put("/shop/key", content=b"value")

    assert_refused(
        await s3.delete("/shop"),
        409,
        "BucketNotEmpty",
        "The bucket you tried to delete is not empty",
    )


async def test_a_bucket_is_made_once_and_with_a_good_name(s3: httpx.AsyncClient) -> None:
    assert_refused(
        await s3.put("/shop"),
        409,
        "BucketAlreadyOwnedByYou",
        "The bucket you tried to create already exists, and you own it.",
    )
    assert_refused(
        await s3.put("/My_Shop"),
        400,
        "InvalidBucketName",
        "The specified bucket name is not valid.",
    )


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/absent"),
        ("DELETE", "/absent"),
        ("GET", "/absent?location"),
        ("GET", "/absent?cors"),
        ("GET", "/absent?versioning"),
        ("GET", "/absent?encryption"),
        ("GET", "/absent?uploads"),
        ("GET", "/absent/key"),
        ("PUT", "/absent/key"),
        ("DELETE", "/absent/key"),
        ("POST", "/absent/key?uploads"),
        ("PUT", "/absent/key?uploadId=1&partNumber=1"),
    ],
)
async def test_an_absent_bucket_is_told(s3: httpx.AsyncClient, method: str, target: str) -> None:
    assert_refused(await s3.request(method, target, content=b""), *NO_BUCKET)


async def test_head_has_the_status_alone(s3: httpx.AsyncClient) -> None:
    for target in ("/absent", "/shop/absent"):
        response = await s3.head(target)

        assert (response.status_code, response.content) == (404, b"")


@pytest.mark.parametrize(
    ("method", "target", "what"),
    [
        ("GET", "/shop?acl", "GetBucketAcl"),
        ("GET", "/shop?policyStatus", "GetGetBucketPolicyStatus"),
        ("GET", "/shop?versions", "ListObjectVersions"),
        ("PUT", "/shop?versioning", "PutBucketVersioning"),
        ("PUT", "/shop?tagging", "PutBucketTagging"),
        ("PUT", "/shop?object-lock", "PutObjectLockConfiguration"),
        ("DELETE", "/shop?policy", "DeleteBucketPolicy"),
        ("GET", "/shop/key?attributes", "GetObjectAttributes"),
        ("GET", "/shop/key?versionId=1", "GetObject search parameter versionId"),
        ("PUT", "/shop/key?tagging", "PutObjectTagging"),
        ("PUT", "/shop/key?acl", "PutObjectAcl"),
        ("POST", "/shop/key?restore", "RestoreObject"),
        ("POST", "/shop/key?select&select-type=2", "SelectObjectContent"),
        ("DELETE", "/shop/key?tagging", "DeleteObjectTagging"),
        ("GET", "/shop?list-type=2&color=red", "ListObjectsV2 search parameter color"),
        ("GET", "/shop?color=red", "ListObjects search parameter color"),
    ],
)
async def test_what_r2_has_not_got_it_names(
    s3: httpx.AsyncClient, method: str, target: str, what: str
) -> None:
    response = await s3.request(method, target, content=b"")

    assert_refused(response, 501, "NotImplemented", f"{what} not implemented")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-amz-tagging", "a=b"),
        ("x-amz-grant-read", "id=1"),
        ("x-amz-object-lock-mode", "GOVERNANCE"),
        ("x-amz-server-side-encryption", "aws:kms"),
        ("x-amz-storage-class", "GLACIER"),
        ("x-amz-expected-bucket-owner", "1"),
    ],
)
async def test_a_header_that_would_not_be_heeded_is_refused(
    s3: httpx.AsyncClient, name: str, value: str
) -> None:
    response = await s3.put("/shop/key", content=b"", headers={name: value})

    message = f"Header '{name}' with value '{value}' not implemented"
    assert_refused(response, 501, "NotImplemented", message)
    assert (await s3.get("/shop/key")).status_code == 404


@pytest.mark.parametrize(
    ("target", "code", "message"),
    [
        ("/shop?tagging", "NoSuchTagSet", "The TagSet does not exist"),
        (
            "/shop?object-lock",
            "ObjectLockConfigurationNotFoundError",
            "Object Lock configuration does not exist for this bucket",
        ),
        (
            "/shop?replication",
            "ReplicationConfigurationNotFoundError",
            "The replication configuration was not found",
        ),
    ],
)
async def test_what_no_bucket_has_is_told_as_absent(
    s3: httpx.AsyncClient, target: str, code: str, message: str
) -> None:
    assert_refused(await s3.get(target), 404, code, message)


async def test_every_bucket_is_encrypted_and_none_is_versioned(s3: httpx.AsyncClient) -> None:
    encryption = await s3.get("/shop?encryption")
    versioning = await s3.get("/shop?versioning")

    assert encryption.text == document(
        "ServerSideEncryptionConfiguration",
        "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>"
        "</ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled></Rule>",
    )
    assert versioning.text == document("VersioningConfiguration")


async def test_a_parameter_no_bucket_knows_is_refused(s3: httpx.AsyncClient) -> None:
    assert_refused(
        await s3.put("/attic?color=red"),
        400,
        "InvalidArgument",
        'Unsupported search param(s) "color" on a PUT bucket route',
    )


@pytest.mark.parametrize(
    ("method", "target"), [("PUT", "/"), ("DELETE", "/"), ("PATCH", "/shop"), ("PATCH", "/shop/k")]
)
async def test_what_is_no_operation_has_no_route(
    s3: httpx.AsyncClient, method: str, target: str
) -> None:
    response = await s3.request(method, target, content=b"")

    assert_refused(response, 404, "RouteNotFound", "No route matches this url.")


async def test_a_post_on_a_bucket_means_nothing_to_it(s3: httpx.AsyncClient) -> None:
    response = await s3.post("/shop", content=b"")

    assert (response.status_code, response.content) == (200, b"")


async def test_a_browsers_form_is_refused(anyone: httpx.AsyncClient) -> None:
    assert_refused(
        await anyone.post("/shop", data={"key": "a", "file": "b"}),
        501,
        "NotImplemented",
        "Presigned post requests are not yet implemented not implemented",
    )


async def test_every_answer_names_its_server_and_ray(s3: httpx.AsyncClient, twin: Twin) -> None:
    for target in ("/", "/shop/absent"):
        response = await s3.get(target)

        assert response.headers["server"] == "cloudflare"
        assert response.headers["cf-ray"].endswith("-AMS")
        assert twin.events.recent(1)[0].ray == response.headers["cf-ray"]
