"""Every operator, alone, negated, in trees; each finds the books or authors it should."""

import pytest

from tests.standins.supabase.rest.conftest import Api, answer_of

BOOKS = {
    "id=eq.1": [1],
    "id=not.eq.1": [2, 3],
    "id=neq.1": [2, 3],
    "price=gt.7": [2],
    "price=gte.7": [2, 3],
    "price=lt.7": [1],
    "price=lte.7": [1, 3],
    "title=like.Eng*": [1, 2],
    "title=like.eng*": [],
    "title=ilike.eng*": [1, 2],
    "title=ilike.%25quiet%25": [3],
    "title=match.^E.*s$": [1],
    "title=imatch.^e.*s$": [1],
    "id=in.(1,3)": [1, 3],
    'title=in.("Engines, again",x)': [2],
    "id=in.()": [],
    "id=not.in.(1,3)": [2],
    "in_print=is.true": [1],
    "in_print=is.not_null": [1, 2],
    "in_print=is.NULL": [3],
    "in_print=not.is.false": [1, 3],
    "in_print=is.unknown": [3],
    "translator_id=isdistinct.3": [1, 3],
    "id=eq(any).{1,2}": [1, 2],
    "title=like(any).{Eng*,The*}": [1, 2, 3],
    "title=ilike(all).{*engines*,*again}": [2],
    "id=gt(all).{1,2}": [3],
    "title=fts.engine": [1, 2],
    "title=fts(english).cat": [3],
    "title=fts(simple).cat": [],
    "title=plfts.quiet cats": [3],
    "title=phfts.quiet cats": [3],
    "title=wfts.quiet or engine": [1, 2, 3],
    "title=not.fts.engine": [3],
    "pages=cs.[5,10)": [1],
    "pages=cd.[0,100)": [1],
    "pages=ov.[90,120)": [1, 2],
    "pages=sl.[100,200)": [1],
    "pages=sr.[0,100)": [2],
    "pages=nxr.[0,120)": [1],
    "pages=nxl.[50,200)": [2],
    "pages=adj.[150,160)": [2],
    "or=(id.eq.1,id.eq.3)": [1, 3],
    "not.or=(id.eq.1,id.eq.3)": [2],
    "and=(id.gt.1,id.lt.3)": [2],
    "or=(id.eq.1,and(id.gt.1,not.and(price.gt.10,in_print.is.false)))": [1, 3],
    'or=(title.eq."Engines, again",id.in.(1,9))': [1, 2],
    "or=(title.not.like.Eng*,isbn.is.not_null)": [1, 2, 3],
    "id=gt.1&id=lt.3": [2],
}
AUTHORS = {
    "tags=cs.{maths}": [1],
    "tags=ov.{maths,poetry}": [1, 3],
    "or=(tags.cs.{maths,poetry},id.eq.2)": [1, 2],
    "facts->>city=eq.London": [1],
    "facts->deep->er=eq.7": [3],
    "facts->langs->>1=eq.fr": [1],
    'facts=cs.{"city":"London"}': [1],
    "tags->>0=eq.poetry": [3],
    "born=gte.1900-01-01": [3],
}


@pytest.mark.parametrize(("query", "found"), BOOKS.items())
async def test_books_are_filtered(service: Api, query: str, found: list[int]) -> None:
    rows = await service.rows(f"/books?select=id&order=id&{query}")

    assert [row["id"] for row in rows] == found


@pytest.mark.parametrize(("query", "found"), AUTHORS.items())
async def test_authors_are_filtered(service: Api, query: str, found: list[int]) -> None:
    rows = await service.rows(f"/authors?select=id&order=id&{query}")

    assert [row["id"] for row in rows] == found


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("id=1", "PGRST100"),
        ("id=eq", "PGRST100"),
        ("id=is.nothing", "PGRST100"),
        ("id=is.nullx", "PGRST100"),
        ("id=in.1,2", "PGRST100"),
        ("id=in.(1,2)x", "PGRST100"),
        ("or=id.eq.1", "PGRST100"),
        ("or=()", "PGRST100"),
        ("or=(id.eq.1", "PGRST100"),
        ("select=id,", "PGRST100"),
        ("order=id.up", "PGRST100"),
        ("limit=-1", "PGRST103"),
        ("id=eq.x", "22P02"),
        ("nothing=eq.1", "42703"),
        ("title=cs.x", "42883"),
        ("title=fts(klingon).x", "42704"),
        ("title=fts.a b", "42601"),
        ("select=title::nothing", "42704"),
        ("select=price.sum()", "PGRST123"),
        ("select=count()", "PGRST123"),
        ("authors.name=eq.x", "PGRST108"),
    ],
)
async def test_what_is_no_filter_is_refused(service: Api, query: str, code: str) -> None:
    response = await service.get(f"/books?{query}")

    assert answer_of(response)[1] == code
    assert 400 <= response.status_code < 500


async def test_a_refusal_says_where_the_text_is_wrong(service: Api) -> None:
    response = await service.get("/books?select=id,title[]")

    assert "(line 1, column 9)" in response.json()["message"]
    assert response.json()["details"].startswith('unexpected "["')
