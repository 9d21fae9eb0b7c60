"""Inserting, upserting, changing and deleting rows, and what is told of it."""

import psycopg
import pytest

from tests.standins.supabase.rest.conftest import Api, answer_of

WHOLE = {"prefer": "return=representation"}


@pytest.fixture
def dsn(own: str) -> str:
    return own


async def test_a_row_is_inserted_without_a_word(service: Api) -> None:
    response = await service.post("/shelves", json={"id": 7, "place": "cellar"})

    assert (response.status_code, response.content) == (201, b"")
    assert await service.rows("/shelves?id=eq.7") == [{"id": 7, "place": "cellar"}]


async def test_rows_come_back_as_they_are_selected(service: Api) -> None:
    response = await service.post(
        "/books?select=id,title,price,author:authors!author_id(name)",
        json=[{"title": "One", "author_id": 1}, {"title": "Two", "author_id": None}],
        headers=WHOLE,
    )

    assert response.status_code == 201
    assert response.json() == [
        {"id": 101, "title": "One", "price": 10, "author": {"name": "Ada"}},
        {"id": 102, "title": "Two", "price": 10, "author": None},
    ]


async def test_a_location_tells_the_key_of_a_new_row(service: Api) -> None:
    response = await service.post(
        "/books", json={"title": "One"}, headers={"prefer": "return=headers-only"}
    )

    assert response.headers["location"] == "/books?id=eq.101"
    assert response.content == b""


async def test_missing_values_are_null_or_the_default(service: Api) -> None:
    rows = [{"title": "One", "price": 3}, {"title": "Two"}]
    path = "/books?columns=title,price&select=price"
    plain = await service.post(path, json=rows, headers=WHOLE)
    default = await service.post(
        path, json=rows, headers={"prefer": "return=representation,missing=default"}
    )

    assert [row["price"] for row in plain.json()] == [3, None]
    assert [row["price"] for row in default.json()] == [3, 10]


async def test_columns_choose_of_a_body(service: Api) -> None:
    rows = [{"id": 8, "place": "a", "ignored": 1}, {"id": 9, "other": {}}]
    response = await service.post("/shelves?columns=id", json=rows, headers=WHOLE)

    assert response.json() == [{"id": 8, "place": None}, {"id": 9, "place": None}]


async def test_csv_and_forms_are_bodies_too(service: Api) -> None:
    csv = {"content-type": "text/csv"}
    await service.post("/shelves", content='id,place\n7,"a, b"\n8,NULL', headers=csv)
    await service.post("/shelves", data={"id": "9", "place": "c"})

    rows = await service.rows("/shelves?id=gte.7&order=id")
    assert [row["place"] for row in rows] == ["a, b", None, "c"]


async def test_duplicates_are_merged_or_ignored(service: Api) -> None:
    row = [{"id": 1, "place": "new"}, {"id": 5, "place": "new"}]
    merge = {"prefer": "resolution=merge-duplicates,return=representation"}
    ignore = {"prefer": "resolution=ignore-duplicates,return=representation"}

    ignored = await service.post("/shelves", json=row, headers=ignore)
    merged = await service.post("/shelves", json=row, headers=merge)

    assert (ignored.status_code, ignored.json()) == (201, [{"id": 5, "place": "new"}])
    assert (merged.status_code, merged.json()) == (200, row)
    assert "resolution=merge-duplicates" in merged.headers["preference-applied"]


async def test_another_unique_column_may_decide(service: Api) -> None:
    merge = {"prefer": "resolution=merge-duplicates"}
    body = {"title": "New name", "isbn": "111"}

    response = await service.post("/books?on_conflict=isbn", json=body, headers=merge)

    assert response.status_code == 200
    assert (await service.rows("/books?select=id,title&isbn=eq.111"))[0]["id"] == 1


async def test_rows_are_changed_where_they_are_meant(service: Api) -> None:
    silent = await service.patch("/books?id=eq.1", json={"price": 99})
    told = await service.patch(
        "/books?price=gt.10&select=id&order=id",
        json={"price": 1},
        headers={"prefer": "return=representation,count=exact"},
    )

    assert (silent.status_code, silent.content) == (204, b"")
    assert told.json() == [{"id": 1}, {"id": 2}]
    assert told.headers["content-range"] == "0-1/2"


async def test_nothing_to_change_changes_nothing(service: Api) -> None:
    response = await service.patch("/books?id=eq.1", json={}, headers=WHOLE)

    assert (response.status_code, response.json()) == (200, [])


