"""The JSON schemas `/ai/models/schema` gives: our own words for what the twin takes and gives."""

from emulator.ai.catalogue import Model
from emulator.ai.limits import DEFAULT_MAX_TOKENS, MAX_PROMPT_CHARACTERS, MAX_TEXTS
from emulator.ai.models import TEXT_EMBEDDINGS, TEXT_GENERATION, Json, JsonObject
from emulator.ai.text_input import NATIVE_SAMPLING

STREAM = {"type": "string", "contentType": "text/event-stream", "format": "binary"}


def schema_of(model: Model) -> JsonObject:
    """`{input, output}`; of a task the twin has no backend for, only that they are objects."""
    if model.task == TEXT_EMBEDDINGS:
        return {"input": embedding_input(), "output": embedding_output()}
    if model.task == TEXT_GENERATION:
        return {"input": text_input(), "output": text_output()}
    described = {"additionalProperties": True, "description": model.task, "type": "object"}
    return {"input": described, "output": described}


def embedding_input() -> JsonObject:
    text = {"type": "string", "minLength": 1, "description": "The text to embed"}
    texts = {"type": "array", "items": text, "maxItems": MAX_TEXTS}
    pooling = {"type": "string", "enum": ["mean", "cls"], "default": "mean"}
    return {
        "type": "object",
        "properties": {"text": {"oneOf": [text, texts]}, "pooling": pooling},
        "required": ["text"],
    }


def embedding_output() -> JsonObject:
    numbers = {"type": "array", "items": {"type": "number"}}
    return {
        "type": "object",
        "contentType": "application/json",
        "properties": {
            "shape": numbers,
            "data": {"type": "array", "items": numbers},
            "pooling": {"type": "string", "enum": ["mean", "cls"]},
        },
    }


def text_input() -> JsonObject:
    prompt = {"type": "string", "minLength": 1, "maxLength": MAX_PROMPT_CHARACTERS}
    message = {
        "type": "object",
        "properties": {"role": {"type": "string"}, "content": {"type": "string"}},
        "required": ["role", "content"],
    }
    messages = {"type": "array", "items": message}
    tools = {"type": "array", "items": {"type": "object"}}
    shared = {**sampling(), "response_format": {"type": "object"}}
    return {
        "type": "object",
        "oneOf": [
            {"title": "Prompt", "properties": {"prompt": prompt, **shared}, "required": ["prompt"]},
            {
                "title": "Messages",
                "properties": {"messages": messages, "tools": tools, **shared},
                "required": ["messages"],
            },
        ],
    }


def sampling() -> dict[str, Json]:
    """The parameters every text model has, with their bounds."""
    numbers = {
        name: {"type": "integer" if whole else "number", "minimum": low, "maximum": high}
        for name, low, high, whole in NATIVE_SAMPLING
    }
    return {
        "stream": {"type": "boolean", "default": False},
        "max_tokens": {"type": "integer", "default": DEFAULT_MAX_TOKENS},
        "seed": {"type": "integer", "minimum": 1, "maximum": 9_999_999_999},
        **numbers,
    }


def text_output() -> JsonObject:
    call = {"type": "object", "properties": {"name": {"type": "string"}, "arguments": {}}}
    whole = {
        "type": "object",
        "contentType": "application/json",
        "properties": {
            "response": {"type": "string"},
            "tool_calls": {"type": "array", "items": call},
        },
    }
    return {"oneOf": [whole, STREAM]}
