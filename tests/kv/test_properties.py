"""KV against models: whatever the keys and the order of events, the same answers."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from emulator.core.clock import ManualClock
from emulator.core.ids import Ids
from emulator.core.settings import Settings
from emulator.kv.errors import KeyNotFound
from emulator.kv.models import Entry, Pair
from emulator.kv.store import KVStore

ANY_CHARACTER = st.characters(exclude_categories=["Cs"])
# A small alphabet whose order by bytes, by UTF-16 and by collation all differ.
CHARACTERS = st.sampled_from("aAb\0%/é\u07ff\u0800\uffff\U00010000\U0010ffff") | ANY_CHARACTER
KEYS = st.text(CHARACTERS, min_size=1, max_size=6).filter(lambda key: key not in (".", ".."))
# Few keys, so that they meet again.
FEW_KEYS = st.sampled_from(["a", "aa", "b", "é", "\U0001f600"])
VALUES = st.binary(max_size=20)
TTLS = st.none() | st.integers(60, 180)


@contextmanager
def fresh_store(clock: ManualClock) -> Iterator[KVStore]:
    with tempfile.TemporaryDirectory() as directory:
        store = KVStore(Path(directory), Settings(kv_write_limit=False), clock, Ids(seed=1))
        yield store
        store.close()


def all_pages(kv: KVStore, namespace_id: str, prefix: str, limit: int) -> Iterator[list[str]]:
    cursor: str | None = None
    while True:
        page = kv.list(namespace_id, prefix=prefix, limit=limit, cursor=cursor)
        yield [key.name for key in page.keys]
        if (cursor := page.cursor) is None:
            return


@given(keys=st.lists(KEYS, max_size=30), data=st.data(), limit=st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_a_listing_is_its_keys_sorted_by_bytes(
    keys: list[str], data: st.DataObject, limit: int
) -> None:
    starts = [key[:length] for key in keys for length in (0, 1, 2)]
    prefix = data.draw(st.sampled_from(starts) if starts else st.just("")) or ""
    with fresh_store(ManualClock()) as kv:
        namespace_id = kv.create_namespace("sessions").id
        # A neighbour's keys are not to be seen.
        for title in ("before", "behind"):
            kv.put_many(kv.create_namespace(title).id, [Pair(key, b"") for key in keys])
        kv.put_many(namespace_id, [Pair(key, b"") for key in keys])

        pages = list(all_pages(kv, namespace_id, prefix, limit))

    expected = sorted({key for key in keys if key.startswith(prefix)}, key=str.encode)
    assert [name for page in pages for name in page] == expected
    assert all(len(page) == limit for page in pages[:-1])


class KVMachine(RuleBasedStateMachine):
    """Puts, deletes, time and restarts, in any order, beside a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock()
        self._directory = tempfile.TemporaryDirectory()
        self.kv = self.open()
        self.namespace_id = self.kv.create_namespace("sessions").id
        self.model: dict[str, Entry] = {}

    def open(self) -> KVStore:
        free = Settings(kv_write_limit=False)
        return KVStore(Path(self._directory.name), free, self.clock, Ids(seed=1))

    def entry(self, value: bytes, ttl_seconds: int | None) -> Entry:
        now = int(self.clock.now())
        return Entry(value, "[1]", None if ttl_seconds is None else now + ttl_seconds)

    @rule(key=FEW_KEYS, value=VALUES, ttl=TTLS)
    def put(self, key: str, value: bytes, ttl: int | None) -> None:
        self.kv.put(self.namespace_id, key, value, metadata="[1]", ttl_seconds=ttl)
        self.model[key] = self.entry(value, ttl)

    @rule(keys=st.lists(FEW_KEYS), value=VALUES, ttl=TTLS)
    def put_many(self, keys: list[str], value: bytes, ttl: int | None) -> None:
        self.kv.put_many(self.namespace_id, [Pair(key, value, "[1]", ttl) for key in keys])
        self.model |= {key: self.entry(value, ttl) for key in keys}

    @rule(key=FEW_KEYS)
    def delete(self, key: str) -> None:
        self.kv.delete(self.namespace_id, key)
        self.model.pop(key, None)

    @rule(keys=st.lists(FEW_KEYS))
    def delete_many(self, keys: list[str]) -> None:
        self.kv.delete_many(self.namespace_id, keys)
        self.model = {key: self.model[key] for key in self.model if key not in keys}

    @rule(seconds=st.integers(1, 90))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(seconds)
        now = self.clock.now()
        self.model = {
            key: entry
            for key, entry in self.model.items()
            if entry.expires_at is None or entry.expires_at > now
        }

    @rule()
    def sweep(self) -> None:
        self.kv.sweep()

    @rule()
    def reopen(self) -> None:
        self.kv.close()
        self.kv = self.open()

    @rule(key=FEW_KEYS)
    def get(self, key: str) -> None:
        try:
            found: Entry | None = self.kv.get(self.namespace_id, key)
        except KeyNotFound:
            found = None
        assert found == self.model.get(key)

    @invariant()
    def the_listing_is_the_model(self) -> None:
        listed = self.kv.list(self.namespace_id).keys
        assert [(key.name, key.expires_at) for key in listed] == [
            (key, self.model[key].expires_at) for key in sorted(self.model, key=str.encode)
        ]

    def teardown(self) -> None:
        self.kv.close()
        self._directory.cleanup()


KVMachine.TestCase.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)
TestKVAgainstADictionary = KVMachine.TestCase
