"""What is told to those who watch a Python Worker."""

import asyncio

import orjson
import pytest

from emulator.wire.binding import BindingCall, Door, refused_in_text
from emulator.wire.reply import Reply
from tests.workers.python.conftest import Stage

SOURCE = """
from workers import Response

def on_fetch(request):
    print("hello")
    if request.url.endswith("bad"):
        raise ValueError("secret")
    return Response("", status=201)

def on_scheduled(controller):
    print("cron")
"""


@pytest.fixture
def events() -> "asyncio.Queue[bytes]":
    return asyncio.Queue()


@pytest.fixture
def doors(events: "asyncio.Queue[bytes]") -> dict[str, Door]:
    async def take(call: BindingCall) -> Reply:
        await events.put(await call.body(100_000))
        return Reply(status=204, headers=())

    return {"tail": Door(take, refused_in_text)}


async def test_who_watches_is_told_of_each_call(
    stage: Stage, events: "asyncio.Queue[bytes]"
) -> None:
    worker = await stage.start(SOURCE, tail=stage.token("tail", "script"))

    await worker.get("/good?a=1", headers={"user-agent": "test"})
    good = orjson.loads(await events.get())
    await worker.get("/bad")
    bad = orjson.loads(await events.get())

    assert (good["outcome"], good["scriptName"], good["exceptions"]) == ("ok", "script", [])
    assert [(one["message"], one["level"]) for one in good["logs"]] == [(["hello"], "log")]
    assert good["event"]["request"]["url"] == "http://script.example/good?a=1"
    assert good["event"]["request"]["headers"]["user-agent"] == "test"
    assert good["event"]["response"] == {"status": 201}
    assert bad["outcome"] == "exception"
    [thrown] = bad["exceptions"]
    assert (thrown["name"], thrown["message"]) == ("ValueError", "secret")


async def test_who_watches_is_told_of_cron(stage: Stage, events: "asyncio.Queue[bytes]") -> None:
    worker = await stage.start(SOURCE, tail=stage.token("tail", "script"))
    async with worker.at("control") as control:
        await control.get("/scheduled", params={"cron": "* * * * *", "time": 1000})

    told = orjson.loads(await events.get())

    assert told["event"] == {"cron": "* * * * *", "scheduledTime": 1000}
    assert told["logs"][0]["message"] == ["cron"]
