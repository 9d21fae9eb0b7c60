"""OpenAI at `api.openai.com`: chat, vision, responses, embeddings and models, offline.

The same stand-in as behind AI Gateway, and so the same backends as Workers AI.
"""

from time import perf_counter

from emulator.ai.limits import MAX_BODY_BYTES
from emulator.ai.upstream import OpenAI
from emulator.standins.standin import Asgi, Place
from emulator.wire.binding import answer
from emulator.wire.body import Receive, read_body
from emulator.wire.call import Scope
from emulator.wire.reply import Reply
from emulator.wire.stream import Send
from emulator.wire.upstream import UpstreamRequest

VERSION = (b"openai-version", b"2020-10-01")
PREFIX = "/v1/"


def create_app(place: Place) -> Asgi:
    upstream = OpenAI(place.inference)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        started = perf_counter()
        body = await read_body(receive, MAX_BODY_BYTES)
        said = await upstream.send(place.account, request_of(scope, body))
        headers = [(name.encode(), value.encode()) for name, value in said.headers]
        spent = b"%d" % ((perf_counter() - started) * 1000)
        headers += [VERSION, (b"openai-processing-ms", spent)]
        reply = Reply(said.body, status=said.status, headers=tuple(headers))
        await answer(scope, receive, send, reply, None)

    return app


def request_of(scope: Scope, body: bytes) -> UpstreamRequest:
    """The request below `/v1`; what is elsewhere keeps its slash, and is unknown by it."""
    path = scope["raw_path"].decode("latin-1")
    headers = tuple(
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
    )
    known = path.removeprefix(PREFIX) if path.startswith(PREFIX) else path
    return UpstreamRequest(scope["method"], known, headers, body)
