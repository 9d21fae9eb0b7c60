"""What a twin tells of a request: the Worker's log, its statements, its calls and its mails."""

from collections.abc import Iterator

import httpx
import pytest

from e2e.exchanges import Exchanges
from e2e.reporting.behind import Behind, Span, Trace, behind, shared
from e2e.reporting.masking import Mask
from e2e.target import Loopback, Target
from emulator.testing import TwinAccount, TwinServer
from tests.contract.test_python_deployed import deploy, resource
from tests.deployed import Deployed

WORKER = """
from workers import Response, WorkerEntrypoint, fetch

class Default(WorkerEntrypoint):
    async def fetch(self, request):
        path = request.url.rpartition("/")[2]
        print("asked for", path, "password=hunter-2000")
        found = await self.env.DB.prepare("SELECT ?1 AS path").bind(path).all()
        if path == "out":
            await fetch("https://nowhere.example/there", method="POST", body="hello")
        if path == "broken":
            raise ValueError("as asked")
        return Response(found.results[0].path)
"""


@pytest.fixture
def target(twin_server: TwinServer, twin_account: TwinAccount) -> Iterator[Target]:
    workers = Deployed(twin_server, twin_account)
    database = resource(workers, "d1/database", name="reported")["uuid"]
    deploy(workers, "reported", WORKER, {"type": "d1", "name": "DB", "id": database})
    port = httpx.URL(twin_server.edge).port
    yield Target(
        kind="twin",
        environment="development",
        api=f"http://{workers.host('reported')}:{port}",
        site=None,
        supabase="",
        anon_key="",
        worker="reported",
        control=twin_server.control,
        account_id=twin_account.id,
    )
    workers.close()


def asked(target: Target, *paths: str) -> Exchanges:
    exchanges = Exchanges()
    with httpx.Client(transport=Loopback(), event_hooks=exchanges.hooks) as client:
        for path in paths:
            client.get(f"{target.api}/{path}")
    return exchanges


def told(target: Target, exchanges: Exchanges, wanted: int) -> Behind:
    """Once all lines of the log are there."""
    for _ in range(200):
        found = behind(target, [*exchanges], Mask())
        if found is not None and len(of(found, "log")) >= wanted:
            return found
    raise AssertionError(f"not {wanted} lines")


def of(found: Behind, kind: str, request: int | None = None) -> list[Trace]:
    traces = [one for one in found.traces if one.kind == kind]
    return [one for one in traces if request in (None, one.request)]


def test_each_request_has_what_was_done_for_it(target: Target) -> None:
    exchanges = asked(target, "one", "two")

    found = told(target, exchanges, 2)

    assert [one.text.text for one in of(found, "log", 1)] == ["asked for two password=•••"]
    [statement] = of(found, "d1", 0)
    assert statement.text.text.startswith("SELECT ?1 AS path")
    assert statement.title.startswith("d1.query")
    assert (statement.late, found.others, found.shared) == (False, 0, ())


def test_a_failure_and_a_refused_call_stand_out(target: Target) -> None:
    exchanges = asked(target, "out", "broken")

    # Each its own line, and the second a traceback.
    found = told(target, exchanges, 3)

    assert any(one.bad and "as asked" in one.text.text for one in of(found, "log", 1))
    [call] = of(found, "outbox", 0)
    assert call.bad
    assert call.title.startswith("POST https://nowhere.example/there")
    assert "hello" in call.text.text


def test_it_is_said_when_others_use_the_worker(target: Target) -> None:
    exchanges = asked(target, "one")
    asked(target, "of-another")

    assert told(target, exchanges, 1).others == 1


def test_of_requests_that_never_came_nothing_is_told(target: Target) -> None:
    assert behind(target, [], Mask()) is None


def test_requests_that_were_served_at_the_same_time_are_named() -> None:
    spans = [Span(0, 0.0, 2.0), Span(1, 1.0, 3.0), Span(2, 3.0, 4.0)]

    assert [*shared(spans)] == [0, 1]
