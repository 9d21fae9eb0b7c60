"""The models of the twin, whoever asks.

A text is answered by the first of three backends that has an answer: a scripted rule, the
server at `ai_chat_url`, the generator. Embeddings come from the embedder that is there.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import orjson

from emulator.ai.catalogue import Catalogue, Model
from emulator.ai.errors import JsonModeNotMet, NoSuchModel
from emulator.ai.history import Asked, Pieces, record, recorded
from emulator.ai.models import (
    OPENAI,
    TEXT_EMBEDDINGS,
    TEXT_GENERATION,
    WORKERS_AI,
    Answer,
    Completion,
    Draft,
    Embedding,
    Finish,
    Json,
    JsonMode,
    JsonObject,
    Piece,
    TextRequest,
    ToolCall,
)
from emulator.ai.rules import Rules
from emulator.ai.store import AIStore
from emulator.ai.tokens import count_tokens, usage_of
from emulator.core.clock import Clock
from emulator.core.errors import CloudflareError, NotImplementedHere
from emulator.core.ids import Ids
from emulator.core.settings import Settings

if TYPE_CHECKING:
    from emulator.ai.chat_client import ChatClient
    from emulator.ai.embedders import Embedded, Embedders

OFFLINE = "offline"

log = logging.getLogger("cftwin.ai")


class Inference:
    """Runs models: embedders and text generators."""

    def __init__(self, settings: Settings, clock: Clock, ids: Ids) -> None:
        self._settings = settings
        self._clock = clock
        self._ids = ids
        self._said_offline = False
        self.catalogue = Catalogue()
        self.rules = Rules(ids)
        if settings.ai_rules is not None:
            from emulator.ai.rule_spec import read_rules

            self.rules.add(read_rules(settings.ai_rules))

    @cached_property
    def embedders(self) -> "Embedders":
        from emulator.ai.embedders import Embedders

        return Embedders(self._settings)

    @cached_property
    def _chat(self) -> "ChatClient | None":
        if not self._settings.ai_chat_url:
            return None
        from emulator.ai.chat_client import ChatClient

        return ChatClient(self._settings)

    def model(self, name: str, task: str | None = None) -> Model:
        """The model; raises `NoSuchModel`, and `NotImplementedHere` for tasks without a backend."""
        model = self.catalogue.find(name)
        if model is None:
            raise NoSuchModel(model=name)
        if model.task not in (TEXT_GENERATION, TEXT_EMBEDDINGS):
            raise NotImplementedHere(operation=f"ai.run: {model.task} ({name})")
        if task not in (None, model.task):
            raise NoSuchModel(model=name)
        return model

    async def answer(self, store: AIStore, request: TextRequest) -> Answer:
        """Begin to answer. Raises the model's refusal, scripted ones too."""
        asked = self._asked(
            store,
            request.provider,
            request.model,
            TEXT_GENERATION,
            request.body,
            request.prompt,
        )
        backend = self._backend(asked)
        try:
            pieces = await self._pieces(asked, request)
        except CloudflareError as error:
            record(store, asked, backend, error=error)
            raise
        if request.json is not None and request.json.strict:
            pieces = checked(pieces, request.json)
        return Answer(request, asked.id, asked.at, backend, recorded(store, asked, backend, pieces))

    async def complete(self, store: AIStore, request: TextRequest) -> Completion:
        """The whole answer."""
        answer = await self.answer(store, request)
        texts: list[str] = []
        calls: list[ToolCall] = []
        finish = Finish("stop", usage_of(None, 0, 0))
        async for piece in answer.pieces:
            if isinstance(piece, str):
                texts.append(piece)
            elif isinstance(piece, ToolCall):
                calls.append(piece)
            else:
                finish = piece
        text = "".join(texts)
        data = value_in(text) if request.json is not None else None
        return Completion(
            request,
            answer.id,
            answer.at,
            answer.backend,
            text,
            data,
            tuple(calls),
            finish.reason,
            finish.usage,
        )

    async def embed(
        self,
        store: AIStore,
        model: str,
        texts: Sequence[str],
        pooling: str,
        *,
        body: JsonObject,
    ) -> Embedding:
        """A vector for each text. A model without an embedder is not implemented."""
        from emulator.ai.embedders import DIMENSIONS, Pooling

        if model not in DIMENSIONS:
            raise NotImplementedHere(operation=f"ai.run: {TEXT_EMBEDDINGS} ({model})")
        asked = self._asked(store, WORKERS_AI, model, TEXT_EMBEDDINGS, body, "\n".join(texts))
        if asked.rule is not None:
            await self._refuse(store, asked)
        made = await self.embedders.embed(model, texts, Pooling(pooling))
        return self._embedding(store, asked, made, pooling)

    async def embed_for_openai(
        self, store: AIStore, model: str, texts: Sequence[str], *, body: JsonObject
    ) -> Embedding:
        """The same for OpenAI's stand-in: the offline embedder at the model's dimensions."""
        from emulator.ai.embed_input import openai_dimensions

        dimensions = openai_dimensions(model, body)
        asked = self._asked(store, OPENAI, model, TEXT_EMBEDDINGS, body, "\n".join(texts))
        if asked.rule is not None:
            await self._refuse(store, asked)
        made = await self.embedders.embed_as(model, dimensions, texts)
        return self._embedding(store, asked, made, "mean")

    def close(self) -> None:
        """Ends the embedders, if any text was ever embedded."""
        if "embedders" in vars(self):
            self.embedders.close()

    def _asked(
        self, store: AIStore, provider: str, model: str, task: str, body: JsonObject, prompt: str
    ) -> Asked:
        """Count the request and find its rule: the account's own rules come first."""
        if provider == WORKERS_AI:
            store.admit(model, task)
        refusing = task == TEXT_EMBEDDINGS
        rule = store.rules.find(provider, model, prompt, refusing=refusing)
        rule = rule or self.rules.find(provider, model, prompt, refusing=refusing)
        return Asked(self._ids.uuid(), self._clock.now(), provider, model, task, body, rule)

    def _embedding(self, store: AIStore, asked: Asked, made: "Embedded", pooling: str) -> Embedding:
        if made.embedder == OFFLINE and not self._said_offline:
            self._said_offline = True
            log.warning("embeddings are of the offline embedder, which is not BGE: no synonyms")
        usage = usage_of(self.catalogue.find(asked.model), made.tokens, 0)
        count, dimensions = made.vectors.shape
        output = {"shape": [count, dimensions]}
        record(store, asked, made.embedder, output=output, usage=usage)
        shape = (count, dimensions)
        vectors = made.vectors
        return Embedding(asked.id, asked.model, vectors, shape, pooling, usage, made.embedder)

    def _backend(self, asked: Asked) -> str:
        if asked.rule is not None:
            return "scripted"
        return self._chat.host if self._chat is not None else "generated"

    async def _pieces(self, asked: Asked, request: TextRequest) -> Pieces:
        model = self.catalogue.find(request.model)
        if asked.rule is not None:
            await asyncio.sleep(asked.rule.spec.delay_seconds)
            return pieces_of(asked.rule.draft(), request, model)
        if self._chat is not None:
            return await self._chat.ask(request, model)
        from emulator.ai.generator import draft

        return pieces_of(draft(request), request, model)

    async def _refuse(self, store: AIStore, asked: Asked) -> None:
        """Say what a rule with an error says."""
        assert asked.rule is not None
        await asyncio.sleep(asked.rule.spec.delay_seconds)
        try:
            asked.rule.draft()
        except CloudflareError as error:
            record(store, asked, "scripted", error=error)
            raise


async def pieces_of(
    draft: Draft, request: TextRequest, model: Model | None
) -> AsyncGenerator[Piece, None]:
    """An answer that is known whole, piece by piece, with what it costs at the end."""
    for text in draft.chunks:
        yield text
    written = count_tokens(draft.text)
    for call in draft.tool_calls:
        written += count_tokens(call.name) + count_tokens(orjson.dumps(call.arguments).decode())
        yield call
    yield Finish(draft.reason, usage_of(model, count_tokens(request.prompt), written))


async def checked(pieces: Pieces, mode: JsonMode) -> AsyncGenerator[Piece, None]:
    """The same pieces, if they are together what JSON mode asked for; else `JsonModeNotMet`."""
    found = [piece async for piece in pieces]
    if not any(isinstance(piece, ToolCall) for piece in found):
        check_json("".join(piece for piece in found if isinstance(piece, str)), mode)
    for piece in found:
        yield piece


def check_json(text: str, mode: JsonMode) -> None:
    from emulator.ai.schema_check import is_valid

    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise JsonModeNotMet() from None
    if mode.schema is not None and not is_valid(mode.schema, value):
        raise JsonModeNotMet()


def value_in(text: str) -> Json:
    """The JSON value of a text; None if it is none."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
