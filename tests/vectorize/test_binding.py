"""Vectorize as the Workers runtime calls it: bare results, refusals with their codes."""

import pytest

from emulator import Account
from emulator.vectorize.models import Metric
from tests.bindings import Runtime


async def test_an_index_that_is_gone_is_refused_with_its_code(runtime: Runtime) -> None:
    env = await runtime.bind("vectorize", "gone")

    answer = await env.get("/info")

    assert (answer.status_code, answer.json()["code"]) == (404, 3000)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"ids":"a"}', b'{"ids":["\\ud800"]}'])
async def test_a_bad_body_is_refused(runtime: Runtime, account: Account, body: bytes) -> None:
    account.vectorize.create_index("shop", 2, Metric.COSINE)
    env = await runtime.bind("vectorize", "shop")

    answer = await env.post("/getByIds", content=body)

    assert (answer.status_code, answer.json()["code"]) == (400, 40026)
