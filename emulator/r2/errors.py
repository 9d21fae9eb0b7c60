"""R2's refusals: Cloudflare's code, S3's name, the status and the text.

https://developers.cloudflare.com/r2/api/error-codes/ and `cloudflare-behaviour` §5.4. One
class serves every door: the S3 door says `s3_code`, the others `code`. Codes from 10901 on
are ours: those refusals are seen on the S3 door alone, and their numbers are not known.
"""

from typing import ClassVar

from emulator.core.errors import CloudflareError


class R2Error(CloudflareError):
    """A refusal that S3 clients know by the name in `s3_code`."""

    s3_code: ClassVar[str]


class Unauthorized(R2Error):
    code, s3_code, status, message = 10002, "Unauthorized", 401, "Unauthorized"


class AccessDenied(R2Error):
    code, s3_code, status, message = 10003, "AccessDenied", 403, "Access Denied"


class BucketAlreadyExists(R2Error):
    code, s3_code, status = 10004, "BucketAlreadyOwnedByYou", 409
    message = "The bucket you tried to create already exists, and you own it."


class InvalidBucketName(R2Error):
    code, s3_code, message = 10005, "InvalidBucketName", "The specified bucket name is not valid."


class NoSuchBucket(R2Error):
    code, s3_code, status = 10006, "NoSuchBucket", 404
    message = "The specified bucket does not exist."


class NoSuchKey(R2Error):
    code, s3_code, status = 10007, "NoSuchKey", 404
    message = "The specified key does not exist."


class BucketNotEmpty(R2Error):
    code, s3_code, status = 10008, "BucketNotEmpty", 409
    message = "The bucket you tried to delete is not empty"


class TooManyBuckets(R2Error):
    code, s3_code = 10009, "TooManyBuckets"
    message = "You have attempted to create more buckets than allowed."


class EntityTooSmall(R2Error):
    code, s3_code = 10011, "EntityTooSmall"
    message = "Your proposed upload is smaller than the minimum allowed object size."


class MetadataTooLarge(R2Error):
    code, s3_code = 10012, "MetadataTooLarge"
    message = "Your metadata headers exceed the maximum allowed metadata size."


class IncompleteBody(R2Error):
    code, s3_code = 10013, "IncompleteBody"
    message = "You did not provide the number of bytes specified by the Content-Length HTTP header."


class InvalidDigest(R2Error):
    code, s3_code, message = 10014, "InvalidDigest", "The {name} you specified is not valid."


class NoRoute(R2Error):
    code, s3_code, status, message = 10015, "RouteNotFound", 404, "No route matches this url."


class ExpiredRequest(R2Error):
    # The documentation says 400, a captured answer 403 (`cloudflare-behaviour` §13).
    code, s3_code, status, message = 10018, "ExpiredRequest", 403, "Request has expired"


class InvalidObjectName(R2Error):
    code, s3_code, message = 10020, "InvalidObjectName", "The specified object name is not valid."


class InvalidMaxKeys(R2Error):
    code, s3_code = 10022, "InvalidMaxKeys"
    message = "MaxKeys params must be positive integer <= 1000."


class NoSuchUpload(R2Error):
    code, s3_code, status = 10024, "NoSuchUpload", 404
    message = "The specified multipart upload does not exist."


class InvalidPart(R2Error):
    code, s3_code = 10025, "InvalidPart"
    message = "One or more of the specified parts could not be found."


class InvalidArgument(R2Error):
    """What is wrong with what, in the caller's words."""

    code, s3_code, message = 10029, "InvalidArgument", "{reason}"


class PreconditionFailed(R2Error):
    code, s3_code, status = 10031, "PreconditionFailed", 412
    message = "At least one of the pre-conditions you specified did not hold."


class MissingContentLength(R2Error):
    code, s3_code, status = 10033, "MissingContentLength", 411
    message = "You must provide the Content-Length HTTP header."


class SignatureDoesNotMatch(R2Error):
    code, s3_code, status = 10035, "SignatureDoesNotMatch", 403
    message = (
        "The request signature we calculated does not match the signature you provided."
        " Check your secret access key and signing method."
    )


class BadDigest(R2Error):
    code, s3_code = 10037, "BadDigest"
    message = (
        "The {name} checksum you specified did not match what we received.\n"
        "You provided a {name} checksum with value: {given}\nActual {name} was: {actual}"
    )


class InvalidRange(R2Error):
    code, s3_code, status = 10039, "InvalidRange", 416
    message = "The requested range is not satisfiable"


