"""`Request`, `Response`, `fetch` of the module `workers`: Python's manners, JavaScript inside."""

import json
from http.client import HTTPMessage
from typing import Any

from emulator.workers.python.fetcher import Fetcher
from emulator.workers.python.forms import Blob, FormData
from emulator.workers.python.headers import Headers
from emulator.workers.python.messages import Request, Response
from emulator.workers.python.values import JsException, JsProxy, plain


class Wrapper:
    """Around a message: what is not here is the message's own."""

    def __init__(self, js_object: Any) -> None:
        self.js_object = js_object

    def __getattr__(self, name: str) -> Any:
        if name == "js_object":
            raise AttributeError(name)
        return getattr(self.js_object, name)

    @property
    def body(self) -> Any:
        return self.js_object.body

    @property
    def body_used(self) -> bool:
        return bool(self.js_object.bodyUsed)

    async def text(self) -> str:
        return str(await read(self.js_object.text()))

    async def bytes(self) -> Any:
        return bytes(await read(self.js_object.arrayBuffer()))

    async def buffer(self) -> Any:
        return await read(self.js_object.arrayBuffer())

    async def blob(self) -> Blob:
        found: Blob = await read(self.js_object.blob())
        return found

    async def form_data(self) -> FormData:
        found: FormData = await read(self.js_object.formData())
        return found

    formData = form_data  # JavaScript's name


async def read(reading: Any) -> Any:
    """Raises `OSError` when the body was read before, `ValueError` for JSON that is none."""
    try:
        return await reading
    except JsException as error:
        if error.name == "SyntaxError":
            raise ValueError(error.message) from error
        if "already been used" in error.message:
            raise OSError(error.message) from error
        raise


class WorkerRequest(Wrapper):
    """A request. Its headers are Python's `HTTPMessage`."""

    def __init__(self, resource: Any, **options: Any) -> None:
        made = resource if isinstance(resource, Request) and not options else None
        super().__init__(made or Request(resource, **options))

    @property
    def headers(self) -> HTTPMessage:
        message = HTTPMessage()
        for name, value in self.js_object.headers:
            message[name] = value
        return message

    async def json(self) -> Any:
        return await read(self.js_object.json())

    def clone(self) -> "WorkerRequest":
        try:
            return WorkerRequest(self.js_object.clone())
        except JsException as error:
            raise OSError(error.message) from error

    def __repr__(self) -> str:
        return f"Request(method={self.js_object.method!r}, url={self.js_object.url!r})"


class WorkerResponse(Wrapper):
    """An answer; made from text, bytes, a form, a stream, or JavaScript's own."""

    def __init__(
        self,
        body: Any = None,
        status: Any = None,
        status_text: str = "",
        headers: Any = None,
        web_socket: Any = None,
    ) -> None:
        if web_socket is not None:
            raise NotImplementedError("WebSocketPair is not implemented for Python Workers")
        given = getattr(body, "js_object", body)
        if isinstance(given, Response):
            if status is not None or status_text or headers is not None:
                raise ValueError(
                    "Expected no options when constructing Response from a js.Response"
                )
            super().__init__(given)
            return
        known = str | bytes | bytearray | memoryview | None
        if not isinstance(given, JsProxy | known) and not hasattr(given, "__aiter__"):
            raise TypeError(f"Unsupported type in Response: {type(body).__name__}")
        super().__init__(made(given, status, status_text, headers))

    @property
    def headers(self) -> Headers:
        found: Headers = self.js_object.headers
        return found

    @property
    def status_text(self) -> str:
        return str(self.js_object.statusText)

    @staticmethod
    def redirect(url: str, status: Any = 302) -> "WorkerResponse":
        return WorkerResponse(Response.redirect(url, status))

    @staticmethod
    def from_json(
        data: Any, status: Any = 200, status_text: str = "", headers: Any = None
    ) -> "WorkerResponse":
        answer = made(json.dumps(plain(data)), status, status_text, headers)
        if headers is None or "content-type" not in Headers(headers):
            answer.headers.set("content-type", "application/json")
        return WorkerResponse(answer)

    def replace_body(self, body: Any) -> "WorkerResponse":
        return WorkerResponse(Response(getattr(body, "js_object", body), self.js_object))

    def clone(self) -> "WorkerResponse":
        return WorkerResponse(self.js_object.clone())

    def json(self: Any, *given: Any, **named: Any) -> Any:
        """The body's value; called on the class, an answer that holds the value."""
        if isinstance(self, WorkerResponse):
            return read(self.js_object.json())
        return WorkerResponse.from_json(self, *given, **named)

    def __repr__(self) -> str:
        return f"Response(status={self.js_object.status})"


def made(body: Any, status: Any, status_text: str, headers: Any) -> Response:
    """Raises `ValueError` and `TypeError` where JavaScript throws."""
    try:
        return Response(body, status=status, statusText=status_text, headers=headers)
    except JsException as error:
        kind = ValueError if error.name == "RangeError" else TypeError
        raise kind(error.message) from error


def fetch_of(outbound: Fetcher) -> Any:
    """`workers.fetch`."""

    async def fetch(resource: Any, **options: Any) -> WorkerResponse:
        return WorkerResponse(await outbound.fetch(resource, **options))

    return fetch
