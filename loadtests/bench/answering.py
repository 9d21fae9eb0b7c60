"""The bare server: the twin's own uvicorn settings, and an application that does nothing but
read the request's body and send one recorded answer. Run with the answer's file.
"""

import asyncio
import base64
import http.client
import json
import signal
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop

from emulator.server import Servers, bind
from loadtests.bench.process import ROOT, Command
from loadtests.bench.wrk import Load, LoadFailed

Message = MutableMapping[str, Any]
# What uvicorn writes by itself and an application does not.
FRAMING = {"connection", "date", "transfer-encoding"}


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers in their order, and body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def save(self, path: Path) -> None:
        body = base64.b64encode(self.body).decode()
        path.write_text(json.dumps([self.status, self.headers, body]))


def load_answer(path: Path) -> Answer:
    status, headers, body = json.loads(path.read_text())
    return Answer(status, tuple((name, text) for name, text in headers), base64.b64decode(body))


def answer_to(load: Load, port: int) -> Answer:
    """What the server on the port answers to one request of the load, byte for byte."""
    path, body = load.example()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(load.method, path, body or None, dict(load.headers))
    response = connection.getresponse()
    content = response.read()
    connection.close()
    if response.status != 200:
        raise LoadFailed(f"{load.method} {path}: {response.status} {content[:300]!r}")
    headers = [pair for pair in response.getheaders() if pair[0].lower() not in FRAMING]
    return Answer(response.status, tuple(headers), content)


def bare_command(answer: Path) -> Command:
    argv = (sys.executable, "-m", "loadtests.bench.answering", str(answer))
    return Command("bare uvicorn", argv, r"^ready http://[^:]+:(\d+)", {"PYTHONPATH": str(ROOT)})


class Answering:
    """An ASGI application with one answer to everything."""

    def __init__(self, answer: Answer) -> None:
        headers = [(name.encode(), text.encode()) for name, text in answer.headers]
        self._start = {
            "type": "http.response.start",
            "status": answer.status,
            "headers": headers,
        }
        self._body = {"type": "http.response.body", "body": answer.body}

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        chunks = []
        while (message := await receive())["type"] == "http.request":
            chunks.append(message.get("body", b""))
            if not message.get("more_body"):
                break
        await send(self._start)
        await send(self._body)


async def serve(answer: Answer) -> None:
    listener = bind(Answering(answer), "127.0.0.1", 0)
    servers = Servers([listener])
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await servers.start()
    print("ready", listener.url, flush=True)
    await stop.wait()
    await servers.stop()


if __name__ == "__main__":
    uvloop.run(serve(load_answer(Path(sys.argv[1]))))
