"""A text request from what a caller sent: Workers AI's own form or OpenAI's chat completion.

The two are one language: `messages` or `prompt`, the same parameters, tools in both spellings.
Older models of Workers AI take texts only where newer ones and OpenAI take parts, too.
"""

from collections.abc import Mapping

import orjson

from emulator.ai.catalogue import Model
from emulator.ai.errors import (
    BadInput,
    ContextWindowExceeded,
    JsonModeStreams,
    JsonModeUnsupported,
)
from emulator.ai.fields import Fields, kind_of, none_matches
from emulator.ai.limits import DEFAULT_MAX_TOKENS, MAX_PROMPT_CHARACTERS, OTHERS_MAX_TOKENS
from emulator.ai.models import WORKERS_AI, Json, JsonMode, JsonObject, Message, TextRequest, Tool
from emulator.ai.tokens import count_tokens

MAX_MAX_TOKENS = 10**7
MAX_SEED = 9_999_999_999
TEXT_PARTS = ("text", "input_text", "output_text")

# (name, low, high, whole) as the catalogue's schemas have them.
NATIVE_SAMPLING = (
    ("temperature", 0, 5, False),
    ("top_p", 0, 2, False),
    ("top_k", 1, 50, True),
    ("repetition_penalty", 0, 2, False),
    ("frequency_penalty", 0, 2, False),
    ("presence_penalty", 0, 2, False),
)
OPENAI_SAMPLING = (
    ("temperature", 0, 5, False),
    ("top_p", 0, 2, False),
    ("frequency_penalty", -2, 2, False),
    ("presence_penalty", -2, 2, False),
)


def text_request(
    body: JsonObject,
    *,
    provider: str = WORKERS_AI,
    name: str,
    model: Model | None = None,
    original: JsonObject | None = None,
) -> TextRequest:
    """The request for the model `name`. `original` is what to remember instead of `body`.

    Raises `BadInput`, and what a model of Workers AI says of JSON mode and its context window.
    """
    native = model is not None and model.dialect == "native"
    fields = Fields(body)
    messages = messages_of(body, fields, native and not (model and model.vision))
    stream = fields.flag("stream")
    sampling = {
        key: value
        for key, low, high, whole in (NATIVE_SAMPLING if native else OPENAI_SAMPLING)
        if (value := fields.number(key, low, high, whole=whole)) is not None
    }
    low, high = (1, MAX_SEED) if native else (-(2**63), 2**63)
    request = TextRequest(
        provider,
        name,
        messages,
        max_tokens_of(fields, provider),
        original or body,
        int(fields.number("seed", low, high, whole=True) or 0),
        sampling,
        tools_of(fields),
        choice_of(body, fields),
        json_mode_of(body, fields, model),
        stream,
    )
    fields.check()
    if model is not None:
        check_fit(request, model)
    return request


def messages_of(body: JsonObject, fields: Fields, texts_only: bool) -> tuple[Message, ...]:
    """The turns; a prompt is one of the user's."""
    if not fields.has("messages"):
        if fields.has("prompt"):
            prompt = fields.text("prompt", most=MAX_PROMPT_CHARACTERS)
            if not prompt:
                # [guess] the length is documented, the text is not known.
                fields.wrong.append("Length of '/prompt' must be >= 1")
            return (Message("user", prompt, {"role": "user", "content": prompt}),)
        fields.require("prompt")
        fields.require("messages")
        return ()
    rows = fields.rows("messages")
    found = Fields({}, "")
    messages = tuple(
        message_of(row, f"/messages/{place}", found, texts_only) for place, row in enumerate(rows)
    )
    if not rows:
        # [guess] whether an empty conversation is refused is not documented.
        found.wrong.append("Length of '/messages' must be >= 1")
    if found.wrong:
        fields.wrong.append("required properties at '/' are 'prompt'")
        fields.wrong.extend(found.wrong)
    return messages


def message_of(row: Json, at: str, found: Fields, texts_only: bool) -> Message:
    if not isinstance(row, dict):
        found.wrong.append(f"Type mismatch of '{at}', '{kind_of(row)}' not in 'object'")
        return Message("user", "", {})
    content, role = row.get("content"), row.get("role")
    missing = [key for key in ("role", "content") if key not in row]
    if "content" in missing and not texts_only and row.get("tool_calls"):
        missing.remove("content")
    if missing:
        found.wrong.append(f"required properties at '{at}' are 'role,content'")
    elif not isinstance(role, str):
        found.wrong.append(f"Type mismatch of '{at}/role', '{kind_of(role)}' not in 'string'")
    text = text_of(content)
    if text is None or (texts_only and not isinstance(content, str)):
        if not missing:
            kind = kind_of(content)
            found.wrong.append(f"Type mismatch of '{at}/content', '{kind}' not in 'string'")
    elif len(text) > MAX_PROMPT_CHARACTERS and texts_only:
        found.wrong.append(f"Length of '{at}/content' must be <= {MAX_PROMPT_CHARACTERS}")
    return Message(role if isinstance(role, str) else "user", text or "", row)


