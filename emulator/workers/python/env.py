"""`env`: what a script is bound to."""

from collections.abc import Iterable, Mapping
from typing import Any

from emulator.workers.python.ai import AI
from emulator.workers.python.d1 import D1Database
from emulator.workers.python.fetcher import Fetcher
from emulator.workers.python.kv import KVNamespace
from emulator.workers.python.r2 import R2Bucket
from emulator.workers.python.values import JsObject, JsProxy, parse
from emulator.workers.python.vectorize import VectorizeIndex
from emulator.workers.python.wire import Channel

KINDS = {
    "ai": AI,
    "d1": D1Database,
    "fetcher": Fetcher,
    "kv": KVNamespace,
    "r2": R2Bucket,
    "vectorize": VectorizeIndex,
}


class Absent(JsProxy):
    """A binding that the twin has not: whatever is done with it says so."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise NotImplementedError(f"The binding {self._kind} is not implemented by Cloudflare Twin")


def env_of(bindings: Iterable[Mapping[str, Any]], channel: Channel) -> JsObject:
    return JsObject({one["name"]: bound(one, channel) for one in bindings})


def bound(one: Mapping[str, Any], channel: Channel) -> Any:
    match one["kind"]:
        case "text":
            return one["text"]
        case "json":
            return parse(one["text"])
        case "service":
            return Fetcher(Channel(one["path"]), None, one["name"])
        case "absent":
            return Absent(one["text"])
        case kind:
            return KINDS[kind](channel, one["token"])
