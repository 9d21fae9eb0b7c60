"""Apify: runs of actors, and what they find."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from emulator import Twin
from emulator.core.clock import iso
from emulator.standins.apify import with_tilde
from emulator.standins.apify_errors import ActorNotFound, ApifyError, BadFixture
from emulator.standins.apify_fixtures import actors, items_of, limit_of
from emulator.standins.apify_runs import MAX_RUNS, Runs
from tests.standins.conftest import Ask

URL = "https://api.apify.com/v2"
LINKEDIN = "bebity~linkedin-jobs-scraper"
INDEED = "misceres~indeed-scraper"
KEY = {"authorization": "Bearer apify_api_x"}


async def start(ask: Ask, actor: str = LINKEDIN, **options: Any) -> Any:
    started = await ask("POST", f"{URL}/acts/{actor}/runs", headers=KEY, **options)
    assert started.status_code == 201, started.text
    return started.json()["data"]


async def get(ask: Ask, path: str, **options: Any) -> Any:
    return (await ask("GET", f"{URL}{path}", headers=KEY, **options)).json()


async def test_a_run_fills_a_dataset(ask: Ask, twin: Twin) -> None:
    run = await start(ask, json={"keywords": "python"})
    assert run["status"] == "READY"
    assert run["startedAt"] == iso(twin.clock.now())[:-4] + "Z"

    finished = (await get(ask, f"/actor-runs/{run['id']}"))["data"]
    dataset = (await get(ask, f"/datasets/{run['defaultDatasetId']}"))["data"]
    items = await get(ask, f"/datasets/{run['defaultDatasetId']}/items")
    assert finished["status"] == "SUCCEEDED"
    assert dataset["itemCount"] == len(items) == 6
    assert {"title", "company", "workArrangement"} <= items[0].keys()


async def test_an_actor_may_be_named_with_a_slash(ask: Ask) -> None:
    run = await start(ask, "misceres/indeed-scraper", json={})

    assert run["actId"] == INDEED


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("/v2/acts/a/b/runs", "/v2/acts/a~b/runs"),
        ("/v2/acts/a/b", "/v2/acts/a~b"),
        ("/v2/actors/a/b/run-sync", "/v2/acts/a~b/run-sync"),
        ("/v2/acts/a/runs", "/v2/acts/a/runs"),
        ("/v2/acts/a/runs/last", "/v2/acts/a/runs/last"),
        ("/v2/acts/a~b/runs", "/v2/acts/a~b/runs"),
        ("/v2/actors/a~b", "/v2/acts/a~b"),
        ("/v2/datasets/a/b", "/v2/datasets/a/b"),
    ],
)
def test_a_slash_in_an_actors_name_is_a_tilde(path: str, known: str) -> None:
    assert with_tilde(path) == known


async def test_the_input_says_how_many_are_wanted(ask: Ask) -> None:
    body = gzip.compress(b'{"maxItems": 2}')
    headers = KEY | {"content-encoding": "gzip", "content-type": "application/json"}
    url = f"{URL}/acts/{LINKEDIN}/run-sync-get-dataset-items"

    found = await ask("POST", url, content=body, headers=headers)

    assert (found.status_code, len(found.json())) == (201, 2)
    assert found.headers["x-apify-pagination-total"] == "2"


@pytest.mark.parametrize(
    ("given", "limit"), [((2, 0), 2), ((5, 3), 3), (("x", None), None), ((True, -1), None)]
)
def test_the_smaller_limit_counts(given: tuple[object, ...], limit: int | None) -> None:
    assert limit_of(*given) == limit


async def test_items_come_in_pages_and_shapes(ask: Ask) -> None:
    run = await start(ask)
    path = f"/datasets/{run['defaultDatasetId']}/items"

    every = await get(ask, path)
    assert await get(ask, path, params={"offset": 1, "limit": 2}) == every[1:3]
    assert await get(ask, path, params={"desc": 1, "limit": 1}) == every[5:]
    assert await get(ask, path, params={"fields": "title", "limit": 1}) == [
        {"title": every[0]["title"]}
    ]
    omitted = await get(ask, path, params={"omit": "title", "limit": 1})
    assert omitted == [{key: every[0][key] for key in every[0] if key != "title"}]


async def test_the_last_run_and_its_input_are_there(ask: Ask) -> None:
    await start(ask, INDEED)
    run = await start(ask, json={"position": "x"})

    last = (await get(ask, f"/acts/{LINKEDIN}/runs/last"))["data"]
    stored = await get(ask, f"/key-value-stores/{run['defaultKeyValueStoreId']}/records/INPUT")
    assert last["id"] == run["id"]
    assert stored == {"position": "x"}


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "type"),
    [
        ("POST", "/acts/no~body/runs", {}, 404, "record-not-found"),
        ("POST", "/acts/..~..~fixtures/runs", {}, 404, "record-not-found"),
        ("POST", f"/acts/{LINKEDIN}/runs", {"content": b"{"}, 400, "invalid-input"),
        ("GET", "/actor-runs/absent", {}, 404, "record-not-found"),
        ("GET", "/datasets/absent/items", {}, 404, "record-not-found"),
        ("GET", "/key-value-stores/absent/records/INPUT", {}, 404, "record-not-found"),
        ("GET", "/acts?limit=-1", {}, 400, "invalid-value"),
        ("GET", "/schedules", {}, 404, "page-not-found"),
        ("DELETE", "/acts", {}, 404, "page-not-found"),
    ],
)
async def test_refusals_are_shaped_as_apifys(
    ask: Ask, method: str, path: str, options: dict[str, Any], status: int, type: str
) -> None:
    refused = await ask(method, f"{URL}{path}", headers=KEY, **options)

    assert (refused.status_code, refused.json()["error"]["type"]) == (status, type)


async def test_without_a_token_nothing_runs(ask: Ask) -> None:
    refused = await ask("POST", f"{URL}/acts/{LINKEDIN}/runs")
    by_query = await ask("GET", f"{URL}/users/me?token=x")

    assert (refused.status_code, by_query.status_code) == (401, 200)


def test_what_an_actor_finds_may_be_ones_own(tmp_path: Path) -> None:
    (tmp_path / "my~actor.json").write_text('[{"a": 1}]')
    (tmp_path / f"{INDEED}.json").write_text("[]")

    assert items_of("my~actor", tmp_path) == [{"a": 1}]
    assert items_of(INDEED, tmp_path) == []
    assert actors(tmp_path) == (INDEED, "my~actor", LINKEDIN)


@pytest.mark.parametrize("text", ["{}", "[1]", "nothing"])
def test_a_fixture_that_is_no_list_of_objects_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "my~actor.json").write_text(text)

    with pytest.raises(BadFixture, match=r"my~actor\.json cannot be used"):
        items_of("my~actor", tmp_path)
    with pytest.raises(ActorNotFound):
        items_of("../my~actor", tmp_path)


def test_the_oldest_run_is_forgotten(twin: Twin) -> None:
    runs = Runs(twin.clock, twin.ids)
    first = runs.start("a~b", [], b"", "")
    for _ in range(MAX_RUNS):
        runs.start("a~b", [], b"", "")

    assert len(runs.all()) == MAX_RUNS
    with pytest.raises(ApifyError):
        runs.get(first.id)
