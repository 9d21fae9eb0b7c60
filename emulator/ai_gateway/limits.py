"""AI Gateway's limits (https://developers.cloudflare.com/ai-gateway/reference/limits/)."""

MEGABYTE = 1_048_576

# The paid plan's; the free one has 10.
MAX_GATEWAYS = 20
MAX_ID_CHARACTERS = 64

MIN_CACHE_TTL_SECONDS = 60
MAX_CACHE_TTL_SECONDS = 30 * 86_400
# Of a custom key, where the gateway itself caches nothing.
CUSTOM_KEY_TTL_SECONDS = 300
MAX_CACHED_BYTES = 25 * MEGABYTE
# Ours: what all cached answers of one account may take up.
MAX_CACHE_BYTES = 64 * MEGABYTE

MAX_ATTEMPTS = 5
MAX_RETRY_DELAY_MS = 5_000
MAX_STORED_RETRY_DELAY_MS = 60_000
# [guess] The dashboard offers nothing shorter.
DEFAULT_RETRY_DELAY_MS = 100

MAX_METADATA_ENTRIES = 5

MIN_LOG_LIMIT = 10_000
MAX_LOGS = 10_000_000
MAX_LOG_BYTES = 10 * MEGABYTE
# [guess] How much of a payload the log itself shows.
MAX_HEAD_CHARACTERS = 1_024

# [guess] Cloudflare's own bound of a request's body.
MAX_REQUEST_BYTES = 100 * MEGABYTE
# Ours: as many entries as anyone falls back over, and as much as a header or a path says.
MAX_STEPS = 32
MAX_TEXT_CHARACTERS = 16_384
MAX_PROVIDER_CHARACTERS = 64
# Ours: what a log shows of a model's name.
MAX_MODEL_CHARACTERS = 256
