"""A bucket with very many objects, put into a twin's state before the twin is started."""

from pathlib import Path

from emulator.core.settings import DEFAULT_ACCOUNT_ID, Settings
from emulator.r2.bucket import BucketStore
from emulator.r2.content import Content
from emulator.r2.models import Attributes
from emulator.r2.store import R2Store
from emulator.twin import Twin

KEYS_A_COMMIT = 50_000


def key_of(number: int) -> str:
    """Keys sort as their numbers do."""
    return f"key-{number:09}"


def fill(state: Path, keys: int) -> None:
    """A new bucket `bench` in the default account, with that many objects of one byte."""
    # The write limit would remember every key.
    twin = Twin(Settings(state=state, r2_write_limit=False))
    try:
        store = twin.account(DEFAULT_ACCOUNT_ID).r2
        store.create_bucket("bench")
        content = one_byte(store)
        for first in range(0, keys, KEYS_A_COMMIT):
            numbers = range(first, min(first + KEYS_A_COMMIT, keys))
            put_all(store, store.bucket("bench"), content, numbers)
    finally:
        twin.close()


def one_byte(store: R2Store) -> Content:
    incoming = store.incoming()
    incoming.write(b"x")
    return incoming.finish()


def put_all(store: R2Store, bucket: BucketStore, content: Content, numbers: range) -> None:
    def work() -> None:
        for number in numbers:
            bucket.put(key_of(number), content, Attributes())

    store.commit_now(work)