def text_of(content: Json) -> str | None:
    """The words in a message's content: a text, or the text parts of a list; None if neither."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if not isinstance(content, list) or not all(isinstance(part, dict) for part in content):
        return None
    words = [part.get("text") for part in content if part.get("type") in TEXT_PARTS]
    return "\n".join(word for word in words if isinstance(word, str))


def max_tokens_of(fields: Fields, provider: str) -> int:
    default = DEFAULT_MAX_TOKENS if provider == WORKERS_AI else OTHERS_MAX_TOKENS
    names = ("max_completion_tokens", "max_tokens")
    given = [fields.number(name, 1, MAX_MAX_TOKENS, whole=True) for name in names]
    return int(next((one for one in given if one is not None), default))


def tools_of(fields: Fields) -> tuple[Tool, ...]:
    """Tools in OpenAI's form or Workers AI's older one, without `function` around them."""
    tools: list[Tool] = []
    for place, row in enumerate(fields.rows("tools")):
        function = row.get("function", row) if isinstance(row, dict) else None
        name = function.get("name") if isinstance(function, dict) else None
        if not isinstance(function, dict) or not isinstance(name, str) or not name:
            fields.wrong.append(f"oneOf at '/tools/{place}' not met, 0 matches")
            continue
        parameters = function.get("parameters")
        description = function.get("description")
        tools.append(
            Tool(
                name,
                description if isinstance(description, str) else "",
                parameters if isinstance(parameters, dict) else {"type": "object"},
            )
        )
    return tuple(tools)


def choice_of(body: JsonObject, fields: Fields) -> str:
    """auto, none, required, or a tool's name."""
    choice = body.get("tool_choice")
    if isinstance(choice, dict):
        function = choice.get("function", choice)
        name = function.get("name") if isinstance(function, dict) else None
        return name if isinstance(name, str) else "required"
    if choice is None:
        return "auto"
    if choice not in ("auto", "none", "required", "any"):
        fields.wrong.append("enum at '/tool_choice' not met")
    return "required" if choice == "any" else str(choice)


def json_mode_of(body: JsonObject, fields: Fields, model: Model | None) -> JsonMode | None:
    """What `response_format` asks for, or `guided_json`, as some models call a schema."""
    mode: Mapping[str, Json] = fields.object("response_format")
    guided = body.get("guided_json")
    if guided is not None:
        mode = {"type": "json_schema", "json_schema": guided}
    kind = mode.get("type")
    if kind in (None, "text"):
        if mode and kind is None:
            fields.wrong.append("required properties at '/response_format' are 'type'")
        return None
    if kind not in ("json_object", "json_schema"):
        fields.wrong.append("enum at '/response_format/type' not met")
        return None
    native = model is not None and model.dialect == "native"
    strict = model is not None and model.json_schema and native
    if kind == "json_object":
        return JsonMode(None, strict)
    if native and not strict:
        raise JsonModeUnsupported()
    given = mode.get("json_schema")
    schema = given.get("schema", given) if isinstance(given, dict) else given
    if not isinstance(schema, dict | bool):
        fields.wrong.append("required properties at '/response_format' are 'json_schema'")
        return None
    return JsonMode(schema, strict)


def check_fit(request: TextRequest, model: Model) -> None:
    """What only the model itself can say: no JSON mode in a stream, no more than its window."""
    if request.stream and request.json is not None and request.json.strict:
        raise JsonModeStreams()
    if model.context_window is not None:
        tokens = count_tokens(request.prompt) + request.max_tokens
        if tokens > model.context_window:
            raise ContextWindowExceeded(tokens=tokens, limit=model.context_window)


def model_in(body: JsonObject) -> str:
    """The model a body names. Raises `BadInput`."""
    name = body.get("model")
    if not isinstance(name, str) or not name:
        raise BadInput(reason=none_matches(["required properties at '/' are 'model'"]))
    return name


def arguments_text(arguments: Json) -> str:
    """A tool call's arguments as OpenAI has them: JSON in a text."""
    return orjson.dumps(arguments).decode()
