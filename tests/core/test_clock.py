"""Time in, text out, and back."""

from hypothesis import given
from hypothesis import strategies as st

from emulator.core.clock import ManualClock, SystemClock, iso, parse_iso


def test_timestamps_have_cloudflares_form() -> None:
    assert iso(1_767_225_600.5) == "2026-01-01T00:00:00.500000Z"


@given(st.integers(0, 4_000_000_000_000_000))
def test_a_timestamp_survives_the_round_trip(microseconds: int) -> None:
    assert abs(parse_iso(iso(microseconds / 1e6)) - microseconds / 1e6) < 1e-5


def test_a_time_without_zone_is_utc() -> None:
    assert parse_iso("2026-01-01T00:00:00") == parse_iso("2026-01-01T01:00:00+01:00")


def test_a_manual_clock_moves_only_by_hand() -> None:
    clock = ManualClock(10.0)
    clock.advance(2.5)

    assert (clock.now(), clock.now()) == (12.5, 12.5)


def test_the_system_clock_can_be_moved_on() -> None:
    clock = SystemClock()
    before = clock.now()
    clock.advance(3_600)

    assert clock.now() - before >= 3_600
