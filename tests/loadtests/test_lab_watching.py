"""What processes used while a side ran."""

from loadtests.lab.watching import CLIENT, OTHERS, TWIN, WORKER, Look, cores

FIRST = Look(10.0, {1: (TWIN, 5.0, 80.0), 2: (WORKER, 1.0, 60.0), 9: (CLIENT, 0.5, 90.0)}, 0, 20.0)
LAST = Look(
    12.0,
    {
        1: (TWIN, 6.5, 81.0),
        2: (WORKER, 1.2, 60.0),
        3: (WORKER, 0.9, 60.0),
        9: (CLIENT, 1.0, 90.0),
    },
    3,
    24.0,
)


def test_of_several_workers_the_busiest_counts_and_the_rest_is_of_others() -> None:
    used = cores([FIRST, LAST], 10.0, 12.0)

    assert {kind: round(seconds, 3) for kind, (seconds, _) in used.items()} == {
        TWIN: 1.5,
        WORKER: 0.9,
        CLIENT: 0.5,
        OTHERS: 0.9,
    }
    assert {length for _, length in used.values()} == {2.0}


def test_one_look_tells_nothing() -> None:
    assert cores([FIRST, LAST], 11.0, 12.0) == {}
