"""Workers AI over Cloudflare's API v4: `/ai/run`.

https://developers.cloudflare.com/api/resources/ai/methods/run/ — OpenAI's and Anthropic's
dialects are in `v1_rest.py`, the catalogue in `catalogue_rest.py`. To run a model changes
nothing, so `ai:read` may.
"""

from collections.abc import Awaitable, Callable
from functools import partial

from emulator.ai import catalogue_rest, v1_rest
from emulator.ai.answer_rest import EVENT_STREAM, body_of, said_by
from emulator.ai.errors import BadInput
from emulator.ai.fields import none_matches
from emulator.ai.inference import Inference
from emulator.ai.limits import MAX_READ_BYTES
from emulator.ai.models import JsonObject, Result
from emulator.core.errors import NoRoute
from emulator.wire.call import Call
from emulator.wire.envelope import ok
from emulator.wire.reply import JSON, Reply
from emulator.wire.routing import Route

BASE = "/accounts/{account_id}/ai"
READ = "ai:read"


async def run_model(inference: Inference, call: Call) -> Reply:
    """The model in the path; its inputs are the body."""
    name = call.params["model"]
    if "/" not in name:
        raise NoRoute()
    return await run(inference, call, name, body_of(call))


async def run_named(inference: Inference, call: Call) -> Reply:
    """`{model, input}`."""
    body = body_of(call)
    name, inputs = body.get("model"), body.get("input")
    if not isinstance(name, str) or not isinstance(inputs, dict):
        # [guess] the form is documented, its refusal is not.
        raise BadInput(reason=none_matches(["required properties at '/' are 'model,input'"]))
    return await run(inference, call, name, inputs)


async def run(inference: Inference, call: Call, name: str, inputs: JsonObject) -> Reply:
    # With the first text, not with the twin.
    from emulator.ai import native

    queue = call.query.get("queueRequest", "").lower() == "true"
    return rendered(await native.run(inference, call.account.ai, name, inputs, queue=queue))


def rendered(result: Result) -> Reply:
    """In the envelope; a stream is bare."""
    if result.stream is not None:
        return Reply(result.stream, headers=(*EVENT_STREAM, *said_by(result)))
    reply = ok(result.value)
    return Reply(reply.body, headers=(*JSON, *said_by(result)))


def routes(inference: Inference) -> tuple[Route, ...]:
    def post(path: str, name: str, handler: Callable[[Inference, Call], Awaitable[Reply]]) -> Route:
        return Route(
            "POST",
            BASE + path,
            name,
            partial(handler, inference),
            READ,
            max_body_bytes=MAX_READ_BYTES,
            on_failure={},
        )

    return (
        post("/run", "ai.run.named", run_named),
        post("/run/{model:path}", "ai.run", run_model),
        *v1_rest.routes(inference, BASE),
        *catalogue_rest.routes(inference, BASE),
    )
