"""Every operation of the S3 API: which request it is, what it is called, who answers.

What R2 does not implement is in the same tables, with the name R2 refuses it by.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from emulator.r2.errors import (
    InvalidArgument,
    NoObjectLock,
    NoReplication,
    NoRoute,
    NoSuchTagSet,
    NotImplementedByR2,
    R2Error,
)
from emulator.r2.s3 import buckets, configuration, copies, listings, multipart, objects
from emulator.r2.s3.address import Address
from emulator.r2.s3.call import S3Call
from emulator.r2.s3.request import S3Request
from emulator.wire.reply import Reply

Handler = Callable[[S3Call], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation by S3's name. `is_admin`: it is about the bucket, not what it holds."""

    name: str
    handler: Handler
    is_write: bool = False
    is_admin: bool = False


async def nothing(call: S3Call) -> Reply:
    """What R2 answers to a POST on a bucket that means nothing."""
    return Reply(b"", headers=())


LIST_BUCKETS = Operation("ListBuckets", buckets.list_buckets, is_admin=True)
CREATE_BUCKET = Operation("CreateBucket", buckets.create_bucket, is_write=True, is_admin=True)
DELETE_BUCKET = Operation("DeleteBucket", buckets.delete_bucket, is_write=True, is_admin=True)
HEAD_BUCKET = Operation("HeadBucket", buckets.head_bucket)
LIST_V1 = Operation("ListObjects", listings.list_objects)
LIST_V2 = Operation("ListObjectsV2", listings.list_objects_v2)
NOTHING = Operation("PostBucket", nothing)
DELETE_MANY = Operation("DeleteObjects", objects.delete_objects, is_write=True)

GET = Operation("GetObject", objects.get_object)
HEAD = Operation("HeadObject", objects.head_object)
PUT = Operation("PutObject", objects.put_object, is_write=True)
COPY = Operation("CopyObject", copies.copy_object, is_write=True)
DELETE = Operation("DeleteObject", objects.delete_object, is_write=True)
CREATE_UPLOAD = Operation("CreateMultipartUpload", multipart.create_upload, is_write=True)
UPLOAD_PART = Operation("UploadPart", multipart.upload_part, is_write=True)
UPLOAD_PART_COPY = Operation("UploadPartCopy", multipart.upload_part_copy, is_write=True)
COMPLETE = Operation("CompleteMultipartUpload", multipart.complete_upload, is_write=True)
ABORT = Operation("AbortMultipartUpload", multipart.abort_upload, is_write=True)
LIST_PARTS = Operation("ListParts", multipart.list_parts)
LIST_UPLOADS = Operation("ListMultipartUploads", multipart.list_uploads)

# By the query parameter that names what of the bucket is meant.
BUCKET_GET = {
    "uploads": LIST_UPLOADS,
    "location": Operation("GetBucketLocation", buckets.get_location),
    "cors": Operation("GetBucketCors", configuration.get_cors, is_admin=True),
    "lifecycle": Operation(
        "GetBucketLifecycleConfiguration", configuration.get_lifecycle, is_admin=True
    ),
    "encryption": Operation("GetBucketEncryption", configuration.get_encryption, is_admin=True),
    "versioning": Operation("GetBucketVersioning", configuration.get_versioning, is_admin=True),
}
BUCKET_PUT = {
    "cors": Operation("PutBucketCors", configuration.put_cors, is_write=True, is_admin=True),
    "lifecycle": Operation(
        "PutBucketLifecycleConfiguration",
        configuration.put_lifecycle,
        is_write=True,
        is_admin=True,
    ),
}
BUCKET_DELETE = {
    "cors": Operation("DeleteBucketCors", configuration.delete_cors, is_write=True, is_admin=True),
    "lifecycle": Operation(
        "DeleteBucketLifecycle", configuration.delete_lifecycle, is_write=True, is_admin=True
    ),
}

