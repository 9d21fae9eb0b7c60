"""What tests of Workers AI share: the names of a few models, and runs over REST."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from emulator import Twin
from emulator.ai.inference import Inference

LLAMA = "@cf/meta/llama-3.1-8b-instruct"
GLM = "@cf/zai-org/glm-4.7-flash"
GPT_OSS = "@cf/openai/gpt-oss-20b"
BGE_BASE = "@cf/baai/bge-base-en-v1.5"
BGE_M3 = "@cf/baai/bge-m3"

Run = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def run(rest: httpx.AsyncClient) -> Run:
    """`await run(model, prompt="…")` posts the keywords to `/ai/run/{model}`."""

    async def post(model: str, **inputs: Any) -> httpx.Response:
        return await rest.post(f"/ai/run/{model}", json=inputs)

    return post


@pytest.fixture
def inference(twin: Twin) -> Inference:
    return twin.inference
