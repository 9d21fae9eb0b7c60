"""An OpenAI-compatible server behind the text models: here it is a twin of its own, over HTTP."""

import json
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from emulator import Settings, Twin
from emulator.app import create_app
from emulator.core.clock import ManualClock
from emulator.core.ids import Ids
from emulator.testing import TwinAccount, TwinServer
from tests.ai.conftest import GLM, LLAMA, Run

HI = [{"role": "user", "content": "Hi"}]


class Server:
    """The server that is asked: its rules and what it was asked."""

    def __init__(self, server: TwinServer, account: TwinAccount) -> None:
        self._control = server.control
        self._query = {"account_id": account.id}
        self.settings: dict[str, Any] = {
            "ai_chat_url": f"{server.api}/accounts/{account.id}/ai/v1/",
            "ai_chat_key": account.token,
            "ai_chat_model": GLM,
        }

    def says(self, **rule: Any) -> None:
        self._control.put("/_twin/ai/rules", params=self._query, json=rule).raise_for_status()

    def asked(self) -> Any:
        answer = self._control.get("/_twin/ai/calls", params=self._query)
        return answer.raise_for_status().json()["calls"][0]["input"]


@pytest.fixture
def server(twin_server: TwinServer, twin_account: TwinAccount) -> Server:
    return Server(twin_server, twin_account)


async def client_of(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    twin = Twin(settings, clock=ManualClock(), ids=Ids(seed=1))
    record, credential = twin.create_account("Test account")
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(create_app(twin)),
        base_url=f"http://twin/client/v4/accounts/{record.id}",
        headers={"Authorization": f"Bearer {credential.value}"},
    ) as client:
        yield client
    twin.close()


@pytest.fixture
async def rest(tmp_path: Path, server: Server) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(state=tmp_path / "state", ai_chat_seconds=5.0, **server.settings)
    async for client in client_of(settings):
        yield client


async def test_a_text_comes_from_the_server(run: Run, server: Server) -> None:
    server.says(answer="Hello from afar")

    response = await run(LLAMA, messages=HI, temperature=0.3, max_tokens=50, seed=7)

    result = response.json()["result"]
    assert (result["response"], result["usage"]["completion_tokens"]) == ("Hello from afar", 3)
    assert response.headers["cf-twin-backend"].startswith("127.0.0.1:")
    assert server.asked() == {
        "model": GLM,
        "messages": HI,
        "max_tokens": 50,
        "stream": False,
        "temperature": 0.3,
        "seed": 7,
    }


async def test_a_stream_is_passed_on_in_our_form(run: Run, server: Server) -> None:
    server.says(chunks=["Hel", "lo"])

    lines = (await run(LLAMA, messages=HI, stream=True)).text.split("\n\n")

    assert [json.loads(line[6:])["response"] for line in lines[:-2]] == ["Hel", "lo", ""]
    assert json.loads(lines[-3][6:])["usage"]["completion_tokens"] == 1
    assert lines[-2] == "data: [DONE]"


async def test_tools_and_their_calls_are_passed_on(run: Run, server: Server) -> None:
    server.says(tool_calls=[{"name": "find", "arguments": {"q": "cats"}}])
    tool = {"name": "find", "description": "finds", "parameters": {"type": "object"}}

    for stream in (False, True):
        response = await run(LLAMA, messages=HI, tools=[tool], stream=stream)
        assert '"tool_calls":[{"name":"find","arguments":{"q":"cats"}}]' in response.text

    assert server.asked()["tools"] == [{"type": "function", "function": tool}]


async def test_json_mode_is_passed_on_and_checked(run: Run, server: Server) -> None:
    mode = {"type": "json_schema", "json_schema": {"type": "object", "required": ["a"]}}

    server.says(json={"a": 1})
    good = await run(LLAMA, messages=HI, response_format=mode)
    server.says(json={"b": 1})
    bad = await run(LLAMA, messages=HI, response_format=mode)

    assert good.json()["result"]["response"] == {"a": 1}
    assert bad.json()["errors"][0]["code"] == 5024


async def test_a_refusal_of_the_server_is_told(run: Run, server: Server) -> None:
    server.says(error={"status": 500, "message": "out of memory"})

    response = await run(LLAMA, messages=HI, stream=True)

    error = response.json()["errors"][0]
    assert (response.status_code, error["code"]) == (502, 3043)
    assert "answered 500" in error["message"]
    assert "out of memory" in error["message"]


async def test_a_rule_comes_before_the_server(rest: httpx.AsyncClient, run: Run) -> None:
    rule = {"answer": "scripted"}
    await rest.post("http://twin/_twin/ai/rules", json=rule)

    response = await run(LLAMA, messages=HI)

    assert response.headers["cf-twin-backend"] == "scripted"


async def test_a_server_that_takes_too_long_is_a_timeout(tmp_path: Path, server: Server) -> None:
    server.says(answer="late", delay_seconds=2)
    settings = Settings(state=tmp_path / "state", ai_chat_seconds=0.2, **server.settings)

    async for client in client_of(settings):
        response = await client.post(f"/ai/run/{LLAMA}", json={"messages": HI})

    error = response.json()["errors"][0]
    assert (response.status_code, error["code"]) == (408, 3007)
    assert "gave no answer in 0.2 s" in error["message"]


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/v1", "not a url", "http://[/v1"])
async def test_a_server_that_is_not_there_is_no_capacity(tmp_path: Path, url: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    settings = Settings(state=tmp_path / "state", ai_chat_url=url.format(port=port))

    async for client in client_of(settings):
        response = await client.post(f"/ai/run/{LLAMA}", json={"messages": HI})

    error = response.json()["errors"][0]
    assert (response.status_code, error["code"]) == (429, 3040)
    assert "cannot be reached" in error["message"]


async def test_what_is_no_completion_is_refused(
    tmp_path: Path, twin_server: TwinServer, server: Server
) -> None:
    no_chat = replace(Settings(**server.settings), ai_chat_url=f"{twin_server.url}/_twin")

    async for client in client_of(replace(no_chat, state=tmp_path / "state")):
        response = await client.post(f"/ai/run/{LLAMA}", json={"messages": HI})

    assert response.json()["errors"][0]["code"] == 3043
