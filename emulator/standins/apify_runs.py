"""Runs of actors, and the datasets they fill. In memory, of one account. Pure."""

from dataclasses import dataclass
from typing import Any

from emulator.core.clock import Clock, iso
from emulator.core.ids import Ids
from emulator.standins.apify_errors import (
    DatasetNotFound,
    PageNotFound,
    RunNotFound,
    StoreNotFound,
)
from emulator.standins.apify_fixtures import Items

# Past that the oldest run is forgotten.
MAX_RUNS = 1_000
ID_DIGITS = 17
USER_ID = "cftwin00000000000"
FINISHED = "SUCCEEDED"


@dataclass(frozen=True, slots=True)
class Run:
    """`at` is epoch seconds. A run has found all by the time it is there."""

    id: str
    actor: str
    at: float
    dataset_id: str
    store_id: str
    items: Items
    input: bytes
    input_type: str

    def json(self, status: str = FINISHED) -> dict[str, Any]:
        """The run as the API shows it."""
        started = millis(self.at)
        return {
            "id": self.id,
            "actId": self.actor,
            "userId": USER_ID,
            "startedAt": started,
            "finishedAt": started if status == FINISHED else None,
            "status": status,
            "statusMessage": f"{len(self.items)} items" if status == FINISHED else None,
            "meta": {"origin": "API"},
            "stats": {"inputBodyLen": len(self.input), "restartCount": 0, "resurrectCount": 0},
            "options": {
                "build": "latest",
                "timeoutSecs": 300,
                "memoryMbytes": 1024,
                "diskMbytes": 2048,
            },
            "buildId": self.actor_build,
            "buildNumber": "1.0.1",
            "exitCode": 0 if status == FINISHED else None,
            "defaultKeyValueStoreId": self.store_id,
            "defaultDatasetId": self.dataset_id,
            "defaultRequestQueueId": self.id,
        }

    @property
    def actor_build(self) -> str:
        return "cftwinBuild000000"

    def dataset_json(self) -> dict[str, Any]:
        """The dataset it has filled."""
        at = millis(self.at)
        fields = list(dict.fromkeys(key for item in self.items for key in item))
        return {
            "id": self.dataset_id,
            "name": None,
            "userId": USER_ID,
            "createdAt": at,
            "modifiedAt": at,
            "accessedAt": at,
            "itemCount": len(self.items),
            "cleanItemCount": len(self.items),
            "actId": self.actor,
            "actRunId": self.id,
            "fields": fields,
            "consoleUrl": f"https://console.apify.com/storage/datasets/{self.dataset_id}",
        }


class Runs:
    """The runs of one account, oldest first."""

    def __init__(self, clock: Clock, ids: Ids) -> None:
        self._clock = clock
        self._ids = ids
        self._runs: dict[str, Run] = {}

    def start(self, actor: str, items: Items, input: bytes, input_type: str) -> Run:
        made = [self._ids.hex(ID_DIGITS) for _ in range(3)]
        now = self._clock.now()
        run = Run(made[0], actor, now, made[1], made[2], items, input, input_type)
        while len(self._runs) >= MAX_RUNS:
            del self._runs[next(iter(self._runs))]
        self._runs[run.id] = run
        return run

    def get(self, run_id: str) -> Run:
        """Raises `RunNotFound`."""
        run = self._runs.get(run_id)
        if run is None:
            raise RunNotFound()
        return run

    def last(self, actor: str | None) -> Run:
        """The newest run of an actor, or of any. Raises `RunNotFound`."""
        for run in reversed(self._runs.values()):
            if actor in (None, run.actor):
                return run
        raise RunNotFound()

    def all(self, actor: str | None = None) -> list[Run]:
        return [run for run in self._runs.values() if actor in (None, run.actor)]

    def with_dataset(self, dataset_id: str) -> Run:
        """Raises `DatasetNotFound`."""
        for run in self._runs.values():
            if run.dataset_id == dataset_id:
                return run
        raise DatasetNotFound()

    def record(self, store_id: str, key: str) -> tuple[bytes, str]:
        """What a run's key-value store has: its input. Raises `StoreNotFound`, `PageNotFound`."""
        for run in self._runs.values():
            if run.store_id == store_id:
                if key != "INPUT":
                    raise PageNotFound("Record was not found")
                return run.input, run.input_type
        raise StoreNotFound()


def millis(at: float) -> str:
    """`2026-01-03T09:40:38.123Z`."""
    return iso(at)[:-4] + "Z"
