"""Reading tables: columns, order, ranges, counts, and what the answer looks like."""

import pytest

from tests.standins.supabase.rest.conftest import Api, answer_of

OBJECT = {"accept": "application/vnd.pgrst.object+json"}
COUNTED = {"prefer": "count=exact"}


async def test_columns_are_chosen_renamed_and_cast(service: Api) -> None:
    rows = await service.rows("/books?select=name:title,price::text&id=eq.1")

    assert rows == [{"name": "Engines", "price": "5"}]


async def test_json_paths_lead_into_json_arrays_and_rows(service: Api) -> None:
    select = "facts->>city,lang:facts->langs->0,last:facts->langs->>-1,tag:tags->>0"
    rows = await service.rows(f"/authors?select={select}&id=eq.1")

    assert rows == [{"city": "London", "lang": "en", "last": "fr", "tag": "maths"}]


async def test_names_with_blanks_quotes_and_percent_signs_work(service: Api) -> None:
    path = "/odd%20%22name?select=a%20b,x:%22100%25%22,select&%22a%20b%22=eq.1&order=%22100%25%22"
    rows = await service.rows(path)

    assert rows == [{"a b": 1, "x": "x", "select": "y"}]


async def test_rows_are_ordered_with_the_nulls_where_they_are_wanted(service: Api) -> None:
    first = await service.rows("/authors?select=id&order=born.desc.nullsfirst")
    last = await service.rows("/authors?select=id&order=born.desc.nullslast,id")

    assert [row["id"] for row in first] == [2, 3, 1]
    assert [row["id"] for row in last] == [3, 1, 2]


async def test_a_range_is_a_limit_and_an_offset(service: Api) -> None:
    by_query = await service.get("/books?select=id&order=id&limit=1&offset=1")
    by_header = await service.get("/books?select=id&order=id", headers={"range": "1-1"})

    assert by_query.json() == by_header.json() == [{"id": 2}]
    assert by_query.headers["content-range"] == by_header.headers["content-range"] == "1-1/*"


@pytest.mark.parametrize("count", ["exact", "planned", "estimated"])
async def test_all_rows_are_counted_on_wish(service: Api, count: str) -> None:
    response = await service.get("/books?select=id&limit=2", headers={"prefer": f"count={count}"})

    assert response.status_code == 206
    assert response.headers["preference-applied"] == f"count={count}"
    span, total = response.headers["content-range"].split("/")
    assert span == "0-1"
    assert int(total) == 3 if count != "planned" else int(total) >= 2


async def test_a_whole_answer_is_no_partial_one(service: Api) -> None:
    response = await service.get("/books?id=gt.1", headers=COUNTED)

    assert response.status_code == 200
    assert response.headers["content-range"] == "0-1/2"


async def test_head_has_the_counts_and_no_body(service: Api) -> None:
    response = await service.head("/books", headers=COUNTED)

    assert response.headers["content-range"] == "0-2/3"
    assert response.content == b""


async def test_an_offset_beyond_the_rows_is_refused(service: Api) -> None:
    response = await service.get("/books?offset=9", headers=COUNTED)

    assert answer_of(response) == (416, "PGRST103")


async def test_without_a_count_an_offset_beyond_finds_nothing(service: Api) -> None:
    response = await service.get("/books?offset=9")

    assert (response.status_code, response.json()) == (200, [])
    assert response.headers["content-range"] == "*/*"


async def test_a_single_object_is_one_row_or_a_refusal(service: Api) -> None:
    one = await service.get("/books?select=id&id=eq.1", headers=OBJECT)
    none = await service.get("/books?id=eq.99", headers=OBJECT)
    many = await service.get("/books", headers=OBJECT)

    assert one.json() == {"id": 1}
    assert answer_of(none) == answer_of(many) == (406, "PGRST116")
    assert many.json()["details"] == "The result contains 3 rows"


async def test_csv_has_a_line_of_names(service: Api) -> None:
    response = await service.get("/books?select=id,title&id=lt.3", headers={"accept": "text/csv"})

    assert response.text.splitlines() == ["id,title", "1,Engines", '2,"Engines, again"']


async def test_nulls_are_left_out_on_wish(service: Api) -> None:
    accept = {"accept": "application/vnd.pgrst.array+json;nulls=stripped"}
    response = await service.get("/books?select=id,isbn&id=gte.2", headers=accept)

    assert response.json() == [{"id": 2, "isbn": "222"}, {"id": 3}]


async def test_views_are_tables(service: Api) -> None:
    assert await service.rows("/cheap?select=id&order=id") == [{"id": 1}, {"id": 3}]


async def test_the_root_describes_tables_and_functions(service: Api) -> None:
    document = await service.rows("/")

    assert {"/books", "/rpc/add"} <= set(document["paths"])
    assert document["definitions"]["books"]["properties"]["in_print"]["type"] == "boolean"
