"""What a Python Worker asks for leaves by the twin's door, whichever client asks."""

import pytest

from emulator.wire.binding import BindingCall, Door, refused_in_text
from emulator.wire.reply import Reply
from tests.workers.python.conftest import Stage

CLIENTS = {
    "fetch of workers": """
    from workers import fetch
    answer = await fetch("https://api.example/a%20b?q=1", method="POST", body="sent")
    return await answer.text()
""",
    "fetch of js": """
    from js import fetch, Object
    from pyodide.ffi import to_js
    given = to_js({"method": "POST", "body": "sent"}, dict_converter=Object.fromEntries)
    return await (await fetch("https://api.example/a%20b?q=1", given)).text()
""",
    "httpx": """
    import httpx
    async with httpx.AsyncClient() as client:
        return (await client.post("https://api.example/a%20b?q=1", content="sent")).text
""",
    "httpx at once": """
    import httpx
    return httpx.post("https://api.example/a%20b?q=1", content="sent").text
""",
    "aiohttp": """
    import aiohttp, yarl
    url = yarl.URL("https://api.example/a%20b?q=1", encoded=True)
    async with aiohttp.ClientSession() as session:
        async with session.post(url, data="sent") as answer:
            return await answer.text()
""",
    "urllib": """
    import urllib.request
    with urllib.request.urlopen("https://api.example/a%20b?q=1", b"sent") as answer:
        return answer.read().decode()
""",
    "requests": """
    import requests
    return requests.post("https://api.example/a%20b?q=1", data="sent").text
""",
}
SOURCE = """
from workers import Response

async def ask():{body}
async def on_fetch(request):
    try:
        return Response(await ask())
    except Exception as error:
        return Response(f"{{type(error).__name__}}: {{error}}", status=599)
"""


async def tell(call: BindingCall) -> Reply:
    """What was asked for; a few paths answer otherwise."""
    path = call.scope["raw_path"].decode()
    if path == "/moved":
        return Reply(status=302, headers=((b"location", b"/there"),))
    if path == "/round":
        return Reply(status=303, headers=((b"location", b"/round"),))
    if path == "/away":
        return Reply(status=307, headers=((b"location", b"https://other.example/told"),))
    if path == "/told":
        return Reply(b"%s %s" % (await call.body(9), call.header(b"authorization") or b"nothing"))
    if path == "/gzip":
        import gzip

        return Reply(gzip.compress(b"unpacked"), headers=((b"content-encoding", b"gzip"),))
    body = await call.body(1_000)
    host, scheme = call.header(b"host"), call.header(b"x-forwarded-proto")
    query = call.scope["query_string"].decode()
    parts = (call.binding.kind, call.scope["method"], scheme, host, path, query, body)
    return Reply(" ".join(p.decode() if isinstance(p, bytes) else p or "" for p in parts).encode())


@pytest.fixture
def doors() -> dict[str, Door]:
    return {"outbound": Door(tell, refused_in_text)}


@pytest.mark.parametrize("client", CLIENTS)
async def test_every_client_goes_by_the_door(stage: Stage, client: str) -> None:
    worker = await stage.start(SOURCE.format(body=CLIENTS[client]))

    answer = await worker.get()

    assert answer.text == "outbound POST https api.example /a%20b q=1 sent"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (
            "\n    import socket\n    socket.create_connection(('127.0.0.1', 80))",
            "a Worker reaches the world by fetch alone",
        ),
        ("\n    import subprocess\n    subprocess.run(['id'])", "a Worker starts no processes"),
        ("\n    import os\n    os.system('id')", "a Worker starts no processes"),
        ("\n    import asyncio\n    await asyncio.open_connection('1.1.1.1', 80)", "fetch alone"),
    ],
    ids=["socket", "subprocess", "system", "asyncio"],
)
async def test_nothing_else_leaves_the_machine(stage: Stage, body: str, text: str) -> None:
    worker = await stage.start(SOURCE.format(body=body))

    answer = await worker.get()

    assert answer.status_code == 599
    assert text in answer.text


async def test_a_redirect_is_followed_unless_it_is_not_wanted(stage: Stage) -> None:
    body = """
    from workers import fetch
    followed = await (await fetch("https://api.example/moved")).text()
    kept = await fetch("https://api.example/moved", redirect="manual")
    return f"{followed} {kept.status}"
"""
    worker = await stage.start(SOURCE.format(body=body))

    assert (await worker.get()).text == "outbound GET https api.example /there   302"


async def test_what_is_packed_is_unpacked(stage: Stage) -> None:
    body = '\n    from workers import fetch\n    return await (await fetch("http://a.b/gzip")).text()\n'
    worker = await stage.start(SOURCE.format(body=body))

    assert (await worker.get()).text == "unpacked"


async def test_a_redirect_to_another_host_takes_the_body_and_not_the_password(stage: Stage) -> None:
    body = """
    from workers import fetch
    headers = {"authorization": "secret"}
    there = await fetch("https://a.example/told", method="POST", body="x", headers=headers)
    away = await fetch("https://a.example/away", method="POST", body="x", headers=headers)
    return [await there.text(), await away.text()]
"""
    worker = await stage.start(
        SOURCE.format(body=body).replace("Response(await", "Response.json(await")
    )

    assert (await worker.get()).json() == ["x secret", "x nothing"]


async def test_a_redirect_after_a_post_is_a_get_and_not_for_ever(stage: Stage) -> None:
    body = """
    from workers import fetch
    return await (await fetch("https://api.example/moved", method="POST", body="x")).text()
"""
    moved = await stage.start(SOURCE.format(body=body))
    round = await stage.start(SOURCE.format(body=body.replace("moved", "round")))

    assert (await moved.get()).text == "outbound GET https api.example /there  "
    assert "Too many redirects." in (await round.get()).text


async def test_no_other_socket_of_the_machine_is_reached(stage: Stage) -> None:
    other = await stage.start(SOURCE.format(body="\n    return 'free'\n"))
    body = f"""
    import socket
    socket.socket(socket.AF_UNIX).connect({str(other.child.control)!r})
"""
    worker = await stage.start(SOURCE.format(body=body))

    assert "by fetch alone" in (await worker.get()).text
