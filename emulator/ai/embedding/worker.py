"""`python -m emulator.ai.embedding.worker`: the process that holds the real models.

It reads a question a line (JSON) and answers each with a line of JSON, which the vectors
follow as float32. It ends when nobody can ask any more: at the end of its input.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

Question = Mapping[str, Any]
BATCH_TEXTS = 32


class Model:
    """A model from a directory, or of that name from Hugging Face's local cache."""

    def __init__(self, source: str, max_tokens: int) -> None:
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(1)
        directory = source if Path(source).is_absolute() else cached(source)
        loaded = SentenceTransformer(
            directory, device="cpu", local_files_only=True, **backend(Path(directory))
        )
        self._transformer = loaded[0]
        limits = (limit for limit in (max_tokens, self._transformer.max_seq_length) if limit)
        self._transformer.max_seq_length = self._max_tokens = min(limits)
        self._poolings = {pooling: self._pooled(pooling) for pooling in ("cls", "mean")}

    def _pooled(self, pooling: str) -> Any:
        """The transformer with that pooling, whatever the model itself says of it."""
        from sentence_transformers import SentenceTransformer

        layer = pooling_module()(size_of(self._transformer), pooling_mode=pooling)
        return SentenceTransformer(modules=[self._transformer, layer], device="cpu")

    def embed(self, texts: Sequence[str], pooling: str) -> tuple[dict[str, Any], bytes]:
        """The answer to a question: what it says of the vectors, and the vectors."""
        import numpy as np

        vectors = self._poolings[pooling].encode(
            list(texts),
            batch_size=BATCH_TEXTS,
            show_progress_bar=False,
            normalize_embeddings=True,
        )
        vectors = np.ascontiguousarray(vectors, np.float32)
        if not np.isfinite(vectors).all():
            raise ValueError("its vectors hold values that are no numbers")
        head = {"rows": len(vectors), "dimensions": vectors.shape[1], "tokens": self._tokens(texts)}
        return head, vectors.tobytes()

    def _tokens(self, texts: Sequence[str]) -> list[int]:
        tokenizer = self._transformer.tokenizer
        read = tokenizer(list(texts), truncation=True, max_length=self._max_tokens)
        return [len(ids) for ids in read["input_ids"]]


def size_of(transformer: Any) -> int:
    """Version 6 renamed it."""
    name = "get_embedding_dimension"
    if not hasattr(transformer, name):
        name = "get_word_embedding_dimension"
    return int(getattr(transformer, name)())


def pooling_module() -> Any:
    """Version 6 moved it."""
    if find_spec("sentence_transformers.sentence_transformer"):
        from sentence_transformers.sentence_transformer.modules import Pooling
    else:
        from sentence_transformers.models import Pooling
    return Pooling


def cached(name: str) -> str:
    from huggingface_hub import snapshot_download

    return str(snapshot_download(name, local_files_only=True))


def backend(directory: Path) -> dict[str, Any]:
    """ONNX if the model has such a file and there is something to run it."""
    files = (directory / "onnx" / "model.onnx", directory / "model.onnx")
    if not (find_spec("onnxruntime") and find_spec("optimum") and any(map(Path.is_file, files))):
        return {"backend": "torch"}
    from onnxruntime import SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = 1
    provider = "CPUExecutionProvider"
    return {"backend": "onnx", "model_kwargs": {"session_options": options, "provider": provider}}


load = lru_cache(None)(Model)


def answer(line: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        question: Question = json.loads(line)
        model = load(question["source"], question["max_tokens"])
        return model.embed(question["texts"], question["pooling"])
    except ModuleNotFoundError as missing:
        return {"error": f"{missing}; `pip install 'cloudflare-twin[bge]'` brings it"}, b""
    except Exception as error:
        # Whatever a broken model raises, the twin says so and asks on.
        reason = " ".join(str(error).split()) or "no reason given"
        return {"error": f"{type(error).__name__}: {reason}"}, b""


def serve(questions: BinaryIO, answers: BinaryIO) -> None:
    for line in questions:
        head, vectors = answer(line)
        answers.write(json.dumps(head).encode() + b"\n" + vectors)
        answers.flush()


def main() -> None:
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # What a library prints is not an answer.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        serve(sys.stdin.buffer, answers)
    except BrokenPipeError:
        os._exit(0)


if __name__ == "__main__":
    main()
