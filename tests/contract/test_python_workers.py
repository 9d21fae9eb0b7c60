"""Python Workers over the binding listener: what Python gets is what JavaScript gets.

`fixtures/workers/conformance-python` calls every method of the bindings in Python's manner; what
it should report is beside the JavaScript conformance Worker. In Python `None` stands for both
`null` and `undefined`.
"""

import asyncio
import json
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from emulator import Settings
from emulator.wire.binding import Binding
from emulator.workers.python.config import render
from emulator.workers.runtime.child import Child, Launch, start
from emulator.workers.runtime.program import (
    KVBinding,
    Module,
    ModuleKind,
    Program,
    R2Binding,
    WrappedBinding,
    Wrapping,
)
from tests.contract.workerd import Stage, staged, tokens_of

WORKER = Path("fixtures/workers/conformance-python").absolute()
EXPECTED: dict[str, dict[str, Any]] = json.loads(
    (WORKER.parent / "conformance/expected.json").read_text()
)
# What only JavaScript has: `undefined`, and a type for large numbers.
JAVASCRIPT = {("d1", "bind undefined"), ("d1", "bind a bigint")}
CASES = [
    (suite, case)
    for suite in EXPECTED
    for case in EXPECTED[suite]
    if (suite, case) not in JAVASCRIPT
]


def program_of(stage: Stage) -> Program:
    """The conformance Worker, bound to new resources of the stage's account."""
    tokens = tokens_of(stage)
    paths = sorted(WORKER.glob("*.py"), key=lambda path: path.name != "entry.py")
    outbound = stage.bindings.issue(Binding(stage.account.id, "outbound", "conformance"))
    return Program(
        "conformance",
        "2026-01-01",
        outbound,
        tokens["cache"],
        tuple(Module(path.name, ModuleKind.PYTHON, path) for path in paths),
        compatibility_flags=("python_workers",),
        bindings=(
            KVBinding("KV", tokens["kv"]),
            WrappedBinding("DB", Wrapping.D1, tokens["d1"]),
            R2Binding("BUCKET", tokens["r2"]),
            WrappedBinding("INDEX", Wrapping.VECTORIZE, tokens["vectorize"], "conformance"),
            WrappedBinding("AI", Wrapping.AI, tokens["ai"]),
        ),
    )


@contextmanager
def running(program: Program, address: str) -> Iterator[Child]:
    """Its process, looked after by a loop of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def run(work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(60)

    try:
        with tempfile.TemporaryDirectory(prefix="cftwin-") as directory:
            config = Path(directory) / "config"
            config.write_bytes(render(program, address))
            command = (sys.executable, "-m", "emulator.workers.python.host", str(config))
            launch = Launch(command, Path(directory) / "sockets", None, {})
            child = run(start(launch, lambda level, text: None))
            try:
                yield child
            finally:
                run(child.stop())
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture(scope="module")
def report() -> Iterator[Mapping[str, Any]]:
    with staged(Settings()) as stage, running(program_of(stage), stage.address) as child:
        transport = httpx.HTTPTransport(uds=str(child.edge))
        url = "http://conformance.example"
        with httpx.Client(transport=transport, base_url=url, timeout=60) as client:
            yield {suite: client.get(f"/{suite}").raise_for_status().json() for suite in EXPECTED}


def pythonic(value: Any) -> Any:
    """The value without the difference between what is absent, null and undefined."""
    if isinstance(value, dict):
        return {key: pythonic(one) for key, one in value.items() if one not in (None, "undefined")}
    if isinstance(value, list):
        return [pythonic(one) for one in value]
    return None if value == "undefined" else value


@pytest.mark.parametrize(("suite", "case"), CASES, ids=" ".join)
def test_a_python_worker_is_told_what_cloudflare_tells_it(
    report: Mapping[str, Any], suite: str, case: str
) -> None:
    assert pythonic(report[suite][case]) == pythonic(EXPECTED[suite][case])


def test_every_case_is_tried_in_its_order(report: Mapping[str, Any]) -> None:
    assert [(suite, case) for suite in EXPECTED for case in report[suite]] == CASES