class MalformedJson(R2Error):
    code, s3_code, message = 10040, "InvalidRequest", "The JSON you provided was not well formed."


class ServiceUnavailable(R2Error):
    code, s3_code, status = 10043, "ServiceUnavailable", 503
    message = "Reduce your request rate."


class UnequalParts(R2Error):
    code, s3_code = 10048, "InvalidPart"
    message = "All non-trailing parts must have the same length."


class TooManyRequests(R2Error):
    code, s3_code, status = 10058, "TooManyRequests", 429
    message = "Reduce your concurrent request rate for the same object."
    retry_after_seconds = 1


class NoCorsConfiguration(R2Error):
    code, s3_code, status = 10059, "NoSuchCORSConfiguration", 404
    message = "The CORS configuration does not exist."


class DomainNotFound(R2Error):
    # [guess] the code is Cloudflare's, status and text are not known.
    code, s3_code, status = 10062, "NoSuchDomain", 404
    message = "The specified domain is not attached to this bucket."


class TooManyDomains(R2Error):
    # [guess] the limit is documented, the refusal is not known.
    code, s3_code = 10913, "TooManyDomains"
    message = "A bucket can have at most {limit} custom domains."


class ObjectLocked(R2Error):
    code, s3_code, status = 10069, "ObjectLockedByBucketPolicy", 403
    message = "The object is locked by the bucket policy."


class EntityTooLarge(R2Error):
    code, s3_code = 100100, "EntityTooLarge"
    message = "Your proposed upload exceeds the maximum allowed object size."


class NoEventConfiguration(R2Error):
    # [guess] the code is observed, status and text are not.
    code, s3_code, status = 11015, "NoSuchConfiguration", 404
    message = "No event notification configuration was found for this bucket."


class NoSuchNotifyingBucket(R2Error):
    """What event notifications, a service of its own, say where the rest says 10006."""

    # [guess] the code is observed, status and text are not.
    code, s3_code, status = 10085, "NoSuchBucket", 404
    message = "The specified bucket does not exist."


class NoLifecycleConfiguration(R2Error):
    code, s3_code, status = 10901, "NoSuchLifecycleConfiguration", 404
    message = "The lifecycle configuration does not exist."


class MalformedXml(R2Error):
    code, s3_code = 10902, "MalformedXML"
    message = (
        "The XML you provided was not well formed or did not validate against our published schema."
    )


class InvalidRequest(R2Error):
    code, s3_code, message = 10903, "InvalidRequest", "{reason}"


class InvalidRegion(R2Error):
    # [guess] that other regions are refused is documented, the text is not known.
    code, s3_code = 10904, "InvalidRegionName"
    message = (
        "The region name '{region}' is not valid."
        " Must be one of: wnam, enam, weur, eeur, apac, oc, auto"
    )


class RequestTimeTooSkewed(R2Error):
    code, s3_code, status = 10905, "RequestTimeTooSkewed", 403
    message = "The difference between the request time and the server's time is too large."


class ContentSha256Mismatch(R2Error):
    code, s3_code = 10906, "XAmzContentSHA256Mismatch"
    message = "The provided 'x-amz-content-sha256' header does not match what was computed."


class NotImplementedByR2(R2Error):
    """R2 itself has not got this, and says so in these words."""

    code, s3_code, status, message = 10907, "NotImplemented", 501, "{what} not implemented"


class CorsForbidden(R2Error):
    # [guess] S3's own text; that R2 refuses is documented.
    code, s3_code, status = 10908, "AccessForbidden", 403
    message = (
        "CORSResponse: This CORS request is not allowed. This is usually because the evaluation"
        " of Origin, request method / Access-Control-Request-Method or"
        " Access-Control-Request-Headers are not whitelisted by the resource's CORS spec."
    )


class MissingSecurityHeader(R2Error):
    """An object encrypted with the customer's key is asked for without it, or the reverse."""

    # [guess] 400 is documented, S3's own text is used.
    code, s3_code = 10909, "InvalidRequest"
    message = (
        "The object was stored using a form of Server Side Encryption."
        " The correct parameters must be provided to retrieve the object."
    )


class NoSuchTagSet(R2Error):
    code, s3_code, status, message = 10910, "NoSuchTagSet", 404, "The TagSet does not exist"


class NoObjectLock(R2Error):
    code, s3_code, status = 10911, "ObjectLockConfigurationNotFoundError", 404
    message = "Object Lock configuration does not exist for this bucket"


class NoReplication(R2Error):
    code, s3_code, status = 10912, "ReplicationConfigurationNotFoundError", 404
    message = "The replication configuration was not found"