BUCKET_ABSENT: Mapping[str, type[R2Error]] = {
    "tagging": NoSuchTagSet,
    "object-lock": NoObjectLock,
    "replication": NoReplication,
}
BUCKET_GET_REFUSED = {
    "accelerate": "GetBucketAccelerateConfiguration",
    "acl": "GetBucketAcl",
    "analytics": "GetBucketAnalyticsConfiguration",
    "intelligent-tiering": "GetBucketIntelligentTieringConfiguration",
    "inventory": "GetBucketInventoryConfiguration",
    "logging": "GetBucketLogging",
    "metrics": "GetBucketMetricsConfiguration",
    "notification": "GetBucketNotificationConfiguration",
    "ownershipControls": "GetBucketOwnershipControls",
    "policy": "GetBucketPolicy",
    # R2's own slip of the pen.
    "policyStatus": "GetGetBucketPolicyStatus",
    "publicAccessBlock": "GetPublicAccessBlock",
    "requestPayment": "GetBucketRequestPayment",
    "versions": "ListObjectVersions",
    "website": "GetBucketWebsite",
}
BUCKET_PUT_REFUSED = {
    "accelerate": "PutBucketAccelerateConfiguration",
    "acl": "PutBucketAcl",
    "analytics": "PutBucketAnalyticsConfiguration",
    "encryption": "PutBucketEncryption",
    "intelligent-tiering": "PutBucketIntelligentTieringConfiguration",
    "inventory": "PutBucketInventoryConfiguration",
    "logging": "PutBucketLogging",
    "metrics": "PutBucketMetricsConfiguration",
    "notification": "PutBucketNotificationConfiguration",
    "object-lock": "PutObjectLockConfiguration",
    "ownershipControls": "PutBucketOwnershipControls",
    "policy": "PutBucketPolicy",
    "publicAccessBlock": "PutPublicAccessBlock",
    "replication": "PutBucketReplication",
    "requestPayment": "PutBucketRequestPayment",
    "tagging": "PutBucketTagging",
    "versioning": "PutBucketVersioning",
    "website": "PutBucketWebsite",
}
BUCKET_DELETE_REFUSED = {
    "analytics": "DeleteBucketAnalyticsConfiguration",
    "encryption": "DeleteBucketEncryption",
    "intelligent-tiering": "DeleteBucketIntelligentTieringConfiguration",
    "inventory": "DeleteBucketInventoryConfiguration",
    "metrics": "DeleteBucketMetricsConfiguration",
    "ownershipControls": "DeleteBucketOwnershipControls",
    "policy": "DeleteBucketPolicy",
    "publicAccessBlock": "DeletePublicAccessBlock",
    "replication": "DeleteBucketReplication",
    "tagging": "DeleteBucketTagging",
    "website": "DeleteBucketWebsite",
}
OBJECT_REFUSED = {
    "GET": {
        "acl": "GetObjectAcl",
        "attributes": "GetObjectAttributes",
        "legal-hold": "GetObjectLegalHold",
        "retention": "GetObjectRetention",
        "tagging": "GetObjectTagging",
        "torrent": "GetObjectTorrent",
        "versionId": "GetObject search parameter versionId",
    },
    "HEAD": {"versionId": "HeadObject search parameter versionId"},
    "PUT": {
        "acl": "PutObjectAcl",
        "legal-hold": "PutObjectLegalHold",
        "retention": "PutObjectRetention",
        "tagging": "PutObjectTagging",
    },
    "POST": {"restore": "RestoreObject", "select": "SelectObjectContent"},
    # A real bucket deletes the object here; nobody who removes tags wants that.
    "DELETE": {
        "tagging": "DeleteObjectTagging",
        "versionId": "DeleteObject search parameter versionId",
    },
}

# Refused wherever they stand, so that nobody believes that they were heeded.
REFUSED_HEADERS = frozenset(
    {
        "x-amz-bucket-object-lock-enabled",
        "x-amz-bypass-governance-retention",
        "x-amz-expected-bucket-owner",
        "x-amz-grant-full-control",
        "x-amz-grant-read",
        "x-amz-grant-read-acp",
        "x-amz-grant-write",
        "x-amz-grant-write-acp",
        "x-amz-mfa",
        "x-amz-object-lock-legal-hold",
        "x-amz-object-lock-mode",
        "x-amz-object-lock-retain-until-date",
        "x-amz-request-payer",
        "x-amz-server-side-encryption-aws-kms-key-id",
        "x-amz-server-side-encryption-bucket-key-enabled",
        "x-amz-server-side-encryption-context",
        "x-amz-source-expected-bucket-owner",
        "x-amz-tagging",
        "x-amz-tagging-directive",
        "x-amz-website-redirect-location",
    }
)


