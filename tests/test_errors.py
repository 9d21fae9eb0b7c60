"""Every refusal of every product renders, and no product uses a code for two meanings."""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages
from string import Formatter

import orjson
import pytest

import emulator
from emulator.core.errors import CloudflareError
from emulator.wire.envelope import failure


def refusals() -> Iterator[type[CloudflareError]]:
    for module in walk_packages(emulator.__path__, "emulator."):
        if module.name.rpartition(".")[2].endswith("errors"):
            import_module(module.name)
    waiting = [CloudflareError]
    while waiting:
        for refusal in waiting.pop().__subclasses__():
            waiting.append(refusal)
            if "message" in vars(refusal):
                yield refusal


@pytest.mark.parametrize("refusal", sorted(refusals(), key=str), ids=str)
def test_a_refusal_renders_with_its_facts(refusal: type[CloudflareError]) -> None:
    names = [name for _, name, _, _ in Formatter().parse(refusal.message) if name]

    reply = failure(refusal(**dict.fromkeys(names, "fact")))

    assert isinstance(reply.body, bytes)
    assert orjson.loads(reply.body)["errors"][0]["code"] == refusal.code
    assert 400 <= reply.status <= 503
