"""Refusals: what Cloudflare says no to, as exceptions with Cloudflare's code and text.

Stores raise them and know nothing of HTTP; `status` is a hint that each door may use.
The subclasses here are those every product shares (`cloudflare-behaviour` §1.3, §1.4).
"""

from typing import ClassVar


class CloudflareError(Exception):
    """A refusal Cloudflare documents. Doors render it; stores only raise it."""

    code: ClassVar[int]
    status: ClassVar[int] = 400
    message: ClassVar[str]
    chain: ClassVar[tuple[tuple[int, str], ...]] = ()
    retry_after_seconds: ClassVar[int | None] = None
    # Further refusals of the same request, told together with this one.
    others: tuple["CloudflareError", ...] = ()

    def __init__(self, **facts: object) -> None:
        super().__init__(self.message.format(**facts))


class MissingCredentials(CloudflareError):
    code, message = 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers"


class MalformedAuthorization(CloudflareError):
    code, message = 6003, "Invalid request headers"
    chain = ((6111, "Invalid format for Authorization header"),)


class UnknownCredentials(CloudflareError):
    # [guess] 401 and 403 are both seen for a bad token; 403 is the newer one.
    code, status, message = 9109, 403, "Invalid access token"


class InvalidToken(CloudflareError):
    """What `/user/tokens/verify` alone says of a bad token."""

    code, status, message = 1000, 401, "Invalid API Token"


class NotPermitted(CloudflareError):
    """A good token that may not do this, or an account it does not know."""

    code, status, message = 10000, 403, "Authentication error"


class NoRoute(CloudflareError):
    code, message = 7000, "No route for that URI"


class InvalidIdentifier(CloudflareError):
    code, status = 7003, 404
    message = "Could not route to {path}, perhaps your object identifier is invalid?"


class MethodNotAllowed(CloudflareError):
    # [guess] the code is observed, the text is not.
    code, status, message = 10405, 405, "Method not allowed for this authentication scheme"


class TooManyRequests(CloudflareError):
    code, status = 971, 429
    message = "Please wait and consider throttling your request speed"
    retry_after_seconds = 1


class BodyTooLarge(CloudflareError):
    # [guess] Cloudflare's edge answers 413 here; the code is ours.
    code, status, message = 413, 413, "Request body is larger than {limit} bytes"


class InvalidBody(CloudflareError):
    # [guess] the fallback for products whose own text is not known.
    code, message = 10001, "Unable to parse the request body: {reason}"


class NotImplementedHere(CloudflareError):
    """Cloudflare has it and the twin does not; said out loud, never faked."""

    code, status = 501, 501
    message = "{operation} is not implemented by Cloudflare Twin"


class InternalError(CloudflareError):
    """A bug of ours. The traceback is in the log beside the same reference."""

    code, status, message = 500, 500, "internal error; reference = {reference}"
