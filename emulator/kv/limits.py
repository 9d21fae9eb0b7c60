"""KV's limits (https://developers.cloudflare.com/kv/platform/limits/)."""

MAX_NAMESPACES = 1_000
MAX_TITLE_CHARACTERS = 512

MAX_KEY_BYTES = 512
MAX_VALUE_BYTES = 25 * 1_048_576
MAX_METADATA_BYTES = 1_024

MIN_TTL_SECONDS = 60
# https://developers.cloudflare.com/kv/api/read-key-value-pairs/#cachettl-parameter
MIN_CACHE_TTL_SECONDS = 30

# https://developers.cloudflare.com/api/resources/kv/subresources/namespaces/
MAX_LIST_KEYS = 1_000
MIN_LIST_KEYS_OVER_REST = 10
MAX_BULK_PAIRS = 10_000
MAX_BULK_BYTES = 100 * 1_048_576
MAX_BULK_GET_KEYS = 100
MAX_BULK_GET_BYTES = 25 * 1_048_576
