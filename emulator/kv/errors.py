"""KV's refusals (`cloudflare-behaviour` §3.3, §3.5).

Codes from 10101 on are ours: those refusals are documented or seen in Workers, but no
answer of the REST API with their code is known [guess]. Their texts are the Workers ones.
"""

from emulator.core.errors import CloudflareError


class KeyNotFound(CloudflareError):
    code, status, message = 10009, 404, "get: 'key not found'"


class InvalidBody(CloudflareError):
    # Observed with "array of keys" between "parse" and "from".
    code, message = 10012, "could not parse request body: '{reason}'"


class NamespaceNotFound(CloudflareError):
    """`operation` is KV's name for what was tried: get, put, list keys, remove key, …"""

    code, status, message = 10013, 404, "{operation}: 'namespace not found'"


class NamespaceIdInvalid(NamespaceNotFound):
    """An id that is neither known nor 32 hex digits."""

    code = 7003
    message = (
        "Could not route to /storage/kv/namespaces/{namespace_id},"
        " perhaps your object identifier is invalid?"
    )


class NamespaceExists(CloudflareError):
    code, message = 10014, "a namespace with this account ID and title already exists"


class TitleMissing(CloudflareError):
    # [guess] the code is observed, the text is not.
    code, message = 10019, "namespace title must not be empty"


class NoKeys(CloudflareError):
    code, message = 10029, "You must request a minimum of 1 key"


class InvalidExpiration(CloudflareError):
    """`name` is expiration or expiration_ttl."""

    # [guess] 10034 is observed for a TTL below 60 (as is 10028); here for all of them.
    code, message = 10034, "Invalid {name} of {value}. {rule}"


class FormFieldMissing(CloudflareError):
    # [guess] observed for `metadata`, which has become optional since; here for `value`.
    code, message = 10047, "multipart put request does not contain required form field '{field}'"


class TooManyWrites(CloudflareError):
    # [guess] 429 is documented; the code is that of the API's own limit.
    code, status, message = 971, 429, "Too Many Requests"
    retry_after_seconds = 1


class KeyTooLong(CloudflareError):
    code, status = 10101, 414
    message = "UTF-8 encoded length of {length} exceeds key length limit of {limit}."


class KeyNameEmpty(CloudflareError):
    code, message = 10102, "Key name cannot be empty."


class KeyNameNotAllowed(CloudflareError):
    code, message = 10103, '"{key}" is not allowed as a key name.'


class ValueTooLarge(CloudflareError):
    code, status, message = 10104, 413, "Value length of {length} exceeds limit of {limit}."


class MetadataTooLarge(CloudflareError):
    code, status, message = 10105, 413, "Metadata length of {length} exceeds limit of {limit}."


class MetadataNotJson(CloudflareError):
    code, message = 10106, "Metadata must be valid JSON: {reason}"


class InvalidListLimit(CloudflareError):
    """Workers call the limit `key_count_limit`, and so does the text."""

    code, message = 10107, "Invalid key_count_limit of {limit}. Please specify an integer {rule}."


class InvalidCursor(CloudflareError):
    code, message = 10108, "Invalid cursor."


class InvalidQuery(CloudflareError):
    code, message = 10109, "Invalid query parameter: {reason}"


class TooManyKeys(CloudflareError):
    code, message = 10110, "You can request a maximum of {limit} keys"


class BulkReadTooLarge(CloudflareError):
    code, status, message = 10111, 413, "Total size of request exceeds the limit of 25MB"


class NotJson(CloudflareError):
    code, message = 10112, "At least one of the requested keys corresponds to a non-json value"


class TooManyNamespaces(CloudflareError):
    code, message = 10113, "This account already has {limit} namespaces"


class TitleTooLong(CloudflareError):
    code, message = 10114, "namespace title must not be longer than {limit} characters"


class InvalidCacheTtl(CloudflareError):
    """Workers alone name a `cacheTtl`."""

    code = 10115
    message = "Invalid cache_ttl of {cache_ttl}. Cache TTL must be at least {limit}."


class InvalidType(CloudflareError):
    """Of a bulk read by a Worker."""

    code, message = 10116, '"{type}" is not a valid type. Use "json" or "text"'
