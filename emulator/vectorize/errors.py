"""Vectorize's refusals (`cloudflare-behaviour` §7.4).

Codes from 40101 on are ours: those rules are documented, but no answer with their code
is known [guess].
"""

from emulator.core.errors import CloudflareError


class IndexNotFound(CloudflareError):
    # 400 is seen as well.
    code, status, message = 3000, 404, 'vectorize.index.not_found - Index name "{name}"'


class IndexExists(CloudflareError):
    code, message = 3002, 'vectorize.index.duplicate_name - Index name "{name}"'


class UnknownContentType(CloudflareError):
    # [guess] the text is observed, the code is not.
    code, message = 40100, "vectorize.unknown_content_type"


class QueryDimensionsWrong(CloudflareError):
    code = 40006
    message = "invalid query vector, expected {expected} dimensions, and got {received} dimensions"


class TooManyIds(CloudflareError):
    code, message = 40007, "too many ids in payload; max id count is {limit}, got {count}"


class IdTooLong(CloudflareError):
    code, message = 40008, "id too long; max is {limit} bytes, got {length} bytes"


class NamespaceTooLong(CloudflareError):
    # The code is observed, the text is not: it is that of ids.
    code, message = 40009, "namespace too long; max is {limit} bytes, got {length} bytes"


class VectorDimensionsWrong(CloudflareError):
    code = 40012
    message = (
        'invalid vector for id="{id}", expected {expected} dimensions,'
        " and got {received} dimensions"
    )


class InvalidMetadataKey(CloudflareError):
    # The code is observed, the text is not.
    code, message = 40018, 'invalid metadata key "{key}"; {rule}'


class InvalidNdjson(CloudflareError):
    """`line` counts from 0. Also said of metadata that is too large."""

    code = 40023
    message = (
        "vectorize.upstream_error - failed to parse {operation} vectors request in ndjson format:"
        " line Some({line}) was not expected format"
    )


class NoVectors(InvalidNdjson):
    # [guess] an empty body is not known to be refused, nor how.
    message = (
        "vectorize.upstream_error - failed to parse {operation} vectors request in ndjson format:"
        " no vectors"
    )


class TopKTooLarge(CloudflareError):
    code, message = 40025, "max top K is {limit}, but got {top_k}"


class TopKTooLargeForContent(TopKTooLarge):
    message = (
        "with returnValues=true or returnMetadata=all, max top K is {limit}, but got {top_k};"
        " for a top K up to {plain_limit}, retry with returnValues=false and"
        " returnMetadata=indexed"
    )


class InvalidJson(CloudflareError):
    """`reason` starts with the path of the property that is wrong."""

    code, message = 40026, "Failed to parse the request body as JSON: {reason}"


class NotJsonType(InvalidJson):
    message = "Expected request with `Content-Type: application/json`"


class TooManyRequests(CloudflareError):
    code, status, message = 40041, 429, "Too Many Requests"
    retry_after_seconds = 1


class InvalidIndexName(CloudflareError):
    code = 40101
    message = (
        'invalid index name "{name}"; it must be 1-{limit} lower-case letters, digits, "-" or "_"'
        " and start with a letter"
    )


class InvalidConfig(CloudflareError):
    code, message = 40102, "invalid index config; {rule}"


class TooManyIndexes(CloudflareError):
    code, message = 40103, "too many indexes; max is {limit}"


class TooManyVectors(CloudflareError):
    code, message = 40104, "too many vectors in payload; max vector count is {limit}, got {count}"


class InvalidId(CloudflareError):
    code, message = 40105, "invalid id; {rule}"


class InvalidFilter(CloudflareError):
    code, message = 40106, "invalid filter; {rule}"


class TooManyMetadataIndexes(CloudflareError):
    code, message = 40107, "too many metadata indexes; max is {limit}"


class MetadataIndexNotFound(CloudflareError):
    code, status, message = 40108, 404, 'no metadata index on property "{key}"'


class VectorNotFound(CloudflareError):
    code, status, message = 40109, 404, 'no vector with id="{id}"'


class InvalidCount(CloudflareError):
    code, message = 40110, "invalid count; it must be a whole number from 1 to {limit}"


class InvalidCursor(CloudflareError):
    code, message = 40111, "invalid or expired cursor; start a new listing"


class IndexFull(CloudflareError):
    code, message = 40112, "too many vectors in index; max is {limit}"


class TooManyNamespaces(CloudflareError):
    code, message = 40113, "too many namespaces in index; max is {limit}"


class InvalidVector(CloudflareError):
    """Of vectors that come from code: over HTTP they do not parse."""

    code, message = 40114, 'invalid vector for id="{id}"; {rule}'


class InvalidBehavior(CloudflareError):
    code, message = 40115, "unparsable-behavior must be error or discard"
