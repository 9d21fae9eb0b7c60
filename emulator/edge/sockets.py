"""WebSockets through the edge: messages of the client's to the script, and back."""

import asyncio
from typing import TYPE_CHECKING

from emulator.edge.proxy import Unanswered, target_of
from emulator.edge.request import HOP, Pairs
from emulator.wire.body import Receive
from emulator.wire.call import Scope
from emulator.wire.stream import Send

if TYPE_CHECKING:
    import aiohttp

# The client's handshake is over here; the script gets one of its own.
HANDSHAKE = b"sec-websocket-"
SWITCHING = 101
ABNORMAL, GOING_AWAY, NORMAL = 1006, 1001, 1000


async def carry(
    session: "aiohttp.ClientSession", scope: Scope, receive: Receive, headers: Pairs, send: Send
) -> int:
    """Until one side closes; the status of the script's answer. Raises `Unanswered`."""
    import aiohttp
    from multidict import CIMultiDict
    from yarl import URL

    await receive()  # the client's `websocket.connect`
    named = CIMultiDict(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in headers
        if not name.startswith(HANDSHAKE) and name not in HOP
    )
    url = URL(target_of(scope), encoded=True)
    protocols = scope.get("subprotocols") or []
    try:
        far = await session.ws_connect(
            url, headers=named, protocols=protocols, max_msg_size=0, autoping=True
        )
    except aiohttp.WSServerHandshakeError as refusal:
        await refuse(scope, send, refusal.status)
        return refusal.status
    except (aiohttp.ClientConnectorError, FileNotFoundError):
        raise Unanswered(sent=False) from None
    except aiohttp.ClientError:
        raise Unanswered(sent=True) from None
    await send({"type": "websocket.accept", "subprotocol": far.protocol})
    there = asyncio.create_task(to_script(receive, far))
    back = asyncio.create_task(to_client(far, send))
    await asyncio.wait((there, back), return_when=asyncio.FIRST_COMPLETED)
    for task in (there, back):
        task.cancel()
    await far.close()
    return SWITCHING


async def refuse(scope: Scope, send: Send, status: int) -> None:
    """Answer the handshake as the script did, where the server can."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": NORMAL})
        return
    await send({"type": "websocket.http.response.start", "status": status, "headers": []})
    await send({"type": "websocket.http.response.body", "body": b""})


async def to_script(receive: Receive, far: "aiohttp.ClientWebSocketResponse") -> None:
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            code = message.get("code") or NORMAL
            await far.close(code=NORMAL if code in (ABNORMAL, 1005) else code)
            return
        if (text := message.get("text")) is not None:
            await far.send_str(text)
        else:
            await far.send_bytes(message.get("bytes") or b"")


async def to_client(far: "aiohttp.ClientWebSocketResponse", send: Send) -> None:
    import aiohttp

    async for message in far:
        if message.type is aiohttp.WSMsgType.TEXT:
            await send({"type": "websocket.send", "text": message.data})
        elif message.type is aiohttp.WSMsgType.BINARY:
            await send({"type": "websocket.send", "bytes": message.data})
    code = far.close_code or NORMAL
    code = GOING_AWAY if code == ABNORMAL else NORMAL if code == 1005 else code
    await send({"type": "websocket.close", "code": code})
