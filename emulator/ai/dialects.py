"""OpenAI's and Anthropic's operations over our models, for whoever speaks them.

`/ai/v1` asks for models of Workers AI, the stand-ins of OpenAI and Anthropic for theirs: of
those any name will do.
"""

from emulator.ai import anthropic, openai_chat, responses
from emulator.ai.embed_input import openai_texts
from emulator.ai.inference import Inference
from emulator.ai.models import (
    TEXT_EMBEDDINGS,
    TEXT_GENERATION,
    WORKERS_AI,
    JsonObject,
    Result,
    TextRequest,
)
from emulator.ai.store import AIStore
from emulator.ai.text_input import model_in, text_request


async def chat_completions(
    inference: Inference, store: AIStore, body: JsonObject, provider: str
) -> Result:
    """`POST chat/completions`."""
    return await chat(inference, store, request_of(inference, body, body, provider))


async def create_response(
    inference: Inference, store: AIStore, body: JsonObject, provider: str
) -> Result:
    """`POST responses`."""
    model_in(body)
    request = request_of(inference, responses.chat_of(body), body, provider)
    return await respond(inference, store, request)


async def create_message(
    inference: Inference, store: AIStore, body: JsonObject, provider: str
) -> Result:
    """Anthropic's `POST messages`."""
    model_in(body)
    request = request_of(inference, anthropic.chat_of(body), body, provider)
    if request.stream:
        answer = await inference.answer(store, request)
        return Result(answer.id, None, anthropic.stream(answer), answer.backend)
    completion = await inference.complete(store, request)
    return Result(completion.id, anthropic.message_json(completion), None, completion.backend)


async def create_embeddings(
    inference: Inference, store: AIStore, body: JsonObject, provider: str
) -> Result:
    """`POST embeddings`."""
    name, texts = model_in(body), openai_texts(body)
    if provider == WORKERS_AI:
        inference.model(name, TEXT_EMBEDDINGS)
        pooling = "cls" if name == "@cf/baai/bge-m3" else "mean"
        made = await inference.embed(store, name, texts, pooling, body=body)
    else:
        made = await inference.embed_for_openai(store, name, texts, body=body)
    value = openai_chat.embeddings_json(made, body.get("encoding_format"))
    return Result(made.id, value, None, None, made.embedder)


async def chat(inference: Inference, store: AIStore, request: TextRequest) -> Result:
    """A chat completion or the stream of one."""
    if request.stream:
        answer = await inference.answer(store, request)
        return Result(answer.id, None, openai_chat.stream(answer), answer.backend)
    completion = await inference.complete(store, request)
    return Result(completion.id, openai_chat.completion_json(completion), None, completion.backend)


async def respond(inference: Inference, store: AIStore, request: TextRequest) -> Result:
    """A response or the stream of one."""
    if request.stream:
        answer = await inference.answer(store, request)
        return Result(answer.id, None, responses.stream(answer), answer.backend)
    completion = await inference.complete(store, request)
    return Result(completion.id, responses.response_json(completion), None, completion.backend)


def request_of(
    inference: Inference, chat: JsonObject, body: JsonObject, provider: str
) -> TextRequest:
    name = model_in(body)
    model = inference.model(name, TEXT_GENERATION) if provider == WORKERS_AI else None
    return text_request(chat, provider=provider, name=name, model=model, original=body)
