"""Splitting against SQLite's own parser, and against texts that cost too much if split badly."""

from time import perf_counter

import apsw
import apsw.ext
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.d1.splitter import after_blank, statements_in

TRIGGER = (
    "CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 'a;'; SELECT CASE 1 WHEN 2 THEN 3 END; END"
)
PIECES = (
    "SELECT 1",
    "SELECT ';'",
    'SELECT 1 AS ";", 2 AS [;], 3 AS `;`',
    "SELECT 'it''s;'",
    "SELECT 1 -- ;\n",
    "SELECT /* ; */ 1",
    "/* create trigger */ SELECT 2",
    TRIGGER,
    TRIGGER.replace("; END", " ; /* x */ end "),
    TRIGGER.replace("CREATE TRIGGER", "EXPLAIN CREATE TEMP\nTRIGGER"),
)


GLUE = st.sampled_from([";", " ;\n", ";; ; "])


@given(st.lists(st.sampled_from(PIECES), max_size=6), GLUE)
def test_what_was_joined_comes_apart(pieces: list[str], glue: str) -> None:
    split = [text.strip(" \n;") for text in statements_in(glue.join(pieces))]

    assert split == [piece.strip(" \n;") for piece in pieces]


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=4))
def test_the_first_statement_is_what_sqlite_takes(pieces: list[str]) -> None:
    connection = apsw.Connection(":memory:")
    connection.execute("CREATE TABLE t(a)")
    text = ";".join([*pieces, "SELECT 1"])

    taken = apsw.ext.query_info(connection, text).first_query

    assert next(iter(statements_in(text))) + ";" == taken


@pytest.mark.parametrize("text", ["", "  ", ";;", "-- only\n", "/* a */ ; -- b", "/* open"])
def test_blank_text_has_no_statement(text: str) -> None:
    assert list(statements_in(text)) == []
    assert after_blank(text, 0) == len(text)


@pytest.mark.parametrize(
    "text",
    [
        ";" * 500_000,
        "'" * 500_001,
        "/*" * 250_000,
        "CREATE TRIGGER x BEGIN " + "SELECT 1;" * 50_000,
        "CREATE TRIGGER x BEGIN ;" + "/* */" * 100_000,
        "CREATE " * 70_000,
    ],
)
def test_hostile_text_is_split_in_linear_time(text: str) -> None:
    started = perf_counter()

    assert len(list(statements_in(text))) <= 1
    assert perf_counter() - started < 2
