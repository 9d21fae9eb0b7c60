"""The published pytest plugin, as somebody else's test suite uses it."""

import pytest

from emulator.testing import TwinServer

TESTS = """
import pytest

def test_an_account_is_empty_and_usable(cloudflare, twin_account):
    assert list(cloudflare.kv.namespaces.list(account_id=twin_account.id)) == []
    namespace = cloudflare.kv.namespaces.create(account_id=twin_account.id, title="carts")
    assert namespace.title == "carts"

def test_the_next_test_has_another_account(cloudflare, twin_account):
    assert list(cloudflare.kv.namespaces.list(account_id=twin_account.id)) == []

def test_time_is_in_the_tests_hand(twin_clock):
    before = twin_clock.now()
    twin_clock.advance(60)
    assert twin_clock.now() - before >= 60

@pytest.mark.asyncio
async def test_the_asynchronous_client_works(async_cloudflare, twin_account):
    page = await async_cloudflare.d1.database.list(account_id=twin_account.id)
    assert page.result == []
"""


def test_a_suite_gets_a_twin_of_its_own(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TESTS)

    result = pytester.runpytest_subprocess("-o", "asyncio_mode=auto")

    result.assert_outcomes(passed=4)


def test_a_suite_may_use_a_running_twin(pytester: pytest.Pytester, twin_server: TwinServer) -> None:
    pytester.makepyfile(TESTS)
    before = twin_server.control.get("/_twin/health").json()["accounts"]

    result = pytester.runpytest_subprocess("-o", "asyncio_mode=auto", "--twin-url", twin_server.url)

    result.assert_outcomes(passed=4)
    assert twin_server.control.get("/_twin/health").json()["accounts"] == before
