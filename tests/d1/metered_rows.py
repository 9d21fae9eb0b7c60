"""Exact counts against an SQLite that counts: `python -m pytest tests/d1/metered_rows.py`.

Not part of the suite, for it needs the wheel of `fixtures/metered-apsw` unpacked in a directory
that TWIN_METERED_APSW names. Where the two SQLite versions compile a statement differently,
they read different rows and nothing is compared.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.d1.replay import Counted, replay
from tests.d1.test_rows import SUITES

Statement = tuple[str, list[Any]]
Replay = Callable[[list[str], list[Statement]], list[Counted]]

SCHEMA = [
    "CREATE TABLE p(id INTEGER PRIMARY KEY, a INT, b TEXT)",
    "CREATE INDEX p_a ON p(a)",
    "CREATE TABLE q(id INTEGER PRIMARY KEY AUTOINCREMENT, a INT REFERENCES p ON DELETE CASCADE,"
    " b TEXT UNIQUE)",
    "CREATE INDEX q_ab ON q(a, b)",
    "CREATE TABLE w(b TEXT PRIMARY KEY, a INT, id INT) WITHOUT ROWID",
    "CREATE INDEX w_some ON w(id) WHERE a > 2",
    "CREATE TRIGGER w_p AFTER UPDATE ON w BEGIN UPDATE p SET b = new.b WHERE a = new.a; END",
    "INSERT INTO p SELECT value, value % 5, 'k' || value FROM json_each('[1,2,3,4,5,6,7,8,20]')",
    "INSERT INTO q(a, b) SELECT id, b FROM p WHERE id <> 4",
    "INSERT INTO w SELECT b, a, id FROM p",
]
# SQLite 3.53 plans these otherwise than workerd's and ours.
DIFFERENCES = frozenset(
    {
        "SELECT m FROM w x WHERE x.m=2.5 UNION SELECT v FROM l y LIMIT 1",
        "SELECT * FROM w x JOIN w y ON y.n=x.k WHERE y.n=4 ORDER BY x.k DESC, 1",
    }
)
TABLES = st.sampled_from(["p", "q", "w"])
COLUMNS = st.sampled_from(["id", "a", "b"])
VALUES = st.sampled_from(["1", "3", "8", "-1", "2.5", "'k2'", "NULL", "?"])
PARAMETERS = st.sampled_from([1, 3, 0, -1, "k2", "3", "k%", None, 2.5])
TESTS = st.one_of(
    st.builds("x.{} {} {}".format, COLUMNS, st.sampled_from(["=", "<", ">=", "<>"]), VALUES),
    st.builds("x.{} IN ({}, {})".format, COLUMNS, VALUES, VALUES),
    st.builds("x.{} BETWEEN {} AND {}".format, COLUMNS, VALUES, VALUES),
    st.builds("x.b LIKE {}".format, st.sampled_from(["?", "'k%'"])),
    st.builds("x.{} IN (SELECT {} FROM {})".format, COLUMNS, COLUMNS, TABLES),
    st.builds("EXISTS (SELECT 1 FROM {} z WHERE z.{} = x.{})".format, TABLES, COLUMNS, COLUMNS),
)
WHERES = st.one_of(
    st.just("1"),
    TESTS,
    st.builds("({} {} {})".format, TESTS, st.sampled_from(["AND", "OR"]), TESTS),
)
ENDS = st.sampled_from(
    ["", " ORDER BY 1", " ORDER BY 1 DESC LIMIT 3", " LIMIT ?", " ORDER BY 1 LIMIT 2 OFFSET ?"]
)
RESULTS = st.sampled_from(["*", "x.a", "DISTINCT x.a", "count(*)", "max(x.a)", "x.b, x.id"])
SQL = st.one_of(
    st.builds("SELECT {} FROM {} x WHERE {}{}".format, RESULTS, TABLES, WHERES, ENDS),
    st.builds(
        "SELECT x.a, count(*) FROM {} x WHERE {} GROUP BY x.a{}".format, TABLES, WHERES, ENDS
    ),
    st.builds(
        "SELECT * FROM {} x {} JOIN {} y ON y.{} = x.{} WHERE {}{}".format,
        TABLES,
        st.sampled_from(["", "LEFT"]),
        TABLES,
        COLUMNS,
        COLUMNS,
        WHERES,
        ENDS,
    ),
    st.builds(
        "SELECT {} FROM {} x WHERE {} {} SELECT {} FROM {}{}".format,
        COLUMNS,
        TABLES,
        WHERES,
        st.sampled_from(["UNION", "UNION ALL", "EXCEPT", "INTERSECT"]),
        COLUMNS,
        TABLES,
        ENDS,
    ),
    st.builds(
        "SELECT x.id, sum(x.a) OVER (PARTITION BY x.{} ORDER BY x.id) FROM {} x{}".format,
        COLUMNS,
        TABLES,
        ENDS,
    ),
    st.builds(
        "INSERT {} INTO {}({}) VALUES ({}), ({}){}".format,
        st.sampled_from(["", "OR IGNORE", "OR REPLACE"]),
        TABLES,
        COLUMNS,
        VALUES,
        VALUES,
        st.sampled_from(["", " RETURNING *", " ON CONFLICT DO NOTHING"]),
    ),
    st.builds("UPDATE {} AS x SET {} = {} WHERE {}".format, TABLES, COLUMNS, VALUES, WHERES),
    st.builds("DELETE FROM {} AS x WHERE {}".format, TABLES, WHERES),
)


@st.composite
def statements(draw: st.DrawFn) -> list[Statement]:
    texts = draw(st.lists(SQL, min_size=1, max_size=6))
    return [(sql, [draw(PARAMETERS) for _ in range(sql.count("?"))]) for sql in texts]


@pytest.fixture(scope="module")
def metered() -> Iterator[Replay]:
    """`replay` in a process that has the metered apsw."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.d1.replay"],
        env={**os.environ, "PYTHONPATH": os.environ["TWIN_METERED_APSW"]},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    into, out = process.stdin, process.stdout

    def replay_there(setup: list[str], statements: list[Statement]) -> list[Counted]:
        print(json.dumps([setup, statements]), file=into, flush=True)
        return [Counted(*each) for each in json.loads(out.readline())]

    yield replay_there
    process.communicate()


@settings(max_examples=1_000, deadline=None)
@given(statements())
def test_what_is_called_exact_is_exact(metered: Replay, statements: list[Statement]) -> None:
    for (sql, _), ours, theirs in zip(
        statements, replay(SCHEMA, statements), metered(SCHEMA, statements), strict=True
    ):
        if ours.exact and ours.program == theirs.program:
            assert ours[:3] == theirs[:3], sql


@pytest.mark.parametrize("name", SUITES)
def test_the_metered_sqlite_counts_as_workerd_does(metered: Replay, name: str) -> None:
    answers = SUITES[name]["statements"]
    statements = [(answer["sql"], answer["params"]) for answer in answers]

    counts = metered(SUITES[name]["setup"], statements)

    for answer, count in zip(answers, counts, strict=True):
        theirs = (answer["rows_read"], answer["rows_written"], True)
        assert count[:3] == theirs or answer["sql"] in DIFFERENCES, answer["sql"]
