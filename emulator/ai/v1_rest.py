"""Workers AI in OpenAI's and Anthropic's dialects: `/ai/v1`. Answers have no envelope.

https://developers.cloudflare.com/workers-ai/configuration/open-ai-compatibility/ — refusals do
have one, the same as `/ai/run`'s, as quoted in public bug reports.
"""

from collections.abc import Awaitable, Callable
from functools import partial

from emulator.ai.answer_rest import bare, body_of
from emulator.ai.errors import MethodNotAvailable
from emulator.ai.inference import Inference
from emulator.ai.limits import MAX_READ_BYTES
from emulator.ai.models import WORKERS_AI, JsonObject, Result
from emulator.ai.store import AIStore
from emulator.wire.call import Call
from emulator.wire.reply import Reply
from emulator.wire.routing import Route

Operation = Callable[[Inference, AIStore, JsonObject, str], Awaitable[Result]]

Handler = Callable[[Inference, Call], Awaitable[Reply]]

READ = "ai:read"


async def chat_completions(inference: Inference, call: Call) -> Reply:
    from emulator.ai import dialects

    return await handle(dialects.chat_completions, inference, call)


async def create_embeddings(inference: Inference, call: Call) -> Reply:
    from emulator.ai import dialects

    return await handle(dialects.create_embeddings, inference, call)


async def create_response(inference: Inference, call: Call) -> Reply:
    from emulator.ai import dialects

    return await handle(dialects.create_response, inference, call)


async def create_message(inference: Inference, call: Call) -> Reply:
    from emulator.ai import dialects

    return await handle(dialects.create_message, inference, call)


async def handle(operation: Operation, inference: Inference, call: Call) -> Reply:
    return bare(await operation(inference, call.account.ai, body_of(call), WORKERS_AI))


async def refuse_models(call: Call) -> Reply:
    """OpenAI's clients ask for it; Workers AI has `/ai/models/search` instead."""
    raise MethodNotAvailable(method="GET")


def routes(inference: Inference, base: str) -> tuple[Route, ...]:
    def post(path: str, name: str, handler: Handler) -> Route:
        return Route(
            "POST",
            f"{base}/v1{path}",
            name,
            partial(handler, inference),
            READ,
            max_body_bytes=MAX_READ_BYTES,
            on_failure={},
        )

    return (
        post("/chat/completions", "ai.v1.chat.completions", chat_completions),
        post("/embeddings", "ai.v1.embeddings", create_embeddings),
        post("/responses", "ai.v1.responses", create_response),
        post("/messages", "ai.v1.messages", create_message),
        Route("GET", f"{base}/v1/models", "ai.v1.models", refuse_models, READ),
    )
