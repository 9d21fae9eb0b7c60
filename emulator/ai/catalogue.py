"""The models of Workers AI: names, tasks, properties and prices, as Cloudflare lists them.

`catalogue.json` was made from Cloudflare's public documentation and types as of November 2026;
it is read when a model is first asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any, Literal

import orjson

# `choices`: newer models answer `/ai/run` with OpenAI's chat completion.
Dialect = Literal["native", "choices"]


@dataclass(frozen=True, slots=True)
class Model:
    """A model. `price` is US dollars and `neurons` neurons, per million tokens in and out."""

    name: str
    id: str
    task: str
    description: str
    dialect: Dialect = "native"
    context_window: int | None = None
    max_input_tokens: int | None = None
    output_dimensions: int | None = None
    price: tuple[float, float] | None = None
    neurons: tuple[float, float] | None = None
    function_calling: bool = False
    lora: bool = False
    vision: bool = False
    json_schema: bool = False
    deprecated: bool = False

    @property
    def author(self) -> str:
        return self.name.split("/")[1]


class Catalogue:
    """All models, by name."""

    @cached_property
    def models(self) -> Mapping[str, Model]:
        rows = orjson.loads(files("emulator.ai").joinpath("catalogue.json").read_bytes())
        return {row["name"]: model_of(row) for row in rows}

    def find(self, name: str) -> Model | None:
        """The model of that name; short names such as `bge-base-en-v1.5` are none."""
        return self.models.get(name)

    def search(
        self,
        *,
        text: str = "",
        task: str | None = None,
        author: str | None = None,
        hide_experimental: bool = False,
        include_deprecated: bool = False,
    ) -> Sequence[Model]:
        """The models that match, by name. What is free of charge counts as experimental."""
        wanted, task = text.lower(), task and task.lower()
        return [
            model
            for model in self.models.values()
            if wanted in model.name.lower()
            and task in (None, model.task.lower())
            and author in (None, model.author)
            and (include_deprecated or not model.deprecated)
            and not (hide_experimental and model.price is None)
        ]

    @cached_property
    def tasks(self) -> Sequence[str]:
        return sorted({model.task for model in self.models.values()})

    @cached_property
    def authors(self) -> Sequence[str]:
        return sorted({model.author for model in self.models.values()})


def model_of(row: dict[str, Any]) -> Model:
    for name in ("price", "neurons"):
        if name in row:
            row[name] = tuple(row[name])
    return Model(**row)
