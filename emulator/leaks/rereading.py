"""What an owner sees of a thing of theirs, before somebody tried to change it and after."""

from collections.abc import Mapping

from emulator.leaks.actors import Actor
from emulator.leaks.calls import Slot
from emulator.leaks.masking import about
from emulator.leaks.settings import USER, Spec
from emulator.leaks.stage import Stage
from emulator.leaks.wire import Exchange

MOST = 3
Seen = Mapping[str, str]


class Witnesses:
    """Which reads of an owner tell of a thing. What changes by itself is not told of."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._volatile: set[tuple[str, str]] = set()
        self._steady: set[tuple[str, str]] = set()
        # Lists that have never told of things of a kind.
        self._blind: set[tuple[str, str]] = set()

    def look(self, owner: Actor, kind: str, id: str) -> Seen:
        """By the key of each read."""
        seen: dict[str, str] = {}
        for key, spec, given in self._reads(kind, id):
            if (key, kind) in self._volatile | self._blind:
                continue
            told = self._told(owner, spec, given, id)
            if told is None:
                self._blind.add((key, kind))
                continue
            if (key, kind) not in self._steady:
                if told != self._told(owner, spec, given, id):
                    self._volatile.add((key, kind))
                    continue
                self._steady.add((key, kind))
            seen[key] = told
            if len(seen) == MOST:
                break
        return seen

    def changed(self, owner: Actor, kind: str, id: str, before: Seen) -> dict[str, Exchange]:
        """The reads that tell something else now."""
        found = {}
        for key, spec, given in self._reads(kind, id):
            if key in before:
                exchange = self._stage.ask(owner, spec, given)
                if about(exchange, id) != before[key]:
                    found[key] = exchange
        return found

    def _told(self, owner: Actor, spec: Spec, given: Mapping[Slot, str], id: str) -> str | None:
        """None: this read does not know of it."""
        exchange = self._stage.ask(owner, spec, given)
        if not exchange.is_served or (not given and id.encode() not in exchange.body):
            return None
        return about(exchange, id)

    def _reads(self, kind: str, id: str) -> list[tuple[str, Spec, Mapping[Slot, str]]]:
        """Those of the thing itself first, then lists."""
        signed = {one["route"] for one in self._stage.settings.signed}
        direct: list[tuple[str, Spec, Mapping[Slot, str]]] = []
        lists: list[tuple[str, Spec, Mapping[Slot, str]]] = []
        for key, spec in self._stage.settings.specs.items():
            route = spec.route
            if not route.reads or spec.skip or spec.quota or spec.public or route.name in signed:
                continue
            slots = [Slot("path", name, spec.ids[name]) for name in route.variables]
            if len(slots) == 1 and kind in slots[0].kind.split(","):
                direct.append((key, spec, {slots[0]: id}))
            elif not slots and kind != USER:
                lists.append((key, spec, {}))
        return direct + lists