async def test_rows_are_deleted(service: Api) -> None:
    response = await service.delete("/covers?colour=eq.red", headers=WHOLE)

    assert response.json() == [{"book_id": 1, "colour": "red"}]
    assert await service.rows("/covers") == []


async def test_a_whole_table_is_neither_changed_nor_deleted(service: Api) -> None:
    changed = await service.patch("/covers", json={"colour": "blue"})
    deleted = await service.delete("/covers")

    assert answer_of(changed) == answer_of(deleted) == (400, "21000")
    assert len(await service.rows("/covers")) == 1


async def test_a_dry_run_leaves_no_trace(service: Api) -> None:
    headers = {"prefer": "return=representation,tx=rollback"}
    response = await service.post("/shelves", json={"id": 7, "place": "x"}, headers=headers)

    assert response.json() == [{"id": 7, "place": "x"}]
    assert await service.rows("/shelves?id=eq.7") == []


async def test_more_rows_than_allowed_are_not_changed(service: Api) -> None:
    strict = {"prefer": "handling=strict,max-affected=1"}
    response = await service.patch("/books?id=gt.0", json={"price": 1}, headers=strict)

    assert answer_of(response) == (400, "PGRST124")
    assert await service.rows("/books?price=eq.1") == []


async def test_a_change_of_several_is_no_single_object(service: Api) -> None:
    headers = {**WHOLE, "accept": "application/vnd.pgrst.object+json"}
    many = await service.patch("/books?id=gt.0", json={"price": 1}, headers=headers)
    one = await service.patch("/books?id=eq.1&select=price", json={"price": 2}, headers=headers)

    assert answer_of(many) == (406, "PGRST116")
    assert one.json() == {"price": 2}
    assert await service.rows("/books?price=eq.1") == []


@pytest.mark.parametrize(
    ("path", "body", "refusal"),
    [
        ("/shelves", b"", (400, "PGRST102")),
        ("/shelves", b"{", (400, "PGRST102")),
        ("/shelves", b'[{"id": 7}, 8]', (400, "PGRST102")),
        ("/shelves", b'[{"id": 7}, {"place": "x"}]', (400, "PGRST102")),
        ("/shelves", b'{"id": NaN}', (400, "PGRST102")),
        ("/shelves", b'{"place": "\\ud800"}', (400, "PGRST102")),
        ("/shelves", b"[" * 5_000 + b"]" * 5_000, (400, "PGRST102")),
        ("/shelves", b'{"id": 7, "place": "\\u0000"}', (400, "22P05")),
        ("/shelves", b'{"id": 7, "nothing": 1}', (400, "PGRST204")),
        ("/shelves?columns=nothing", b'{"id": 7}', (400, "PGRST204")),
        ("/shelves", b'{"id": "x"}', (400, "22P02")),
        ("/shelves", b'{"id": 99999999999999999999}', (400, "22003")),
        ("/shelves", b'{"id": 1}', (409, "23505")),
        ("/shelves", b'{"place": "x"}', (400, "23502")),
        ("/covers", b'{"book_id": 77}', (409, "23503")),
        ("/nothing", b"{}", (404, "PGRST205")),
        ("/cheap", b'{"id": 1, "title": "x"}', (409, "23505")),
    ],
)
async def test_what_does_not_fit_is_refused(
    service: Api, path: str, body: bytes, refusal: tuple[int, str]
) -> None:
    response = await service.post(path, content=body, headers={"content-type": "application/json"})

    assert answer_of(response) == refusal


async def test_percent_signs_in_defaults_are_no_parameters(service: Api, dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE rates (id int, rate text DEFAULT '5 %')")
    headers = {"prefer": "return=representation,missing=default"}

    response = await service.post("/rates?columns=id,rate", json={"id": 1}, headers=headers)

    assert response.json() == [{"id": 1, "rate": "5 %"}]


async def test_at_most_a_thousand_rows_come_at_once(service: Api) -> None:
    await service.post("/shelves", json=[{"id": i} for i in range(100, 1_200)])

    assert len(await service.rows("/shelves?limit=5000")) == 1_000


async def test_a_table_made_a_moment_ago_is_found(service: Api, dsn: str) -> None:
    assert answer_of(await service.get("/fresh")) == (404, "PGRST205")
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE fresh (id integer)")

    assert await service.rows("/fresh") == []


async def test_a_put_is_refused_by_name(service: Api) -> None:
    tables = (await service.get("/")).json()["definitions"]

    refused = await service.request("PUT", f"/{next(iter(tables))}", json={})

    assert answer_of(refused) == (501, "not_implemented")
    assert refused.json()["message"] == "PUT is not implemented by Cloudflare Twin"
