"""Vectorize's limits (https://developers.cloudflare.com/vectorize/platform/limits/)."""

from emulator.vectorize.models import Metric

MAX_INDEXES = 50_000
MAX_NAME_BYTES = 64
MAX_DESCRIPTION_CHARACTERS = 1_024  # [guess] the limit is not known
MAX_DIMENSIONS = 1_536

MAX_VECTORS = 10_000_000
MAX_ID_BYTES = 64
MAX_METADATA_BYTES = 10_240
MAX_NAMESPACES = 50_000
MAX_NAMESPACE_BYTES = 64

MAX_BATCH_OVER_REST = 5_000
MAX_BATCH_OF_WORKERS = 1_000
MAX_BATCH_BYTES = 100 * 1_048_576

DEFAULT_TOP_K = 5
MAX_TOP_K = 100
# Documented as 20, later as 50; what the API enforces is 50.
MAX_TOP_K_WITH_CONTENT = 50

MAX_GET_IDS = 20
MAX_DELETE_IDS = 100

MAX_METADATA_INDEXES = 10
MAX_INDEXED_BYTES = 64
FILTER_BYTES = 2_048
MAX_KEY_CHARACTERS = 512

DEFAULT_LIST_IDS = 100  # [guess] the default is not known
MAX_LIST_IDS = 1_000
CURSOR_SECONDS = 3_600.0  # [guess] that cursors expire is documented, when is not

# [guess] the metrics; the dimensions are those of the models.
PRESETS = {
    "@cf/baai/bge-small-en-v1.5": (384, Metric.COSINE),
    "@cf/baai/bge-base-en-v1.5": (768, Metric.COSINE),
    "@cf/baai/bge-large-en-v1.5": (1_024, Metric.COSINE),
    "openai/text-embedding-ada-002": (1_536, Metric.COSINE),
    "cohere/embed-multilingual-v2.0": (768, Metric.DOT_PRODUCT),
}
