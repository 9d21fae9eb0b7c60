"""Storage's refusals: status, name, code and text as Supabase Storage has them.

Read from supabase/storage at 4fa61fba (August 2026). The answer's own status is 400 for all but
the server's faults; the real one is `statusCode` in the body.
"""

from typing import ClassVar


class StorageError(Exception):
    """A refusal of Supabase Storage. The door renders it; rules only raise it."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "InvalidRequest"
    # What older clients read; the code where a refusal has no other name.
    error: ClassVar[str] = ""
    message: ClassVar[str]
    # The answer's own status, where it is not 400.
    answered: ClassVar[int] = 400

    def __init__(self, **facts: object) -> None:
        super().__init__(self.message.format(**facts))


class InvalidRequest(StorageError):
    message = "{reason}"


class InvalidBody(StorageError):
    code, error, message = "InvalidRequest", "Error", "{reason}"


class NoContent(StorageError):
    message = "No content provided"


class NoSuchBucket(StorageError):
    status, code, error, message = 404, "NoSuchBucket", "Bucket not found", "Bucket not found"


class NoSuchKey(StorageError):
    status, code, error, message = 404, "NoSuchKey", "not_found", "Object not found"


class AlreadyExists(StorageError):
    status, code, error = 409, "ResourceAlreadyExists", "Duplicate"
    message = "The resource already exists"


class BucketExists(AlreadyExists):
    code = "BucketAlreadyExists"


class BucketNotEmpty(StorageError):
    status, code = 409, "ResourceNotEmpty"
    message = "The bucket you tried to delete is not empty"


class AccessDenied(StorageError):
    status, code, error, message = 403, "AccessDenied", "Unauthorized", "{reason}"


class RowSecurity(AccessDenied):
    message = "new row violates row-level security policy"


class InvalidBucketName(StorageError):
    code, error, message = "InvalidBucketName", "Invalid Input", "Bucket name invalid"


class InvalidKey(StorageError):
    code, message = "InvalidKey", "Invalid key: {key}"


class InvalidMimeType(StorageError):
    status, code, error = 415, "InvalidMimeType", "invalid_mime_type"
    message = "mime type {type} is not supported"


class InvalidSizeLimit(StorageError):
    message = "Invalid file size format, hint: use 20GB / 20MB / 30KB / 3B"


class TooLarge(StorageError):
    status, code, error = 413, "EntityTooLarge", "Payload too large"
    message = "The {what} exceeded the maximum allowed size"


class InvalidRange(StorageError):
    code, error, message = "InvalidRange", "invalid_range", "invalid range provided"


class InvalidJwt(StorageError):
    code, message = "InvalidJWT", "{reason}"


class InvalidSignature(StorageError):
    code, message = "InvalidSignature", "Invalid signature"


class NotImplementedInTwin(StorageError):
    """Supabase has it and the twin does not; said out loud, never faked."""

    status = answered = 501
    code = error = "NotImplemented"
    message = "{operation} is not implemented by Cloudflare Twin"
