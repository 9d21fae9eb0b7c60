"""WSGI applications in a Worker: `wsgi.fetch(app, request, env)`, for Flask and Django.

The application runs in a thread beside the loop. Request and answer are held whole.
"""

import asyncio
import io
import sys
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from emulator.workers.python.messages import NULL_BODY, Request, Response


async def fetch(app: Any, req: Any, env: Any = None, ctx: Any = None) -> Response:
    """The application's answer; `environ["workers.env"]` is `env`. Raises what it raises."""
    request: Request = getattr(req, "js_object", req)
    environ = environ_of(request, env, await request.content())
    return await asyncio.to_thread(answer_of, app, environ)


def answer_of(app: Callable[..., Any], environ: dict[str, Any]) -> Response:
    """Raises `RuntimeError` when the application gives no status."""
    begun: list[tuple[str, Sequence[tuple[str, str]]]] = []
    written: list[bytes] = []

    def start(status: str, headers: Sequence[tuple[str, str]], exc_info: Any = None) -> Any:
        if begun and exc_info is None:
            raise RuntimeError("start_response() called more than once")
        begun[:] = [(status, headers)]
        return written.append

    result = app(environ, start)
    try:
        written.extend(result)
    finally:
        if hasattr(result, "close"):
            result.close()
    if not begun:
        raise RuntimeError("The WSGI application did not call start_response()")
    [(status, headers)] = begun
    code, _, reason = status.partition(" ")
    body = None if int(code) in NULL_BODY else b"".join(written)
    answer = Response(body, status=int(code), statusText=reason)
    for name, value in headers:
        answer.headers.append(name, value.encode("latin-1").decode("utf-8", "replace"))
    return answer


def environ_of(request: Request, env: Any, body: bytes) -> dict[str, Any]:
    parts = urlsplit(request.url)
    environ = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        # Bytes as letters, as the specification has it.
        "PATH_INFO": unquote(parts.path).encode().decode("latin-1"),
        "QUERY_STRING": parts.query,
        "SERVER_NAME": parts.hostname or "localhost",
        "SERVER_PORT": str(parts.port or (443 if parts.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "workers.env": env,
    }
    for name, value in request.headers.entries():
        key = name.upper().replace("-", "_")
        if key == "CONTENT_TYPE":
            environ[key] = value
        elif key != "CONTENT_LENGTH":
            environ[f"HTTP_{key}"] = value.encode().decode("latin-1")
    return environ
