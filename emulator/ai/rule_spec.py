"""A rule as it is written, in a file or by the control plane. Imported when there is one."""

import tomllib
from pathlib import Path
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from emulator.ai.errors import InvalidRule
from emulator.ai.limits import MAX_DELAY_SECONDS
from emulator.ai.regex import matcher
from emulator.ai.tokens import tokens_of

ANSWERS = ("answer", "chunks", "json", "tool_calls", "error")


class SaidCall(BaseModel):
    """A tool call as a rule writes it."""

    model_config = ConfigDict(extra="forbid")

    name: str
    arguments: Any = Field(default_factory=dict)


class SaidError(BaseModel):
    """A refusal as a rule writes it: Workers AI's code, HTTP's status, a text."""

    model_config = ConfigDict(extra="forbid")

    code: int = Field(3040, ge=0, le=2**31)
    status: int = Field(429, ge=400, le=599)
    message: str = "Capacity temporarily exceeded, please try again."


class RuleSpec(BaseModel):
    """A rule as a file or `/_twin/ai/rules` has it.

    `model` is a glob over model names, `prompt` a text that occurs in the prompt whatever its
    case, `pattern` a regular expression (Rust's syntax: no look-around, no back-references).
    What is not given matches everything. `delay_seconds` is real time, before the answer.
    """

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    id: str | None = Field(None, min_length=1, max_length=100)
    provider: Literal["workers-ai", "openai", "anthropic"] | None = None
    model: str = "*"
    prompt: str | None = None
    pattern: str | None = None
    times: int | None = Field(None, ge=1)
    delay_seconds: float = Field(0.0, ge=0, le=MAX_DELAY_SECONDS, allow_inf_nan=False)
    answer: str | None = None
    chunks: list[str] | None = None
    data: Any = Field(None, alias="json")
    tool_calls: list[SaidCall] = Field(default_factory=list)
    error: SaidError | None = None

    @model_validator(mode="after")
    def says_something(self) -> "RuleSpec":
        if self.pattern is not None:
            matcher(self.pattern)
        orjson.dumps(self.data)
        given = {"json" if name == "data" else name for name in self.model_fields_set}
        if not given.intersection(ANSWERS):
            raise ValueError(f"a rule has one of {', '.join(ANSWERS)}")
        if self.error is not None and len(given.intersection(ANSWERS)) > 1:
            raise ValueError("a rule with error has no other answer")
        return self

    def fits(self, prompt: str) -> bool:
        """Whether the prompt contains the pattern, if there is one."""
        return self.pattern is None or matcher(self.pattern)(prompt)

    def pieces(self) -> tuple[str, ...]:
        """The text that is said: as the rule cuts it, else its tokens."""
        if self.chunks is not None:
            return tuple(self.chunks)
        if "data" in self.model_fields_set:
            return tuple(tokens_of(orjson.dumps(self.data).decode()))
        return tuple(tokens_of(self.answer or ""))


def specs_of(value: object) -> list[RuleSpec]:
    """One rule, a list of them, or `{"rules": […]}`. Raises `InvalidRule`."""
    if isinstance(value, dict) and "rules" in value:
        value = value["rules"]
    rows = value if isinstance(value, list) else [value]
    try:
        return [RuleSpec.model_validate(row) for row in rows]
    except TypeError as error:
        raise InvalidRule(reason=error) from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InvalidRule(reason=f"{where}: {first['msg']}" if where else first["msg"]) from None


def read_rules(path: Path) -> list[RuleSpec]:
    """The rules of a TOML (`[[rules]]`) or JSON file. Raises `ValueError` with the file's name."""
    try:
        text = path.read_text()
        value = orjson.loads(text) if path.suffix == ".json" else tomllib.loads(text)
        return specs_of(value)
    except (OSError, ValueError, InvalidRule) as error:
        raise ValueError(f"ai_rules {path}: {error}") from None
