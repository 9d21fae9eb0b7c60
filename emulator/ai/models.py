"""What is asked of a model and what it answers, in no provider's dialect."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# A JSON value, as orjson reads it.
Json = Any
JsonObject = Mapping[str, Json]

FinishReason = Literal["stop", "length", "tool_calls"]

TEXT_GENERATION = "Text Generation"
TEXT_EMBEDDINGS = "Text Embeddings"

WORKERS_AI = "workers-ai"
OPENAI = "openai"
ANTHROPIC = "anthropic"


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool the model wants called. `arguments` is a JSON value, by nature an object."""

    name: str
    arguments: Json


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool the model may ask for; `parameters` is a JSON Schema."""

    name: str
    description: str
    parameters: JsonObject


@dataclass(frozen=True, slots=True)
class Message:
    """One turn. `wire` is the same in OpenAI's form, images and tool results included."""

    role: str
    text: str
    wire: JsonObject


@dataclass(frozen=True, slots=True)
class JsonMode:
    """The answer is to be JSON: any object, or what `schema` describes.

    `strict` is Workers AI's own JSON Mode: what is not met is an error.
    """

    schema: Json | None = None
    strict: bool = False


@dataclass(frozen=True, slots=True)
class TextRequest:
    """A text to be generated. `max_tokens` bounds the answer; `body` is what the caller sent."""

    provider: str
    model: str
    messages: tuple[Message, ...]
    max_tokens: int
    body: JsonObject
    seed: int = 0
    sampling: Mapping[str, float | int] = field(default_factory=dict)
    tools: tuple[Tool, ...] = ()
    # auto, none, required, or the name of the one tool that is to be called.
    tool_choice: str = "auto"
    json: JsonMode | None = None
    stream: bool = False

    @property
    def prompt(self) -> str:
        """All that was said so far, one turn a line."""
        return "\n".join(message.text for message in self.messages)

    @property
    def question(self) -> str:
        """The newest turn that is not the model's own."""
        said = (one.text for one in reversed(self.messages) if one.role != "assistant")
        return next(said, "")


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as they were counted, and their price in neurons."""

    prompt_tokens: int
    completion_tokens: int
    neurons: float = 0.0

    @property
    def total_tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True, slots=True)
class Finish:
    """The last piece of an answer."""

    reason: FinishReason
    usage: Usage


# An answer comes as texts and tool calls, and ends with one `Finish`.
Piece = str | ToolCall | Finish


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer that is known whole. `chunks` are the pieces a stream of it has."""

    chunks: tuple[str, ...]
    tool_calls: tuple[ToolCall, ...] = ()
    reason: FinishReason = "stop"

    @property
    def text(self) -> str:
        return "".join(self.chunks)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer under way. `backend` is `scripted`, `generated` or the host that writes it."""

    request: TextRequest
    id: str
    at: float
    backend: str
    pieces: AsyncGenerator[Piece, None]


@dataclass(frozen=True, slots=True)
class Completion:
    """An answer that is whole. `data` is its JSON value if JSON was asked for."""

    request: TextRequest
    id: str
    at: float
    backend: str
    text: str
    data: Json
    tool_calls: tuple[ToolCall, ...]
    reason: FinishReason
    usage: Usage


@dataclass(frozen=True, slots=True)
class Embedding:
    """A vector for each text, of unit length. `embedder` made them: `offline` or `bge:…`."""

    id: str
    model: str
    vectors: "NDArray[np.float32]"
    shape: tuple[int, int]
    pooling: str
    usage: Usage
    embedder: str


@dataclass(frozen=True, slots=True)
class Result:
    """What a model answered: `value`, or the blocks of an event stream. `id` is the request's.

    `backend` wrote a text (`scripted`, `generated` or a host), `embedder` made vectors.
    """

    id: str
    value: JsonObject | None = None
    stream: AsyncGenerator[bytes, None] | None = None
    backend: str | None = None
    embedder: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One inference as `/_twin/ai/calls` shows it. `rule` is the id of the rule that answered."""

    id: str
    at: float
    provider: str
    model: str
    task: str
    backend: str
    rule: str | None
    input: Json
    output: Json
    prompt_tokens: int
    completion_tokens: int
    neurons: float
    error: JsonObject | None = None
