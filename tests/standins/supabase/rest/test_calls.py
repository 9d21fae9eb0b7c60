"""Functions: their arguments, what they return, and which of several is meant."""

import psycopg
import pytest

from tests.standins.supabase.rest.conftest import ADA, Api, answer_of


@pytest.fixture
def dsn(own: str) -> str:
    return own


async def test_a_value_is_answered_as_it_is(service: Api) -> None:
    by_post = await service.post("/rpc/add", json={"a": 2, "b": 3})
    by_get = await service.get("/rpc/add?a=2")

    assert (by_post.json(), by_get.json()) == (5, 3)


async def test_several_values_and_rows_are_arrays(service: Api) -> None:
    assert await service.rows("/rpc/numbers?n=3") == [1, 2, 3]
    assert await service.rows("/rpc/pairs?n=1") == [{"x": 1, "y": "1"}]


async def test_a_single_row_is_an_object(service: Api) -> None:
    assert (await service.rows("/rpc/first_book?select=id,title")) == {"id": 1, "title": "Engines"}


async def test_a_tables_rows_are_filtered_and_embed(service: Api) -> None:
    response = await service.post(
        "/rpc/books_by?select=id,covers(colour)&id=lt.2&order=id",
        json={"author": "Ada"},
        headers={"prefer": "count=exact"},
    )

    assert response.json() == [{"id": 1, "covers": {"colour": "red"}}]
    assert response.headers["content-range"] == "0-0/1"


async def test_a_query_has_arguments_and_filters(service: Api) -> None:
    rows = await service.rows("/rpc/books_by?author=Ada&id=gt.1&select=id")

    assert rows == [{"id": 2}]


async def test_variadic_arguments_are_repeated(service: Api) -> None:
    assert await service.rows('/rpc/joined?parts=a&parts=b"c') == 'a-b"c'
    assert (await service.post("/rpc/joined", json={"parts": ["a", "b"]})).json() == "a-b"


async def test_one_unnamed_parameter_takes_the_whole_body(service: Api) -> None:
    assert (await service.post("/rpc/whole", json=[{"a": 1}, {"a": 2}])).json() == 2


async def test_nothing_is_answered_with_nothing(service: Api) -> None:
    response = await service.post("/rpc/burn", json={"book": 1})

    assert (response.status_code, response.content) == (204, b"")
    assert await service.rows("/covers") == []


async def test_a_get_changes_nothing(service: Api) -> None:
    response = await service.get("/rpc/burn?book=1")

    assert answer_of(response) == (405, "25006")
    assert len(await service.rows("/covers")) == 1


async def test_a_function_knows_who_calls(ada: Api, anyone: Api) -> None:
    known, unknown = await ada.rows("/rpc/whoami"), await anyone.rows("/rpc/whoami")

    assert known == {"role": "authenticated", "sub": ADA, "path": "/rpc/whoami"}
    assert (unknown["role"], unknown["sub"]) == ("anon", None)


async def test_a_function_may_set_status_and_headers(service: Api) -> None:
    response = await service.post("/rpc/teapot")

    assert (response.status_code, response.headers["x-kind"]) == (418, "tea")
    assert response.json() == "short and stout"


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("P0001", 400),
        ("23505", 409),
        ("42501", 403),
        ("PT402", 402),
        ("PT999", 500),
        ("57014", 500),
        ("40001", 500),
        ("53400", 500),
        ("53300", 503),
        ("42P01", 404),
        ("28000", 403),
        ("XX000", 500),
        ("22000", 400),
    ],
)
async def test_an_error_of_a_function_has_its_status(service: Api, state: str, status: int) -> None:
    response = await service.post("/rpc/fails", json={"state": state})

    assert response.status_code == status
    assert response.json() == {
        "code": state,
        "message": "on purpose",
        "details": "why",
        "hint": "how",
    }


async def test_what_is_no_function_is_refused_with_what_may_be_meant(service: Api) -> None:
    wrong_name = await service.post("/rpc/ad", json={"a": 1})
    missing = await service.post("/rpc/add", json={"b": 1})
    wrong_argument = await service.post("/rpc/books_by", json={"writer": "Ada"})

    assert answer_of(wrong_name) == answer_of(wrong_argument) == (404, "PGRST202")
    assert answer_of(missing) == (404, "PGRST202")
    hint = "Perhaps you meant to call the function public.books_by(author)"
    assert wrong_argument.json()["hint"] == hint


async def test_two_functions_that_fit_are_ambiguous(service: Api, dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        for type in ("text", "integer"):
            connection.execute(
                f"CREATE FUNCTION twice(a {type}) RETURNS int LANGUAGE sql AS 'SELECT 1'".encode()
            )

    assert answer_of(await service.post("/rpc/twice", json={"a": 1})) == (300, "PGRST203")


async def test_functions_take_no_other_method(service: Api) -> None:
    assert answer_of(await service.delete("/rpc/add")) == (405, "PGRST101")


async def test_nearest_jobs_are_found_by_their_vectors(ada: Api, service: Api) -> None:
    one = [1.0] + [0.0] * 767
    jobs = await service.rows("/jobs?select=id,user_id")
    await service.post(
        "/job_embeddings",
        json=[{"job_id": j["id"], "user_id": j["user_id"], "embedding": one} for j in jobs],
    )

    found = await ada.post("/rpc/match_jobs", json={"query_embedding": one, "match_count": 5})

    assert [(row["title"], row["similarity"]) for row in found.json()] == [("Engineer", 1)]
