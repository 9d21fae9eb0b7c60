"""The modules that Python Workers import: `workers`, `asgi`, `js`, `pyodide`."""

import asyncio
import base64
import sys
import threading
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from emulator.workers.python import forms, messages, streams, wsgi
from emulator.workers.python import values as js
from emulator.workers.python.asgi import AsgiServer
from emulator.workers.python.caching import Caches
from emulator.workers.python.crypto import Crypto
from emulator.workers.python.entrypoint import (
    DurableObject,
    WorkerEntrypoint,
    WorkflowEntrypoint,
)
from emulator.workers.python.fetcher import Fetcher
from emulator.workers.python.headers import Headers
from emulator.workers.python.invocation import Invocations
from emulator.workers.python.logs import Console
from emulator.workers.python.requests import WorkerRequest, WorkerResponse, fetch_of


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a script's modules lead to."""

    env: Any
    outbound: Fetcher
    caches: Caches
    invocations: Invocations
    asgi: AsgiServer


def install(around: Surroundings) -> None:
    """Put them where `import` finds them, before whatever a script brings along."""
    for name, content in modules_of(around).items():
        module = ModuleType(name)
        vars(module).update(content)
        vars(module).setdefault("__path__", [])
        vars(module)["__getattr__"] = absent_in(name)
        sys.modules[name] = module
    for name in ("pyodide.ffi", "pyodide.http", "workers.asgi", "workers.wsgi"):
        parent, _, child = name.partition(".")
        setattr(sys.modules[parent], child, sys.modules[name])


def modules_of(around: Surroundings) -> dict[str, dict[str, Any]]:
    asgi = asgi_of(around)
    return {
        "asgi": asgi,
        "js": js_of(around),
        "pyodide": {"__version__": "0.28.0"},
        "pyodide.ffi": ffi(),
        "pyodide.http": http_of(around),
        "workers": workers_of(around),
        "workers.asgi": asgi,
        "workers.wsgi": wsgi_of(),
        "wsgi": wsgi_of(),
    }


def absent_in(module: str) -> Any:
    def find(name: str) -> Any:
        raise AttributeError(
            f"{module}.{name} is not implemented for Python Workers by Cloudflare Twin"
        )

    return find


def workers_of(around: Surroundings) -> dict[str, Any]:
    def wait_until(work: Any) -> None:
        invocation = around.invocations.current.get()
        if invocation is None:
            raise RuntimeError("waitUntil is for handlers")
        invocation.waitUntil(work)

    def import_from_javascript(name: str) -> Any:
        if name == "cloudflare:workers":
            return js.JsObject(env=around.env, waitUntil=wait_until)
        raise ImportError(f"{name} is not implemented for Python Workers by Cloudflare Twin")

    return {
        "Blob": forms.Blob,
        "DurableObject": DurableObject,
        "File": forms.File,
        "FormData": forms.FormData,
        "Headers": Headers,
        "Request": WorkerRequest,
        "Response": WorkerResponse,
        "WorkerEntrypoint": WorkerEntrypoint,
        "WorkflowEntrypoint": WorkflowEntrypoint,
        "env": around.env,
        "fetch": fetch_of(around.outbound),
        "handler": handler,
        "import_from_javascript": import_from_javascript,
        "python_from_rpc": js.plain,
        "python_to_rpc": js.to_js,
        "waitUntil": wait_until,
        "wait_until": wait_until,
    }


def handler(function: Any) -> Any:
    """A handler that wants its request in Python's manner."""

    def wrapped(*given: Any, **named: Any) -> Any:
        if given and isinstance(given[0], messages.Request):
            given = (WorkerRequest(given[0]), *given[1:])
        return function(*given, **named)

    # Its arguments are counted.
    wrapped.__wrapped__ = function  # type: ignore[attr-defined]  # read by `inspect.signature`
    return wrapped


def entrypoint_of(fetch: Any) -> Any:
    """`entrypoint`: makes a class of handlers of an application."""

    def entrypoint(app: Any) -> type[WorkerEntrypoint]:
        class Default(WorkerEntrypoint):
            async def fetch(self, request: Any) -> Any:
                return await fetch(app, request, self.env, self.ctx)

        return Default

    return entrypoint


def wsgi_of() -> dict[str, Any]:
    return {"fetch": wsgi.fetch, "entrypoint": entrypoint_of(wsgi.fetch)}


def asgi_of(around: Surroundings) -> dict[str, Any]:
    async def websocket(app: Any, request: Any, env: Any = None) -> Any:
        return await around.asgi.fetch(app, request, env)

    fetch = around.asgi.fetch
    return {"fetch": fetch, "websocket": websocket, "entrypoint": entrypoint_of(fetch)}


