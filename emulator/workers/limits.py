"""Workers' limits (https://developers.cloudflare.com/workers/platform/limits/), paid plan."""

MEBIBYTE = 1_048_576

MAX_SCRIPTS = 500
MAX_SCRIPT_BYTES = 64 * MEBIBYTE
MAX_COMPRESSED_BYTES = 10 * MEBIBYTE
# Cloudflare's API takes no larger request on its smallest plans.
MAX_UPLOAD_BYTES = 100 * MEBIBYTE

MAX_VARIABLES = 128
# 5 kB, in texts of errors 5.1 kB.
MAX_VARIABLE_BYTES = 5 * 1_024

MAX_CRONS = 250

# Of these `deployable=true` lists, and a deployment takes, the newest.
MAX_DEPLOYABLE_VERSIONS = 100
MAX_VERSIONS_IN_DEPLOYMENT = 2
# https://developers.cloudflare.com/api/resources/workers/subresources/scripts/subresources/deployments/
MAX_MESSAGE_BYTES = 1_000
# As many as wrangler says there are [guess].
DEPLOYMENTS_PER_PAGE = 10
MAX_DEPLOYMENTS_PER_PAGE = 100

# https://developers.cloudflare.com/workers/static-assets/direct-upload/#limitations
MAX_ASSET_BYTES = 25 * MEBIBYTE
MAX_ASSETS = 100_000
ASSET_TOKEN_SECONDS = 3_600
# Of one bucket of files to send together [guess]: Pages has the same.
MAX_BUCKET_BYTES = 40 * MEBIBYTE
MAX_BUCKET_FILES = 2_000

# [guess] how long a tail lives is not documented.
TAIL_SECONDS = 6 * 3_600
MAX_TAILS = 10

# Ours: Cloudflare takes 512 MB of one response, and bounds no account.
MAX_CACHED_BYTES = 32 * MEBIBYTE
MAX_CACHE_BYTES = 64 * MEBIBYTE
MAX_CACHED_HEAD_BYTES = 131_072
MAX_CACHED_SECONDS = 365 * 86_400.0

DEFAULT_COMPATIBILITY_DATE = "2021-11-02"
