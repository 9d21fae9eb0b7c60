"""What browsers are told: preflights answered from the bucket's rules, and their headers.

https://developers.cloudflare.com/r2/buckets/cors/
"""

from collections.abc import Sequence

from emulator.r2.cors import CorsRule, rule_for
from emulator.r2.errors import CorsForbidden, InvalidRequest
from emulator.r2.s3.headers import Headers, is_token
from emulator.r2.s3.request import S3Request
from emulator.wire.reply import Reply

REQUEST_METHOD = "access-control-request-method"
REQUEST_HEADERS = "access-control-request-headers"


def is_preflight(request: S3Request) -> bool:
    return request.method == "OPTIONS"


def preflight(request: S3Request, rules: Sequence[CorsRule]) -> Reply:
    """Whether the browser may send what it means to. Raises `CorsForbidden`."""
    origin = request.headers.get("origin")
    if origin is None:
        raise InvalidRequest(reason="Insufficient information. Origin request header needed.")
    method = request.headers.get(REQUEST_METHOD, "")
    listed = request.headers.get(REQUEST_HEADERS, "")
    headers = [name.strip().lower() for name in listed.split(",") if name.strip()]
    rule = rule_for(rules, origin, method, headers)
    if rule is None:
        raise CorsForbidden()
    answer = allowed(rule, origin)
    answer.append((b"access-control-allow-methods", ", ".join(rule.methods).encode()))
    if headers:
        answer.append((b"access-control-allow-headers", ", ".join(headers).encode("latin-1")))
    if rule.max_age_seconds is not None:
        answer.append((b"access-control-max-age", b"%d" % rule.max_age_seconds))
    return Reply(b"", status=204, headers=tuple(answer))


def headers_for(request: S3Request, rules: Sequence[CorsRule]) -> Headers:
    """What goes with an answer to a page of another origin; nothing where no rule allows it."""
    origin = request.headers.get("origin")
    if origin is None:
        return []
    rule = rule_for(rules, origin, request.method)
    return [] if rule is None else allowed(rule, origin)


def allowed(rule: CorsRule, origin: str) -> Headers:
    if rule.any_origin:
        headers = [(b"access-control-allow-origin", b"*")]
    else:
        headers = [
            (b"access-control-allow-origin", origin.encode("latin-1")),
            (b"access-control-allow-credentials", b"true"),
        ]
    headers.append((b"vary", b"Origin, Access-Control-Request-Headers"))
    if exposed := ", ".join(name for name in rule.expose if is_token(name)):
        headers.append((b"access-control-expose-headers", exposed.encode()))
    return headers