def operation_of(request: S3Request, address: Address) -> Operation:
    """The operation that is asked for. Raises R2's refusal where there is none."""
    if address.bucket is None:
        if request.method == "GET":
            return LIST_BUCKETS
        raise NoRoute()
    if address.key is None:
        return bucket_operation(request.method, request.params)
    return object_operation(request)


def check_headers(request: S3Request) -> None:
    """Raises R2's refusal of a header that it does not implement."""
    if REFUSED_HEADERS.isdisjoint(request.headers):
        return
    for name in REFUSED_HEADERS & request.headers.keys():
        what = f"Header '{name}' with value '{request.headers[name]}'"
        raise NotImplementedByR2(what=what)


def bucket_operation(method: str, params: Mapping[str, str]) -> Operation:
    if method == "GET":
        return bucket_read(params)
    if method == "HEAD":
        return HEAD_BUCKET
    if method == "PUT":
        return bucket_change(method, params, BUCKET_PUT, BUCKET_PUT_REFUSED, CREATE_BUCKET)
    if method == "DELETE":
        return bucket_change(method, params, BUCKET_DELETE, BUCKET_DELETE_REFUSED, DELETE_BUCKET)
    if method == "POST":
        return DELETE_MANY if "delete" in params else NOTHING
    raise NoRoute()


def bucket_read(params: Mapping[str, str]) -> Operation:
    for name in params:
        if name in BUCKET_GET:
            return BUCKET_GET[name]
        if name in BUCKET_ABSENT:
            raise BUCKET_ABSENT[name]()
        refuse(name, BUCKET_GET_REFUSED)
    return LIST_V2 if params.get("list-type") == "2" else LIST_V1


def bucket_change(
    method: str,
    params: Mapping[str, str],
    known: Mapping[str, Operation],
    refused: Mapping[str, str],
    bare: Operation,
) -> Operation:
    """Without a parameter it is the bucket itself that is made or removed."""
    for name in params:
        if name in known:
            return known[name]
        refuse(name, refused)
    odd = [name for name in params if not name.lower().startswith("x-amz-") and name != "x-id"]
    if odd:
        named = ", ".join(f'"{name}"' for name in odd)
        reason = f"Unsupported search param(s) {named} on a {method} bucket route"
        raise InvalidArgument(reason=reason)
    return bare


def object_operation(request: S3Request) -> Operation:
    method, params = request.method, request.params
    if method not in OBJECT_REFUSED:
        raise NoRoute()
    if not params:
        return plain_object_operation(request)
    if method == "GET":
        if "uploadId" in params:
            return LIST_PARTS
        if "uploads" in params:
            return LIST_UPLOADS
    for name in params:
        refuse(name, OBJECT_REFUSED[method])
    if method == "POST":
        if "uploads" in params:
            return CREATE_UPLOAD
        if "uploadId" in params:
            return COMPLETE
    if method == "DELETE" and "uploadId" in params:
        return ABORT
    if method == "PUT" and {"uploadId", "partNumber"} <= params.keys():
        return UPLOAD_PART_COPY if objects.SOURCE in request.headers else UPLOAD_PART
    return plain_object_operation(request)


def plain_object_operation(request: S3Request) -> Operation:
    """By the method alone. R2 takes a POST on an object for a PUT."""
    if request.method in ("PUT", "POST"):
        return COPY if objects.SOURCE in request.headers else PUT
    return {"GET": GET, "HEAD": HEAD, "DELETE": DELETE}[request.method]


def refuse(name: str, refused: Mapping[str, str]) -> None:
    if name in refused:
        raise NotImplementedByR2(what=refused[name])