def http_of(around: Surroundings) -> dict[str, Any]:
    fetch = fetch_of(around.outbound)
    return {"pyfetch": fetch, "FetchResponse": WorkerResponse}


def ffi() -> dict[str, Any]:
    """To be called in the loop."""

    def same(value: Any, *_: Any, **__: Any) -> Any:
        return value

    return {
        "JsArray": js.JsArray,
        "JsBuffer": js.JsBuffer,
        "JsException": js.JsException,
        "JsProxy": js.JsProxy,
        "create_once_callable": same,
        "create_proxy": same,
        "destroy_proxies": same,
        "jsnull": None,
        "run_sync": runner_of(asyncio.get_running_loop()),
        "to_js": js.to_js,
    }


def runner_of(loop: asyncio.AbstractEventLoop) -> Any:
    """`run_sync`, in a thread beside the loop: there are WSGI and synchronous handlers."""

    def run_sync(work: Any) -> Any:
        if threading.current_thread() is threading.main_thread():
            raise NotImplementedError(
                "run_sync in an async handler is not implemented by Cloudflare Twin: await instead"
            )
        return asyncio.run_coroutine_threadsafe(finished(work), loop).result()

    return run_sync


async def finished(work: Any) -> Any:
    return await work


class Object(js.JsProxy):
    """`Object`: what its static methods do."""

    @staticmethod
    def new() -> js.JsObject:
        return js.JsObject()

    @staticmethod
    def fromEntries(entries: Any) -> js.JsObject:  # JavaScript's name
        pairs = entries.items() if hasattr(entries, "items") else entries
        return js.JsObject({str(key): js.to_js(value) for key, value in pairs})

    @staticmethod
    def keys(given: Any) -> js.JsArray:
        return js.JsArray(given)

    @staticmethod
    def values(given: Any) -> js.JsArray:
        return js.JsArray(given.values())

    @staticmethod
    def entries(given: Any) -> js.JsArray:
        return js.JsArray(js.JsArray(pair) for pair in given.items())


class Json(js.JsProxy):
    @staticmethod
    def parse(text: str) -> Any:
        return js.parse(str(text))

    @staticmethod
    def stringify(value: Any, *_: Any) -> str:
        return js.dumps(value).decode()


class Array(js.JsArray):
    @classmethod
    def new(cls, *given: Any) -> js.JsArray:
        return js.JsArray(given)

    @staticmethod
    def isArray(given: Any) -> bool:
        return isinstance(given, list)


class Map(js.JsObject):
    @classmethod
    def new(cls, entries: Any = ()) -> js.JsObject:
        return js.JsObject(dict(entries))


class Bytes(js.JsBuffer):
    @classmethod
    def new(cls, given: Any = b"", *_: Any) -> js.JsBuffer:
        return js.JsBuffer(given)


class Date(js.JsDate):
    @classmethod
    def new(cls, given: Any = None) -> js.JsDate:
        if given is None:
            return js.JsDate.of(Date.now())
        if isinstance(given, str):
            moment = js.JsDate.fromisoformat(given.replace("Z", "+00:00"))
            return js.JsDate.of(moment.timestamp() * 1000)
        return js.JsDate.of(float(given))

    @classmethod
    def now(cls, *_: Any) -> Any:
        from emulator.workers.python.logs import milliseconds

        return milliseconds()


def js_of(around: Surroundings) -> dict[str, Any]:
    def later(call: Any, milliseconds: float = 0, *given: Any) -> Any:
        loop = asyncio.get_running_loop()
        return loop.call_later(milliseconds / 1000, lambda: call(*given))

    return {
        "Array": Array,
        "ArrayBuffer": Bytes,
        "Blob": forms.Blob,
        "Date": Date,
        "File": forms.File,
        "FixedLengthStream": streams.FixedLengthStream,
        "FormData": forms.FormData,
        "Headers": Headers,
        "JSON": Json,
        "Map": Map,
        "Object": Object,
        "ReadableStream": streams.ReadableStream,
        "Request": messages.Request,
        "Response": messages.Response,
        "TransformStream": streams.TransformStream,
        "URL": messages.URL,
        "URLSearchParams": forms.URLSearchParams,
        "Uint8Array": Bytes,
        "atob": lambda text: base64.b64decode(text).decode("latin-1"),
        "btoa": lambda text: base64.b64encode(text.encode("latin-1")).decode(),
        "caches": around.caches,
        "clearTimeout": lambda timer: timer.cancel(),
        "console": Console(around.invocations.say),
        "crypto": Crypto(),
        "fetch": around.outbound.fetch,
        "setTimeout": later,
    }
