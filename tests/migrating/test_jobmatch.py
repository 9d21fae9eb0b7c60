"""JobMatch moves from Supabase to Cloudflare: its tables, its vectors."""

import pytest

from tests.migrating.conftest import Databases, Move, jobmatch_target, rows_of

INDEX = "jobs"
VECTORS = (
    "job_embeddings.embedding=jobs;id=job:{job_id};namespace={user_id};"
    "metadata=userId:user_id,jobId:job_id"
)
OPTIONS = ("--exclude", "job_embeddings", "--vectors", VECTORS)


@pytest.fixture
def size() -> str:
    return "small"


@pytest.fixture
def dsn(databases: Databases, size: str) -> str:
    return databases.jobmatch(size)


@pytest.fixture
def rows(move: Move) -> dict[str, int]:
    """The source's rows of each table; the target is ready for them."""
    jobmatch_target(move)
    config = {"dimensions": 768, "metric": "cosine"}
    move.api("POST", "/vectorize/v2/indexes", json={"name": INDEX, "config": config})
    return rows_of(move.dsn)


def test_the_small_seed_moves_and_a_second_run_changes_nothing(
    move: Move, rows: dict[str, int]
) -> None:
    vectors = rows.pop("job_embeddings")

    first, second = move(*OPTIONS), move(*OPTIONS)

    assert (first.code, first.report.get("refused")) == (0, []), first.err
    assert {one["table"]: one["target_rows"] for one in first.report["tables"]} == rows
    assert first.report["changes"] == sum(rows.values()) + vectors
    assert first.report["vectors"][0]["target_vectors"] == vectors == 60
    assert (second.code, second.report["changes"], second.report["alike"]) == (0, 0, True)


@pytest.mark.parametrize("size", ["medium"])
def test_the_medium_seed_moves_though_it_is_killed_half_way(
    move: Move, rows: dict[str, int]
) -> None:
    del rows["job_embeddings"]
    options = ("--exclude", "job_embeddings")
    with move.start(*options) as process:
        assert process.stderr is not None
        while not process.stderr.readline().startswith("jobs 2,000"):
            assert process.poll() is None
        process.kill()
    ((left,),) = move.d1("SELECT count(*) FROM jobs")

    second, third = move(*options), move(*options)

    assert 2_000 <= left < rows["jobs"] == 5_000
    assert (second.code, second.report.get("refused")) == (0, []), second.err
    assert {one["table"]: one["target_rows"] for one in second.report["tables"]} == rows
    assert second.table("jobs")["inserted"] == 5_000 - left
    assert (third.code, third.report["changes"], third.report["alike"]) == (0, 0, True)


def test_what_has_changed_on_either_side_is_made_alike_again(
    move: Move, rows: dict[str, int]
) -> None:
    move(*OPTIONS)
    move.d1("UPDATE skills SET name = 'other' WHERE id = (SELECT min(id) FROM skills)")
    move.d1("DELETE FROM notifications WHERE id = (SELECT min(id) FROM notifications)")
    move.source("UPDATE users SET phone = '1' WHERE id = (SELECT min(id::text)::uuid FROM users)")

    again = move(*OPTIONS)

    assert (again.code, again.report["changes"]) == (0, 3)
    assert again.table("skills")["updated"] == again.table("users")["updated"] == 1
    assert again.table("notifications")["inserted"] == 1


def test_a_row_that_only_the_target_has_is_a_difference(move: Move, rows: dict[str, int]) -> None:
    move(*OPTIONS)
    move.d1("INSERT INTO users (id, email) VALUES ('x', 'x@example.com')")

    again = move(*OPTIONS)

    assert (again.code, again.report["alike"], again.report["changes"]) == (1, False, 0)
    assert [one["table"] for one in again.report["tables"] if not one["alike"]] == ["users"]
