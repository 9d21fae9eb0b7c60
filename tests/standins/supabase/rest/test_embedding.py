"""Embedded resources: each kind of relationship, nested, inner, filtered, ambiguous."""

from tests.standins.supabase.rest.conftest import Api, answer_of

BY_AUTHOR = "authors!books_author_id_fkey"


async def test_a_book_has_its_author(service: Api) -> None:
    rows = await service.rows(f"/books?select=id,writer:{BY_AUTHOR}(name)&order=id")

    assert [row["writer"]["name"] for row in rows] == ["Ada", "Ada", "Bo"]


async def test_an_author_has_their_books(service: Api) -> None:
    select = "name,books!books_author_id_fkey(id)"
    rows = await service.rows(f"/authors?select={select}&order=id&books.order=id.desc")

    assert [[book["id"] for book in row["books"]] for row in rows] == [[2, 1], [3], []]


async def test_the_column_of_a_key_names_the_relationship(service: Api) -> None:
    by_column = await service.rows("/books?select=translator_id(name)&id=eq.2")
    by_hint = await service.rows("/books?select=authors!translator_id(name)&id=eq.2")

    assert by_column == [{"translator_id": {"name": "Cyn"}}]
    assert by_hint == [{"authors": {"name": "Cyn"}}]


async def test_one_to_one_is_an_object_both_ways(service: Api) -> None:
    book = await service.rows("/books?select=covers(colour)&id=eq.1")
    cover = await service.rows("/covers?select=books(title)")

    assert book == [{"covers": {"colour": "red"}}]
    assert cover == [{"books": {"title": "Engines"}}]


async def test_many_to_many_goes_through_the_table_between(service: Api) -> None:
    rows = await service.rows("/books?select=id,shelves(place)&order=id&shelves.order=place")

    assert [[shelf["place"] for shelf in row["shelves"]] for row in rows] == [
        ["attic", "hall"],
        ["hall"],
        [],
    ]


async def test_a_table_refers_to_itself(service: Api) -> None:
    sequels = await service.rows("/books?select=id,sequels:books(title)&id=eq.1")
    first = await service.rows("/books?select=id,sequel_of(title)&id=eq.2")

    assert sequels == [{"id": 1, "sequels": [{"title": "Engines, again"}]}]
    assert first == [{"id": 2, "sequel_of": {"title": "Engines"}}]


async def test_embeddings_nest(service: Api) -> None:
    select = "place,books(title,authors!author_id(name,books!author_id(id)))"
    rows = await service.rows(f"/shelves?select={select}&id=eq.2")

    assert rows[0]["books"][0]["authors"]["name"] == "Ada"
    assert {book["id"] for book in rows[0]["books"][0]["authors"]["books"]} == {1, 2}


async def test_inner_leaves_out_rows_without_partners(service: Api) -> None:
    response = await service.get(
        "/books?select=id,covers!inner(colour)&covers.colour=eq.red",
        headers={"prefer": "count=exact"},
    )

    assert [row["id"] for row in response.json()] == [1]
    assert response.headers["content-range"] == "0-0/1"


async def test_inner_works_for_many_partners_and_counts(service: Api) -> None:
    response = await service.get(
        "/books?select=id,shelves!inner(id)&shelves.place=eq.attic",
        headers={"prefer": "count=exact"},
    )

    assert response.json() == [{"id": 1, "shelves": [{"id": 2}]}]
    assert response.headers["content-range"] == "0-0/1"


async def test_a_filter_on_an_embedding_leaves_the_row(service: Api) -> None:
    rows = await service.rows("/books?select=id,shelves(id)&shelves.id=eq.2&id=lte.2&order=id")

    assert rows == [{"id": 1, "shelves": [{"id": 2}]}, {"id": 2, "shelves": []}]


async def test_rows_with_and_without_partners_are_found_by_null(service: Api) -> None:
    counted = {"prefer": "count=exact"}
    without = await service.get("/books?select=id,covers()&covers=is.null", headers=counted)
    some = await service.get("/books?select=id,shelves()&shelves=not.is.null", headers=counted)

    assert [row for row in without.json()] == [{"id": 2}, {"id": 3}]
    assert without.headers["content-range"] == "0-1/2"
    assert [row["id"] for row in some.json()] == [1, 2]
    assert some.headers["content-range"] == "0-1/2"


async def test_limits_and_trees_hold_within_an_embedding(service: Api) -> None:
    rows = await service.rows(
        "/authors?select=id,books!author_id(id)&id=eq.1&books.limit=1&books.offset=1"
        "&books.order=id&books.or=(id.eq.1,id.eq.2)"
    )

    assert rows == [{"id": 1, "books": [{"id": 2}]}]


async def test_a_single_partners_columns_are_spread(service: Api) -> None:
    rows = await service.rows("/books?select=id,...covers(colour,c:book_id)&id=lte.2&order=id")

    assert rows == [{"id": 1, "colour": "red", "c": 1}, {"id": 2, "colour": None, "c": None}]


async def test_rows_are_ordered_by_their_partner(service: Api) -> None:
    path = f"/books?select=id,author:{BY_AUTHOR}(id)&order=author(name).desc,id.desc"

    assert [row["id"] for row in await service.rows(path)] == [3, 2, 1]


async def test_partners_are_counted(service: Api) -> None:
    rows = await service.rows("/authors?select=id,books!author_id(count)&order=id")

    assert [row["books"][0]["count"] for row in rows] == [2, 1, 0]


async def test_an_ambiguous_relationship_is_told_with_its_choices(service: Api) -> None:
    response = await service.get("/books?select=authors(name)")

    assert answer_of(response) == (300, "PGRST201")
    assert "'authors!books_author_id_fkey'" in response.json()["hint"]
    assert {one["cardinality"] for one in response.json()["details"]} == {"many-to-one"}


async def test_what_is_not_related_is_refused(service: Api) -> None:
    refused = {
        "/authors?select=shelves(*)": (400, "PGRST200"),
        "/books?select=shelves(*)&order=shelves(place)": (400, "PGRST118"),
        "/books?select=...shelves(place)": (400, "PGRST119"),
        "/books?select=covers(*)&covers=eq.1": (400, "PGRST120"),
        "/books?select=id&order=covers(colour)": (400, "PGRST108"),
        "/books?select=id&covers.limit=1": (400, "PGRST108"),
    }

    assert {path: answer_of(await service.get(path)) for path in refused} == refused
