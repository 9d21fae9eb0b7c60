"""Real BGE models: where they are, and how the texts of many callers reach them together.

Nothing runs before the first text. Then one thread asks one process (`worker.py`), a batch
at a time; texts that wait for the same model and pooling share a batch.
"""

import asyncio
import sys
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from threading import Condition, Thread
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from emulator.ai.embedding.child import Child, ChildDied, Head
from emulator.ai.errors import EmbedderFailed, OutOfCapacity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

HUGGING_FACE = "huggingface"
WORKER = (sys.executable, "-P", "-m", "emulator.ai.embedding.worker")
# On a slow machine the largest model loads in half a minute and reads a batch in as long.
ANSWER_SECONDS = 300.0
# A caller's texts go in pieces, so that one who has many does not keep the others waiting.
PIECE_TEXTS = 32
BATCH_TEXTS = 64
MAX_WAITING_PIECES = 1_000


@dataclass(frozen=True, slots=True)
class BgeModel:
    """A model with its pooling: a directory, or a name in Hugging Face's local cache."""

    source: str
    dimensions: int
    max_tokens: int
    pooling: str


class Vectors(NamedTuple):
    rows: "Matrix"
    tokens: int


@dataclass(frozen=True, slots=True)
class Piece:
    model: BgeModel
    texts: Sequence[str]
    answer: "Future[Vectors]" = field(default_factory=Future)


def source_of(models: str, name: str) -> str:
    """Where the model of that name is, `models` being a directory or `huggingface`."""
    if models == HUGGING_FACE:
        return f"BAAI/{name}"
    directory = Path(models).absolute() / name
    if not directory.is_dir():
        raise EmbedderFailed(reason=f"there is no directory {directory}")
    return str(directory)


class Bge:
    """Embeds texts by real models, or refuses with the reason; there is no other embedder."""

    def __init__(self, command: Sequence[str] = WORKER, seconds: float = ANSWER_SECONDS) -> None:
        self._child = Child(command, seconds)
        self._waiting: deque[Piece] = deque()
        self._changed = Condition()
        self._thread: Thread | None = None
        self._closed = False

    async def embed(self, model: BgeModel, texts: Sequence[str]) -> Vectors:
        """Raises `EmbedderFailed`, and `OutOfCapacity` when too many wait."""
        return joined(
            [await asyncio.wrap_future(self._ask(model, piece)) for piece in pieces(texts)]
        )

    def embed_now(self, model: BgeModel, texts: Sequence[str]) -> Vectors:
        """The same for a caller that may block."""
        return joined([self._ask(model, piece).result() for piece in pieces(texts)])

    @property
    def pid(self) -> int | None:
        """The number of the process that holds the models, if it runs."""
        return self._child.pid

    def close(self) -> None:
        """End the process and refuse what waits."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._child.close()
        if self._thread is not None:
            self._thread.join()
        fail(self._waiting, "the twin is closing")

    def _ask(self, model: BgeModel, texts: Sequence[str]) -> "Future[Vectors]":
        piece = Piece(model, texts)
        with self._changed:
            if self._closed:
                raise EmbedderFailed(reason="the twin is closing")
            if len(self._waiting) >= MAX_WAITING_PIECES:
                raise OutOfCapacity(reason="Too many texts wait for their embedding.")
            self._waiting.append(piece)
            if self._thread is None:
                self._thread = Thread(target=self._serve, name="bge", daemon=True)
                self._thread.start()
            self._changed.notify()
        return piece.answer

    def _serve(self) -> None:
        while batch := self._take():
            wanted = [piece for piece in batch if piece.answer.set_running_or_notify_cancel()]
            if not wanted:
                continue
            try:
                self._answer(wanted)
            except EmbedderFailed as failure:
                refuse(wanted, failure)
            except Exception as error:
                # Whatever it is: this thread must go on, and who waits must hear of it.
                refuse(wanted, EmbedderFailed(reason=f"{type(error).__name__}: {error}"))

    def _take(self) -> list[Piece]:
        """The piece that has waited longest and those that go with it; none when closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            if self._closed:
                return []
            model, texts = self._waiting[0].model, 0
            batch: list[Piece] = []
            others: deque[Piece] = deque()
            for piece in self._waiting:
                fits = piece.model == model and texts + len(piece.texts) <= BATCH_TEXTS
                (batch if fits else others).append(piece)
                texts += len(piece.texts) if fits else 0
            self._waiting = others
            return batch

    def _answer(self, batch: Sequence[Piece]) -> None:
        model = batch[0].model
        texts = [text for piece in batch for text in piece.texts]
        head, values = self._exchange(
            {
                "source": model.source,
                "max_tokens": model.max_tokens,
                "pooling": model.pooling,
                "texts": texts,
            }
        )
        if "error" in head:
            raise EmbedderFailed(reason=f"{model.source}: {head['error']}")
        if head["dimensions"] != model.dimensions:
            raise EmbedderFailed(
                reason=f"{model.source} has {head['dimensions']} dimensions,"
                f" not the {model.dimensions} of the model it stands for"
            )
        rows = np.frombuffer(values, np.float32).reshape(len(texts), model.dimensions)
        tokens, first = head["tokens"], 0
        for piece in batch:
            last = first + len(piece.texts)
            piece.answer.set_result(Vectors(rows[first:last], sum(tokens[first:last])))
            first = last

    def _exchange(self, question: Head) -> tuple[Head, bytes]:
        """The answer; a process that dies over it is started anew and asked once more."""
        try:
            return self._child.ask(question)
        except ChildDied:
            pass
        try:
            return self._child.ask(question)
        except ChildDied as death:
            raise EmbedderFailed(reason=str(death)) from None


def pieces(texts: Sequence[str]) -> list[Sequence[str]]:
    return [texts[at : at + PIECE_TEXTS] for at in range(0, len(texts), PIECE_TEXTS)]


def joined(answers: Sequence[Vectors]) -> Vectors:
    rows = np.concatenate([answer.rows for answer in answers])
    return Vectors(rows, sum(answer.tokens for answer in answers))


def refuse(batch: Sequence[Piece], failure: EmbedderFailed) -> None:
    for piece in batch:
        if not piece.answer.done():
            piece.answer.set_exception(failure)


def fail(waiting: "deque[Piece]", reason: str) -> None:
    while waiting:
        piece = waiting.popleft()
        if piece.answer.set_running_or_notify_cancel():
            piece.answer.set_exception(EmbedderFailed(reason=reason))
