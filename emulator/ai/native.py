"""`run`: a model and its inputs in Workers AI's own form, as REST and the binding have it."""

from emulator.ai import dialects, native_output, responses
from emulator.ai.batches import batch_json
from emulator.ai.catalogue import Model
from emulator.ai.embed_input import embed_request
from emulator.ai.errors import BadInput
from emulator.ai.fields import none_matches
from emulator.ai.inference import Inference
from emulator.ai.limits import MAX_BATCH_REQUESTS
from emulator.ai.models import TEXT_EMBEDDINGS, JsonObject, Result
from emulator.ai.store import AIStore
from emulator.ai.text_input import text_request


async def run(
    inference: Inference,
    store: AIStore,
    name: str,
    inputs: JsonObject,
    *,
    queue: bool = False,
) -> Result:
    """Run the model, or queue `inputs.requests` as a batch, or ask for one by `request_id`.

    `options.rejectIfBusy` is taken and changes nothing: there is always capacity, unless a
    rule says otherwise. Raises the model's refusals.
    """
    model = inference.model(name)
    request_id = inputs.get("request_id")
    if isinstance(request_id, str):
        return Result(request_id, batch_json(store.batches.find(request_id, name)))
    if queue or "requests" in inputs:
        return start_batch(inference, store, model, inputs)
    return await run_one(inference, store, model, inputs)


def start_batch(inference: Inference, store: AIStore, model: Model, inputs: JsonObject) -> Result:
    requests = inputs.get("requests")
    if not isinstance(requests, list) or not all(isinstance(one, dict) for one in requests):
        raise BadInput(reason=none_matches(["required properties at '/' are 'requests'"]))
    if not 1 <= len(requests) <= MAX_BATCH_REQUESTS:
        raise BadInput(reason=f"Length of '/requests' must be >= 1, <= {MAX_BATCH_REQUESTS}")

    async def one(inputs: JsonObject) -> JsonObject:
        result = await run_one(inference, store, model, {**inputs, "stream": False})
        return result.value or {}

    batch = store.batches.start(model.name, requests, one)
    queued = {"status": "queued", "request_id": batch.id, "model": model.name}
    return Result(batch.id, queued)


async def run_one(inference: Inference, store: AIStore, model: Model, inputs: JsonObject) -> Result:
    if model.task == TEXT_EMBEDDINGS:
        return await embed(inference, store, model, inputs)
    if model.dialect == "choices" and "input" in inputs and "messages" not in inputs:
        return await respond(inference, store, model, inputs)
    request = text_request(inputs, name=model.name, model=model)
    if model.dialect == "choices":
        return await dialects.chat(inference, store, request)
    if request.stream:
        answer = await inference.answer(store, request)
        return Result(answer.id, None, native_output.stream(answer), answer.backend)
    completion = await inference.complete(store, request)
    return Result(completion.id, native_output.result(completion), None, completion.backend)


async def respond(inference: Inference, store: AIStore, model: Model, inputs: JsonObject) -> Result:
    """A newer model asked by OpenAI's Responses API, which gpt-oss has as its own form."""
    chat = responses.chat_of(inputs)
    request = text_request(chat, name=model.name, model=model, original=inputs)
    return await dialects.respond(inference, store, request)


async def embed(inference: Inference, store: AIStore, model: Model, inputs: JsonObject) -> Result:
    request = embed_request(model.name, inputs)
    made = await inference.embed(store, model.name, request.texts, request.pooling, body=inputs)
    value = native_output.embedding_result(made, contexts=request.contexts)
    return Result(made.id, value, None, None, made.embedder)
