"""`cftwin cost`: what it asks the twin, what it prints, and its exit code."""

import json
from collections.abc import Callable, Iterator

import httpx
import pytest
from click.testing import CliRunner, Result

from emulator.cli import main
from emulator.testing import TwinAccount, TwinServer

Cost = Callable[..., Result]
RUNS = "/_twin/meter/runs"


@pytest.fixture
def run(twin_server: TwinServer, twin_account: TwinAccount) -> Iterator[str]:
    """A run in which two keys of KV were written and one was read."""
    control, name = twin_server.control, f"cost {twin_account.id}"
    base = f"{twin_server.api}/accounts/{twin_account.id}/storage/kv/namespaces"
    control.post(RUNS, json={"name": name, "account_id": twin_account.id}).raise_for_status()
    with httpx.Client(base_url=base, headers=twin_account.headers, trust_env=False) as kv:
        made = kv.post("", json={"title": "carts"}).json()["result"]["id"]
        pairs = [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]
        kv.put(f"/{made}/bulk", json=pairs).raise_for_status()
        kv.get(f"/{made}/values/a").raise_for_status()
    control.put(f"{RUNS}/{name}").raise_for_status()
    yield name
    control.delete(f"{RUNS}/{name}").raise_for_status()


@pytest.fixture
def cost(twin_server: TwinServer, run: str) -> Cost:
    def cost(*options: str) -> Result:
        arguments = ["cost", "--control", twin_server.url, "--run", run, *options]
        return CliRunner().invoke(main, arguments)

    return cost


def test_the_bill_is_printed_beside_supabases(cost: Cost) -> None:
    result = cost("--scale", "1000000")

    assert result.exit_code == 0, result.output
    lines = {line.split("  ")[0]: line.split() for line in result.stdout.splitlines()}
    assert lines["KV: writes"][2:6] == ["2,000,000", "1,000,000", "1,000,000", "5.00"]
    assert lines["Workers Paid"][-1] == "5.00"
    assert lines["Supabase Pro"][-1] == "25.00"


def test_the_bill_above_the_budget_is_an_error(cost: Cost) -> None:
    result = cost("--scale", "1000000", "--budget", "9.99")

    assert result.exit_code == 1
    assert "$10.00 a month is more than the budget of $9.99" in result.stderr


def test_the_bill_as_json_has_every_line(cost: Cost) -> None:
    told = json.loads(cost("--scale", "3", "--json").stdout)

    lines = {line["unit"]: line for line in told["lines"]}
    assert (lines["kv_writes"]["used"], lines["kv_reads"]["used"]) == ("6", "3")
    assert lines["kv_bytes"]["used"] == "4"
    assert (told["dollars"], told["above_budget"]) == ("5.00", False)
    assert told["free_plan"] == {"enough": True, "beyond": []}


def test_a_month_of_what_was_counted_goes_by_the_twins_clock(cost: Cost) -> None:
    told = json.loads(cost("--json", "--budget", "1e9").stdout)

    lines = {line["unit"]: float(line["used"]) for line in told["lines"]}
    assert lines["kv_writes"] == pytest.approx(2 * 30 * 86_400 / told["seconds"])


@pytest.mark.parametrize("option", ["--scale", "--budget"])
@pytest.mark.parametrize("value", ["nan", "inf", "-1"])
def test_what_nothing_can_be_counted_with_is_refused(option: str, value: str) -> None:
    assert CliRunner().invoke(main, ["cost", option, value]).exit_code == 2


def test_what_is_not_there_is_said(twin_server: TwinServer) -> None:
    no_run = ["cost", "--control", twin_server.url, "--run", "no such run"]
    no_twin = ["cost", "--control", "http://127.0.0.1:9"]

    assert "there is no run 'no such run'" in CliRunner().invoke(main, no_run).output
    assert "no twin answers at" in CliRunner().invoke(main, no_twin).output
    assert "no twin runs on" in CliRunner().invoke(main, ["cost", "--state", "nowhere"]).output


def test_a_run_cannot_be_started_twice(twin_server: TwinServer, run: str) -> None:
    reply = twin_server.control.post(RUNS, json={"name": run})

    assert (reply.status_code, reply.json()["errors"][0]["code"]) == (409, 10409)
