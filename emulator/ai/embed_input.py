"""What is to be embedded, from what a caller sent, and Workers AI's limits on it."""

from collections.abc import Mapping
from dataclasses import dataclass

from emulator.ai.errors import BadInput, ContextTooLong, NoSuchModel
from emulator.ai.fields import Fields, kind_of, none_matches
from emulator.ai.limits import M3_REQUEST_TOKENS, M3_SEQUENCE_TOKENS, MAX_TEXTS
from emulator.ai.models import Json, JsonObject
from emulator.ai.tokens import count_tokens
from emulator.core.errors import NotImplementedHere

M3 = "@cf/baai/bge-m3"
QWEN3 = "@cf/qwen/qwen3-embedding-0.6b"
POOLINGS = ("mean", "cls")
OPENAI_DIMENSIONS: Mapping[str, int] = {
    "text-embedding-3-small": 1536,
    "text-embedding-3-large": 3072,
    "text-embedding-ada-002": 1536,
}


@dataclass(frozen=True, slots=True)
class EmbedRequest:
    """Texts, and how their vectors are to be made."""

    texts: list[str]
    pooling: str
    # bge-m3 alone has a form whose vectors are under `response`.
    contexts: bool = False


def embed_request(model: str, inputs: JsonObject) -> EmbedRequest:
    """Raises `BadInput`; of bge-m3 `ContextTooLong`, and 501 for its form as a reranker."""
    default = "cls" if model == M3 else "mean"
    fields = Fields(inputs)
    pooling = fields.text("pooling", default)
    if pooling not in POOLINGS:
        # [guess] the two values are documented, the text is not known.
        fields.wrong.append("enum at '/pooling' not met")
    contexts = model == M3 and "contexts" in inputs and "text" not in inputs
    if contexts:
        if fields.has("query"):
            raise NotImplementedHere(operation=f"ai.run: reranking ({model})")
        texts = texts_of_contexts(fields)
    else:
        texts = texts_in(fields, inputs, text_name(model, fields))
    fields.check()
    if model == M3:
        check_m3(texts, truncate=fields.flag("truncate_inputs"))
    return EmbedRequest(texts, pooling, contexts)


def text_name(model: str, fields: Fields) -> str:
    """qwen3 has names of its own for what is looked for and what is found."""
    names = ("text", "queries", "documents") if model == QWEN3 else ("text",)
    return next((name for name in names if fields.has(name)), "text")


def texts_in(fields: Fields, inputs: JsonObject, name: str = "text") -> list[str]:
    """A text or a list of them, none of them empty."""
    fields.require(name)
    if not fields.has(name):
        fields.wrong.append("required properties at '/' are 'requests'")
    value = inputs.get(name)
    rows = [value] if isinstance(value, str) else value
    if value is not None and not isinstance(rows, list):
        fields.wrong.append(
            f"oneOf at '/{name}' not met, 0 matches:"
            f" Type mismatch of '/{name}', '{kind_of(value)}' not in 'string',"
            f" Type mismatch of '/{name}', '{kind_of(value)}' not in 'array'"
        )
        return []
    texts: list[Json] = rows or []
    if len(texts) > MAX_TEXTS:
        fields.wrong.append(f"Length of '/{name}' must be <= {MAX_TEXTS}")
    elif value is not None and not texts:
        # [guess] an empty list is not documented.
        fields.wrong.append(f"Length of '/{name}' must be >= 1")
    for place, text in enumerate(texts):
        at = f"/{name}/{place}" if isinstance(value, list) else f"/{name}"
        if not isinstance(text, str):
            fields.wrong.append(f"Type mismatch of '{at}', '{kind_of(text)}' not in 'string'")
        elif not text:
            fields.wrong.append(f"Length of '{at}' must be >= 1")
    return texts


def texts_of_contexts(fields: Fields) -> list[str]:
    rows = fields.rows("contexts")
    texts = [row.get("text") if isinstance(row, dict) else None for row in rows]
    inner = Fields({"contexts": texts})
    found = texts_in(inner, {"contexts": texts}, "contexts")
    fields.wrong.extend(inner.wrong)
    return found


def check_m3(texts: list[str], *, truncate: bool) -> None:
    """bge-m3 counts: each text to its window, unless it may cut, and all of them together."""
    counts = [count_tokens(text) for text in texts]
    longest = max(counts, default=0)
    if longest > M3_SEQUENCE_TOKENS and not truncate:
        raise ContextTooLong(reason=f"Sequence too long: {longest} > {M3_SEQUENCE_TOKENS}")
    total = sum(min(count, M3_SEQUENCE_TOKENS) for count in counts)
    if total > M3_REQUEST_TOKENS:
        raise ContextTooLong(
            reason=f"Max context reached {total} tokens but model supports only {M3_REQUEST_TOKENS}"
        )


def openai_dimensions(model: str, body: JsonObject) -> int:
    """How long OpenAI's model makes its vectors, or the caller wants them. Raises `BadInput`."""
    largest = OPENAI_DIMENSIONS.get(model)
    if largest is None:
        raise NoSuchModel(model=model)
    fields = Fields(body)
    wanted = fields.number("dimensions", 1, largest, whole=True)
    if wanted is not None and model == "text-embedding-ada-002":
        fields.wrong.append("This model does not support specifying dimensions.")
    fields.check()
    return int(wanted or largest)


def openai_texts(body: JsonObject) -> list[str]:
    """`input` of OpenAI's embeddings: a text or a list of texts. Raises `BadInput`."""
    fields = Fields(body)
    value = body.get("input")
    if isinstance(value, list) and value and all(isinstance(one, int | list) for one in value):
        raise BadInput(reason=none_matches(["Type mismatch of '/input', tokens are not texts"]))
    texts = texts_in(fields, body, "input")
    encoding = fields.text("encoding_format", "float")
    if encoding not in ("float", "base64"):
        fields.wrong.append("enum at '/encoding_format' not met")
    fields.check()
    return texts
