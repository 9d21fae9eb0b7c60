"""AI Gateway's refusals (`cloudflare-behaviour` §9.4, §9.5).

Those of the management API are in its envelope; those of the gateways themselves have a body
of their own (`gateway_body`). Codes from 2901 on are ours: no answer of Cloudflare's is known
for them [guess].
"""

import orjson

from emulator.core.errors import CloudflareError


class InvalidGateway(CloudflareError):
    """What does not fit: a member, a parameter, a filter."""

    code, message = 7001, "{reason}"


class GatewayExists(CloudflareError):
    # [guess] the code is observed, the text is not.
    code, message = 7001, "AI Gateway with id {id} already exists"


class TooManyGateways(CloudflareError):
    # [guess] the limit is documented, the refusal is not known.
    code, message = 7001, "This account already has {limit} gateways"


class GatewayNotFound(CloudflareError):
    # [guess] the code is observed, the text is not.
    code, status, message = 7002, 404, "AI Gateway not found"


class LogNotFound(CloudflareError):
    code, status, message = 7002, 404, "Log not found"


class PayloadNotFound(CloudflareError):
    """The log is there, and was told not to keep its payloads."""

    # [guess] what Cloudflare says then is not known.
    code, status, message = 7002, 404, "Log payload not found"


class GatewayError(CloudflareError):
    """What a gateway itself says instead of a provider."""


class UnknownGateway(GatewayError):
    # [guess] the code and text are observed, the status is not certain.
    code, message = 2001, "Please configure AI Gateway in the Cloudflare dashboard"


class RateLimited(GatewayError):
    code, status, message = 2003, 429, "Rate limited"


class ProviderFailed(GatewayError):
    code, message = 2005, "Failed to get response from provider"


class InvalidProvider(GatewayError):
    code, message = 2008, "Invalid provider"


class Unauthorized(GatewayError):
    code, status, message = 2009, 401, "Unauthorized"


class ModelPrefixMissing(GatewayError):
    # [guess] the code is observed, the text is not.
    code = 2019
    message = "Compatibility endpoint: the model must be given as provider/model"


class NotInCompat(GatewayError):
    code, message = 2019, "Compatibility endpoint: {endpoint} is not supported."


class ModelNotFound(GatewayError):
    code, status, message = 7003, 404, "Model not found: {model}"


class InvalidRequest(GatewayError):
    """A body of the universal or compat endpoint that is not what it has to be."""

    code, message = 2901, "Invalid request: {reason}"


class InvalidHeader(GatewayError):
    code, message = 2902, "Invalid {name}: {reason}"


class ProviderTimeout(GatewayError):
    # [guess] That there is an error is documented, which one is not.
    code, status, message = 2903, 408, "Provider did not respond within {milliseconds} ms"


class RequestTooLarge(GatewayError):
    code, status, message = 2904, 413, "Request body is larger than {limit} bytes"


class NotBuiltHere(GatewayError):
    """Cloudflare has it and the twin does not; said out loud, never faked."""

    code, status, message = 501, 501, "{what} is not implemented by Cloudflare Twin"


class ProviderNotConfigured(GatewayError):
    """A provider that exists, has no stand-in, and that no setting leads to."""

    code, status = 501, 501
    message = (
        "Provider {provider} has no offline stand-in in Cloudflare Twin;"
        " set CFTWIN_AI_GATEWAY_UPSTREAMS to {provider}=https://… to reach a real one"
    )


class GatewayFailed(GatewayError):
    """A bug of ours. The traceback is in the log beside the same reference."""

    code, status, message = 500, 500, "internal error; reference = {reference}"


def gateway_body(error: CloudflareError) -> bytes:
    """The body gateways answer with: `error`, in the singular, is the list."""
    text = str(error)
    return orjson.dumps(
        {
            "success": False,
            "result": [],
            "messages": [],
            "error": [{"code": error.code, "message": text}],
            "name": "AiGatewayError",
            "httpCode": error.status,
            "internalCode": error.code,
            "message": text,
            "description": text,
        }
    )
