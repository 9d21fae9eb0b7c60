"""Scripts that loop, leak, crash or call themselves: ended, while their neighbours serve."""

import threading

import httpx
import pytest

from tests.deployed import Deployed

pytestmark = pytest.mark.workerd

LOOPS = """export default { fetch(request) {
  if (new URL(request.url).pathname === "/loop") while (true) {}
  return new Response("fine");
} };"""
LEAKS = """const kept = [];
export default { fetch(request) {
  if (new URL(request.url).pathname === "/leak")
    for (let i = 0; i < 2048; i++) kept.push(new Uint8Array(1024 * 1024).fill(i));
  return new Response("fine");
} };"""


def test_a_script_that_loops_is_ended_and_serves_again(workers: Deployed) -> None:
    workers.deploy("loops", LOOPS, limits={"cpu_ms": 1000})
    workers.deploy("other", "export default { fetch: () => new Response('other') }")
    answers: list[httpx.Response] = []
    looping = threading.Thread(target=lambda: answers.append(workers.get("loops", "/loop")))
    looping.start()

    others = [workers.get("other").text for _ in range(20)]
    looping.join()

    assert others == ["other"] * 20
    assert (answers[0].status_code, answers[0].text) == (503, "error code: 1102")
    assert workers.get("loops").text == "fine"


def test_a_script_that_leaks_is_ended_and_serves_again(workers: Deployed) -> None:
    workers.deploy("leaks", LEAKS)

    answer = workers.get("leaks", "/leak")

    assert answer.status_code in (500, 503)
    assert workers.get("leaks").text == "fine"


def test_half_an_answer_is_seen_as_half(workers: Deployed) -> None:
    workers.deploy(
        "half",
        """export default { fetch(request, env, ctx) {
          const { readable, writable } = new FixedLengthStream(1_000_000);
          const writer = writable.getWriter();
          ctx.waitUntil((async () => {
            await writer.write(new Uint8Array(10));
            await scheduler.wait(50);
            await writer.abort("enough");
          })());
          return new Response(readable);
        } };""",
    )

    with pytest.raises(httpx.RemoteProtocolError):
        workers.get("half")


def test_a_script_that_ends_its_process_serves_again(workers: Deployed) -> None:
    code = """import process from "node:process";
    export default { fetch(request) {
      if (new URL(request.url).pathname === "/exit") process.exit(1);
      return new Response("fine");
    } };"""
    workers.deploy("exits", code, compatibility_flags=["nodejs_compat"])

    assert workers.get("exits", "/exit").status_code in (500, 503)
    assert workers.get("exits").text == "fine"
