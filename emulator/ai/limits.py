"""Workers AI's limits (https://developers.cloudflare.com/workers-ai/platform/limits/)."""

from collections.abc import Mapping

MAX_TEXTS = 100
MAX_PROMPT_CHARACTERS = 131_072
MAX_BODY_BYTES = 10 * 1_048_576
# Room for a body that is refused as Workers AI does, with 3006, not as the API does.
MAX_READ_BYTES = 4 * MAX_BODY_BYTES

DEFAULT_MAX_TOKENS = 256
# What the OpenAI and Anthropic stand-ins write at most when nobody says how much.
OTHERS_MAX_TOKENS = 4_096

# bge-m3 alone counts a request's tokens; the other BGE models cut each text at 512.
M3_REQUEST_TOKENS = 60_000
M3_SEQUENCE_TOKENS = 8_192

FREE_NEURONS_PER_DAY = 10_000
SECONDS_PER_DAY = 86_400

MINUTE_SECONDS = 60
REQUESTS_PER_MINUTE: Mapping[str, int] = {"Text Embeddings": 3_000, "Text Generation": 300}
MODEL_REQUESTS_PER_MINUTE: Mapping[str, int] = {
    "@cf/baai/bge-large-en-v1.5": 1_500,
    "@cf/microsoft/phi-2": 720,
    "@cf/qwen/qwen1.5-0.5b-chat": 1_500,
    "@cf/qwen/qwen1.5-1.8b-chat": 720,
    "@cf/qwen/qwen1.5-14b-chat-awq": 150,
    "@cf/tinyllama/tinyllama-1.1b-chat-v1.0": 720,
    "@hf/thebloke/mistral-7b-instruct-v0.1-awq": 400,
}

MAX_BATCH_REQUESTS = 1_000
MAX_QUEUED_BATCHES = 1_000

MAX_RULES = 10_000
MAX_DELAY_SECONDS = 600.0

# How deep the JSON of a body may nest.
MAX_DEPTH = 200
