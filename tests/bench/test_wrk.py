import pytest

from loadtests.bench.wrk import Load, LoadFailed, argv, parse

OUTPUT = """Running 2s test @ http://127.0.0.1:4000/
  1 threads and 8 connections
SUMMARY {"requests": 8000, "microseconds": 2000000, "p99_us": 3500, "refused": 2, "broken": 1}
"""


def test_summary_is_read_in_seconds_and_milliseconds() -> None:
    answered = parse(OUTPUT)

    assert (answered.requests, answered.seconds, answered.p99_ms) == (8000, 2.0, 3.5)
    assert (answered.refused, answered.broken) == (2, 1)


def test_output_without_summary_is_quoted() -> None:
    with pytest.raises(LoadFailed, match="unable to connect"):
        parse("unable to connect to 127.0.0.1:4000 Connection refused\n")


def test_no_answer_at_all_is_no_measurement() -> None:
    with pytest.raises(LoadFailed, match="not one request"):
        parse(OUTPUT.replace("8000", "0"))


def test_load_becomes_arguments_of_the_script() -> None:
    load = Load("PUT", "/values/p<n>", "x", {"Authorization": "Bearer t"}, rows=5)

    command = argv(load, 4000, connections=8, seconds=2, round_id=3)

    assert command[command.index("-H") + 1] == "Authorization: Bearer t"
    assert command[command.index("--") + 1 :] == ["PUT", "/values/p<n>", "x", "0", "5", "3", "none"]


def test_example_has_its_places_filled_in() -> None:
    load = Load("POST", "/p<n>", "<id> <term> <next>", terms=("shoyat", "kalo"))

    assert load.example() == ("/pexample", "1 shoyat shoyat")


def test_long_body_is_made_by_the_script_and_not_passed_to_it() -> None:
    load = Load("PUT", "<next>", terms=("/one", "/two"), body_bytes=1_000)

    command = argv(load, 4000, connections=8, seconds=2, round_id=3)

    assert command[command.index("--") + 1 :] == [
        *("PUT", "<next>", "", "1000", "10000", "3"),
        *("/one", "/two"),
    ]
    assert load.example() == ("/one", "x" * 1_000)
