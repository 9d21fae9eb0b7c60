"""Batch requests: taken with `?queueRequest=true`, run aside, fetched by their id.

https://developers.cloudflare.com/workers-ai/features/batch-api/
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from emulator.ai.errors import AiError, NoSuchBatch, TooManyBatches
from emulator.ai.limits import MAX_QUEUED_BATCHES
from emulator.ai.models import Json, JsonObject
from emulator.core.errors import CloudflareError
from emulator.core.ids import Ids

# Runs one request of a batch; its native result.
Run = Callable[[JsonObject], Awaitable[JsonObject]]

USAGE = ("prompt_tokens", "completion_tokens", "total_tokens")


@dataclass(slots=True)
class Batch:
    """A batch under way: `responses` fills up, and `done` says that it is full."""

    id: str
    model: str
    responses: list[dict[str, Json]] = field(default_factory=list)
    usage: dict[str, int] = field(default_factory=lambda: dict.fromkeys(USAGE, 0))
    done: bool = False


class Batches:
    """The batches of one account, in memory; the oldest that are done make room for new ones."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._batches: dict[str, Batch] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, model: str, requests: list[JsonObject], run: Run) -> Batch:
        """Queue the requests; they are run one after another. Raises `TooManyBatches`."""
        self._make_room()
        batch = Batch(self._ids.uuid(), model)
        self._batches[batch.id] = batch
        task = asyncio.get_running_loop().create_task(work(batch, requests, run))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return batch

    def find(self, request_id: str, model: str) -> Batch:
        """Raises `NoSuchBatch`, also for a batch of another model."""
        batch = self._batches.get(request_id)
        if batch is None or batch.model != model:
            raise NoSuchBatch(request_id=request_id)
        return batch

    def close(self) -> None:
        """Give up what is still under way."""
        for task in self._tasks:
            if not task.get_loop().is_closed():
                task.cancel()

    def _make_room(self) -> None:
        if len(self._batches) < MAX_QUEUED_BATCHES:
            return
        oldest = next((key for key, batch in self._batches.items() if batch.done), None)
        if oldest is None:
            raise TooManyBatches(limit=MAX_QUEUED_BATCHES)
        del self._batches[oldest]


async def work(batch: Batch, requests: list[JsonObject], run: Run) -> None:
    for number, request in enumerate(requests):
        response: dict[str, Json] = {"id": number}
        try:
            result = await run(request)
            response |= {"result": result, "success": True}
            for name in USAGE:
                batch.usage[name] += result.get("usage", {}).get(name, 0)
        except CloudflareError as error:
            # [guess] how a failed request of a batch looks is not documented.
            text = error.description if isinstance(error, AiError) else str(error)
            response |= {"result": {"error": text, "code": error.code}, "success": False}
        response["external_reference"] = request.get("external_reference")
        batch.responses.append(response)
    batch.done = True


def batch_json(batch: Batch) -> JsonObject:
    """What polling answers: the state, or all responses with the usage they had."""
    if not batch.done:
        status = "running" if batch.responses else "queued"
        return {"status": status, "request_id": batch.id, "model": batch.model}
    return {"responses": batch.responses, "usage": batch.usage}
