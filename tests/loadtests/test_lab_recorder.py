"""What was measured by several processes is what one would have measured."""

from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from loadtests.lab.recorder import Recorder

seen = st.tuples(
    st.integers(0, 3),
    st.sampled_from(["d1", "supabase"]),
    st.sampled_from(["insert", "point_read"]),
    st.floats(0.1, 500),
    st.sampled_from(["", "", "429"]),
    st.integers(0, 1),
)


def still() -> float:
    return 10.0


def note(recorder: Recorder, one: tuple[int, str, str, float, str, int]) -> None:
    round, side, operation, took, error, rows = one
    recorder.add(round, side, operation, took, error=error, size=7, rows=rows, is_hit=rows > 0)


def ordered(told: dict[str, Any]) -> dict[str, Any]:
    """Sums of floats differ by the order they were added in."""
    whole = {name: sorted(value) for name, value in told.items() if isinstance(value, list)}
    for name in ("times", "seconds"):
        whole[name] = [[*key, one["buckets"]] for *key, one in sorted(told[name], key=str)]
    return whole


@given(st.lists(seen, max_size=40), st.lists(st.booleans(), min_size=40, max_size=40))
def test_parts_of_two_processes_become_the_whole(
    asked: list[tuple[int, str, str, float, str, int]], which: list[bool]
) -> None:
    alone, first, second, master = (Recorder(still) for _ in range(4))
    for one, goes in zip(asked, which, strict=False):
        note(alone, one)
        note(first if goes else second, one)

    for part in (first, second):
        master.merge(orjson.loads(orjson.dumps(part.take())))

    whole, together = ordered(alone.take()), ordered(master.take())
    nonzero = {name: [one for one in whole[name] if one[-1] != 0] for name in whole}
    assert {name: [one for one in together[name] if one[-1] != 0] for name in whole} == nonzero


def test_warming_up_counts_only_what_was_written() -> None:
    recorder = Recorder(still)

    note(recorder, (0, "d1", "insert", 5.0, "", 1))

    told = recorder.take()
    assert (told["times"], told["rows"]) == ([], [["d1", 1]])


def test_a_failed_write_is_not_acknowledged() -> None:
    recorder = Recorder(still)

    note(recorder, (1, "d1", "insert", 5.0, "429", 1))

    told = recorder.take()
    assert (told["rows"], told["errors"]) == ([], [[1, "d1", "insert", "429", 1]])
    assert told["times"] == []


def test_what_was_taken_is_not_told_again() -> None:
    recorder = Recorder(still)
    note(recorder, (1, "d1", "insert", 5.0, "", 1))
    recorder.take()

    assert recorder.take()["times"] == []
