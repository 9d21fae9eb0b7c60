"""The seed of JobMatch in PostgreSQL: the rows that D1 has, in PostgreSQL's types."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psycopg
import pytest

from emulator.standins.supabase.seeding import SeedFailed, load
from tests.standins.supabase.rest.conftest import MIGRATIONS, Api

GENERATOR = MIGRATIONS.parents[1] / "seeds" / "generate.py"


@pytest.fixture
def dsn(own: str) -> str:
    return own


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("seed")
    subprocess.run([sys.executable, str(GENERATOR), "small", str(directory)], check=True)
    return directory


def embed(texts: Sequence[str]) -> list[list[float]]:
    return [[float(len(text) % 7 + 1)] + [0.0] * 767 for text in texts]


async def test_a_seed_is_loaded_whole_and_once(dsn: str, seed: Path, service: Api) -> None:
    expected = json.loads((seed / "seed.json").read_text())["tables"]

    assert load(seed, dsn, embed) == sum(expected.values()) + expected["jobs"]
    assert load(seed, dsn, embed) == 0
    counts = {"prefer": "count=exact"}
    for table, rows in expected.items():
        response = await service.head(f"/{table}", headers=counts)
        extra = {"users": 2, "jobs": 2, "applications": 1}.get(table, 0)
        assert response.headers["content-range"].endswith(f"/{rows + extra}"), table


async def test_flags_documents_and_times_have_their_types(
    dsn: str, seed: Path, service: Api
) -> None:
    load(seed, dsn, embed)
    path = "/jobs?select=is_saved,required_skills->0,posted_at&is_saved=is.true&limit=1"
    [job] = await service.rows(path)

    assert job["is_saved"] is True
    assert isinstance(job["required_skills"], str)
    assert job["posted_at"].endswith("+00:00")


async def test_users_have_the_ids_of_their_seed(dsn: str, seed: Path, service: Api) -> None:
    load(seed, dsn, embed)

    [ada] = await service.rows("/users?select=id&email=eq.ada.lindqvist@example.com")
    assert ada["id"] == "046ff56c-695b-5636-9625-072118634201"


@pytest.mark.parametrize(
    ("row", "said"),
    [({"id": "x", "nothing": 1}, "has no column nothing"), ({"id": "no uuid"}, "01_users.jsonl")],
)
def test_what_does_not_fit_is_named_and_nothing_is_loaded(
    dsn: str, tmp_path: Path, row: dict[str, object], said: str
) -> None:
    tables = tmp_path / "d1" / "DB"
    tables.mkdir(parents=True)
    (tables / "01_users.jsonl").write_text(json.dumps(row))

    with pytest.raises(SeedFailed, match=said):
        load(tmp_path, dsn, embed)
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT count(*) FROM users").fetchone() == (2,)
