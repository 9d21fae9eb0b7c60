"""Cron expressions, with Cloudflare's own examples."""

from datetime import UTC, datetime

import pytest

from emulator.workers.cron import Cron
from emulator.workers.errors import InvalidCron


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def next_times(cron: str, after: str, count: int = 3) -> list[str]:
    moment: float | None = at(after)
    times: list[str] = []
    for _ in range(count):
        assert moment is not None
        moment = Cron.parse(cron).next_after(moment)
        assert moment is not None
        times.append(datetime.fromtimestamp(moment, UTC).strftime("%m-%d %H:%M"))
    return times


@pytest.mark.parametrize(
    ("cron", "times"),
    [
        ("* * * * *", ["01-01 00:01", "01-01 00:02", "01-01 00:03"]),
        ("*/30 * * * *", ["01-01 00:30", "01-01 01:00", "01-01 01:30"]),
        ("45 * * * *", ["01-01 00:45", "01-01 01:45", "01-01 02:45"]),
        ("0 17 * * sun", ["01-04 17:00", "01-11 17:00", "01-18 17:00"]),
        ("0 17 * * 1", ["01-04 17:00", "01-11 17:00", "01-18 17:00"]),
        ("10 7 * * mon-fri", ["01-01 07:10", "01-02 07:10", "01-05 07:10"]),
        ("10 7 * * 2-6", ["01-01 07:10", "01-02 07:10", "01-05 07:10"]),
        ("0 15 1 * *", ["01-01 15:00", "02-01 15:00", "03-01 15:00"]),
        ("0 18 * * 6L", ["01-30 18:00", "02-27 18:00", "03-27 18:00"]),
        ("0 18 * * friL", ["01-30 18:00", "02-27 18:00", "03-27 18:00"]),
        ("59 23 LW * *", ["01-30 23:59", "02-27 23:59", "03-31 23:59"]),
        ("0 0 L * *", ["01-31 00:00", "02-28 00:00", "03-31 00:00"]),
        ("0 0 L-3 * *", ["01-28 00:00", "02-25 00:00", "03-28 00:00"]),
        ("0 0 * * L", ["01-03 00:00", "01-10 00:00", "01-17 00:00"]),
        ("0 0 * * 2#1", ["01-05 00:00", "02-02 00:00", "03-02 00:00"]),
        ("0 0 15W * *", ["01-15 00:00", "02-16 00:00", "03-16 00:00"]),
        ("0 0 1W 8 *", ["08-03 00:00", "08-02 00:00", "08-01 00:00"]),
        ("0 22-1 * * *", ["01-01 01:00", "01-01 22:00", "01-01 23:00"]),
        ("5,10-12 0 * * *", ["01-01 00:05", "01-01 00:10", "01-01 00:11"]),
        ("50/5 0 * * *", ["01-01 00:50", "01-01 00:55", "01-02 00:50"]),
        ("0 0 1 JAN,jul *", ["07-01 00:00", "01-01 00:00", "07-01 00:00"]),
        ("0 0 29 2 *", ["02-29 00:00", "02-29 00:00", "02-29 00:00"]),
    ],
)
def test_it_fires_when_cloudflare_says(cron: str, times: list[str]) -> None:
    assert next_times(cron, "2026-01-01T00:00:00") == times


def test_a_day_of_either_kind_will_do() -> None:
    assert next_times("0 0 13 * 6", "2026-01-01T00:00:00", 4) == [
        "01-02 00:00",
        "01-09 00:00",
        "01-13 00:00",
        "01-16 00:00",
    ]


def test_one_that_never_fires_has_no_next_time() -> None:
    assert Cron.parse("0 0 31 11 *").next_after(at("2026-01-01T00:00:00")) is None


@pytest.mark.parametrize(("second", "fires"), [("00", True), ("59", True)])
def test_it_matches_the_whole_minute(second: str, fires: bool) -> None:
    cron = Cron.parse("30 12 * * *")

    assert cron.matches(at(f"2026-01-01T12:30:{second}")) is fires
    assert not cron.matches(at("2026-01-01T12:31:00"))


@pytest.mark.parametrize(
    "cron",
    [
        "",
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * 32 * *",
        "* * * 13 *",
        "0 22 * * 0",
        "* * * * 8",
        "* * * * FOO",
        "*/0 * * * *",
        "1- * * * *",
        "1,, * * * *",
        "-1 * * * *",
        "* * L,1 * *",
        "* * 32W * *",
        "* * * * 2#6",
        "¼ * * * *",
        "9999999999999999999999 * * * *",
        "* * * * *" + " " * 300,
    ],
)
def test_what_is_no_cron_is_refused(cron: str) -> None:
    with pytest.raises(InvalidCron):
        Cron.parse(cron)
