"""Rows that no route makes, planted by Cloudflare's own API where there is access to it."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from emulator.leaks.actors import Actor
from emulator.leaks.stage import Stage
from emulator.leaks.wire import Exchange

Json = Mapping[str, Any]


class Rows:
    def __init__(self, stage: Stage, seed: str) -> None:
        self._stage = stage
        self._seed = seed
        self._databases: dict[str, str] = {}
        self._planted: list[tuple[Json, str]] = []

    def plant(self) -> None:
        """Nothing without access."""
        if self._stage.settings.cloudflare.is_there:
            for told in self._stage.settings.rows:
                for user in self._stage.users:
                    self._one(told, user)

    def remove(self) -> list[str]:
        """What could not be removed."""
        left = []
        for told, id in self._planted:
            if not self._run(told["database"], told["undo"], [id]).is_served:
                left.append(f"a row {id}: {told['undo']}")
        self._planted.clear()
        return left

    def _one(self, told: Json, user: Actor) -> None:
        text = f"{self._seed}:{told['makes']}:{user.name}:{user.id}"
        id = sha256(text.encode()).hexdigest()[:16]
        place = f"D1 {told['makes']}|row"
        params = [
            one.replace("{id}", id)
            .replace("{me}", user.id)
            .replace("{marker}", self._stage.markers.new(user.name, place).word)
            for one in told["params"]
        ]
        if self._run(told["database"], told["sql"], params).is_served:
            self._planted.append((told, id))
            self._stage.holdings.add(user.name, told["makes"], [id])

    def _run(self, database: str, sql: str, params: list[str]) -> Exchange:
        body = json.dumps({"sql": sql, "params": params}).encode()
        return self._ask("POST", f"/d1/database/{self._id_of(database)}/query", body)

    def _id_of(self, name: str) -> str:
        if name not in self._databases:
            found = json.loads(self._ask("GET", f"/d1/database?name={name}").body)
            listed = found.get("result") or [{}]
            self._databases[name] = str(listed[0].get("uuid", ""))
        return self._databases[name]

    def _ask(self, method: str, path: str, body: bytes = b"") -> Exchange:
        at = self._stage.settings.cloudflare
        headers = {"authorization": f"Bearer {at.token}", "content-type": "application/json"}
        url = f"{at.api.rstrip('/')}/accounts/{at.account}{path}"
        return self._stage.wire.send(method, url, headers, body)
