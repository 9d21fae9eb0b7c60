"""Starting, swapping and ending the process of a script."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress

import httpx
import pytest

from emulator.workers.runtime.failures import ProgramBroken
from emulator.workers.runtime.program import JsonBinding, ObjectBinding, TextBinding
from emulator.workers.runtime.served import Share
from emulator.workers.runtime.watchdog import Excess
from tests.workers.runtime.conftest import Script

pytestmark = pytest.mark.workerd

Scripts = Callable[..., Awaitable[Script]]


def saying(text: str) -> str:
    return f"export default {{ fetch: () => new Response({text!r}) }}"


async def test_a_deployed_program_answers_at_its_edge_socket_and_its_port(script: Script) -> None:
    await script.deploy(script.program(saying("hello")))

    async with httpx.AsyncClient(trust_env=False) as client:
        direct = await client.get(script.served.url)
    assert (await script.get()).text == direct.text == "hello"


async def test_text_reaches_the_script_as_it_is(script: Script) -> None:
    text = 'a"b\\c\nd\te\x7fé\U0001f600${x}'
    source = "export default { fetch: (r, env) => Response.json([env.TEXT, env.JSON]) }"
    bindings = (TextBinding("TEXT", text), JsonBinding("JSON", '{"a": [1, "\\n"]}'))

    await script.deploy(script.program(source, bindings=bindings))

    assert (await script.get()).json() == [text, {"a": [1, "\n"]}]


async def test_the_first_request_starts_the_process(script: Script) -> None:
    await script.deploy(script.program(saying("hello")), start=False)
    assert script.runner.child is None

    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(script.served.url)).text == "hello"
    assert (await script.get()).text == "hello"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("export default {", "Uncaught SyntaxError: Unexpected end of input"),
        ("throw new Error('no')", "Uncaught Error: no"),
        ("import 'absent'; export default {}", 'Uncaught Error: No such module "absent".'),
    ],
)
async def test_a_broken_program_says_why_and_the_old_one_goes_on(
    script: Script, source: str, reason: str
) -> None:
    await script.deploy(script.program(saying("old")))

    with pytest.raises(ProgramBroken) as broken:
        await script.deploy(script.program(source))

    assert str(broken.value).startswith(reason)
    assert (await script.get()).text == "old"


async def test_a_program_that_cannot_start_refuses_who_connects(script: Script) -> None:
    await script.deploy(script.program("throw new Error('no')"), start=False)

    async with httpx.AsyncClient(trust_env=False) as client:
        with pytest.raises(httpx.HTTPError):
            await client.get(script.served.url)
    with pytest.raises(ProgramBroken, match="Uncaught Error: no"):
        await script.get()


async def test_deploys_under_load_lose_no_request(script: Script) -> None:
    await script.deploy(script.program(saying("0")))
    answers: list[str] = []
    done = asyncio.Event()

    news = asyncio.Event()

    async def keep_asking() -> None:
        while not done.is_set():
            answers.append((await script.get()).raise_for_status().text)
            news.set()

    async def until_answered(text: str) -> None:
        while text not in answers:
            news.clear()
            await asyncio.wait(
                {asyncio.ensure_future(news.wait()), *askers},
                timeout=10,
                return_when="FIRST_COMPLETED",
            )
            for one in askers:
                if one.done():
                    one.result()

    askers = [asyncio.create_task(keep_asking()) for _ in range(3)]
    for number in range(1, 6):
        await script.deploy(script.program(saying(str(number))))
        await until_answered(str(number))
    done.set()
    await asyncio.gather(*askers)

    assert set(answers) == set("012345")


async def test_a_killed_process_is_replaced_by_the_next_request(script: Script) -> None:
    await script.deploy(script.program(saying("hello")))
    first = script.runner.child
    assert first is not None

    os.kill(first.pid, signal.SIGKILL)
    await first.ended

    assert (await script.get()).text == "hello"
    assert script.runner.child is not first


async def test_a_script_that_loops_is_ended_and_starts_again(script: Script) -> None:
    source = """
        export default { fetch(r) {
          if (r.url.endsWith("loop")) for (;;);
          return new Response("ok");
        } }"""
    await script.deploy(script.program(source, cpu_seconds=1.0))

    with pytest.raises(httpx.HTTPError):
        await script.get("/loop")

    assert script.runner.excess is Excess.CPU
    assert (await script.get()).text == "ok"


async def test_a_script_that_leaks_is_ended(script: Script) -> None:
    source = """
        const kept = [];
        const pause = () => new Promise((done) => setTimeout(done, 20));
        export default { async fetch() {
          for (;;) { kept.push(new Uint8Array(16 << 20).fill(1)); await pause(); }
        } }"""
    await script.deploy(script.program(source))

    with pytest.raises(httpx.HTTPError):
        await script.get()

    assert script.runner.excess is Excess.MEMORY


async def test_an_idle_process_ends_and_the_next_request_starts_another(scripts: Scripts) -> None:
    script = await scripts(idle_seconds=1.0)
    await script.deploy(script.program(saying("hello")))
    assert script.runner.child is not None

    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.shield(script.runner.child.ended), 20)

    assert script.runner.child is None
    assert (await script.get()).text == "hello"


async def test_durable_objects_keep_their_data_from_one_program_to_the_next(
    script: Script,
) -> None:
    source = """
        import { DurableObject } from "cloudflare:workers";
        export class Counter extends DurableObject {
          async fetch() {
            const count = 1 + ((await this.ctx.storage.get("count")) ?? 0);
            await this.ctx.storage.put("count", count);
            return new Response(count);
          }
        }
        export default { fetch(r, env) { return env.COUNTER.getByName("one").fetch(r) } }"""
    settings = {"bindings": (ObjectBinding("COUNTER", "Counter"),), "objects": ("Counter",)}
    await script.deploy(script.program(source, **settings))
    assert (await script.get()).text == "1"

    await script.deploy(script.program(source, **settings))

    assert (await script.get()).text == "2"


async def test_what_a_script_prints_is_in_its_log(script: Script) -> None:
    source = "export default { fetch() { console.warn('careful', {a: 1}); return new Response() } }"
    await script.deploy(script.program(source))

    await script.get()
    await script.runner.rest()

    assert ("warn", "careful { a: 1 }") in script.log


async def test_two_versions_share_the_requests(script: Script) -> None:
    shares = [Share(script.program(saying("old")), 90), Share(script.program(saying("new")), 10)]

    await script.served.deploy(shares)
    answers = [(await script.get()).text for _ in range(100)]

    assert 1 <= answers.count("new") <= 30
