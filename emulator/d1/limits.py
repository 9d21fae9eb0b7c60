"""D1's numbers, from https://developers.cloudflare.com/d1/platform/limits/ where it has them.

Those the page lacks are what workerd sets on its connections, measured 2026-11-23.
"""

MAX_DATABASES = 50_000
MAX_DATABASE_BYTES = 10 * 1024**3
MAX_SQL_BYTES = 100_000
MAX_PARAMETERS = 100
MAX_COLUMNS = 100
# The engine takes up to 4 MiB; the documented number is the stricter one.
MAX_VALUE_BYTES = 2_000_000
MAX_FUNCTION_ARGUMENTS = 32
MAX_PATTERN_BYTES = 50
MAX_COMPOUND_TERMS = 5
MAX_EXPRESSION_DEPTH = 100
MAX_TRIGGER_DEPTH = 10
MAX_PROGRAM_STEPS = 25_000

# [guess] D1 answers "exceeded its memory limit" when a result does not fit its 128 MB.
MAX_RESULT_BYTES = 100_000_000

# 100 values of 2 MB, written as JSON; Cloudflare's edge takes 100 MB.
MAX_BODY_BYTES = 100 * 1024**2

DEFAULT_PER_PAGE = 1_000
MIN_PER_PAGE = 10
MAX_PER_PAGE = 10_000
