"""Cron expressions as Cloudflare reads them: five fields, Quartz's extensions, UTC.

https://developers.cloudflare.com/workers/configuration/cron-triggers/ — Sunday is 1, ranges may
wrap around, and where both a day of the month and one of the week are given either will do
(as in Cloudflare's own parser, `cloudflare/saffron`).
"""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from emulator.workers.errors import InvalidCron

MAX_CHARACTERS = 256
MONTHS = {
    name: number
    for number, name in enumerate("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(), 1)
}
WEEKDAYS = {name: number for number, name in enumerate("SUN MON TUE WED THU FRI SAT".split(), 1)}
SATURDAY = 7

OFFSET_FROM_LAST = re.compile(r"L(?:-(\d{1,2}))?(W?)", re.IGNORECASE)
NEAREST_WEEKDAY = re.compile(r"(\d{1,2})W", re.IGNORECASE)
LAST_WEEKDAY = re.compile(r"(\w{1,3})?L", re.IGNORECASE)
NTH_WEEKDAY = re.compile(r"(\w{1,3})#([1-5])", re.IGNORECASE)
# Longer than from one 29 February to the next across a century that is no leap year.
MAX_SEARCHED_DAYS = 366 * 9

DayTest = Callable[[date], bool]


@dataclass(frozen=True, slots=True)
class Cron:
    """A parsed expression. `days` and `weekdays` are None for `*`."""

    minutes: frozenset[int]
    hours: frozenset[int]
    months: frozenset[int]
    days: DayTest | None
    weekdays: DayTest | None

    @classmethod
    def parse(cls, text: str) -> "Cron":
        """Raises `InvalidCron`."""
        fields = text.split()
        if len(fields) != 5 or len(text) > MAX_CHARACTERS or not text.isascii():
            raise InvalidCron()
        minutes, hours, days, months, weekdays = fields
        return cls(
            values(minutes, 0, 59),
            values(hours, 0, 23),
            values(months, 1, 12, MONTHS),
            day_test(days),
            weekday_test(weekdays),
        )

    def matches(self, epoch_seconds: float) -> bool:
        """Whether it fires in the minute of that time."""
        moment = datetime.fromtimestamp(epoch_seconds, UTC)
        return (
            moment.minute in self.minutes and moment.hour in self.hours and self._on(moment.date())
        )

    def next_after(self, epoch_seconds: float) -> float | None:
        """The first minute after that time in which it fires; None if it never does."""
        start = datetime.fromtimestamp(epoch_seconds, UTC) + timedelta(minutes=1)
        day, earliest = start.date(), (start.hour, start.minute)
        times = sorted((hour, minute) for hour in self.hours for minute in self.minutes)
        for _ in range(MAX_SEARCHED_DAYS):
            if self._on(day):
                for hour, minute in times:
                    if (hour, minute) >= earliest:
                        at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
                        return at.timestamp()
            day, earliest = day + timedelta(days=1), (0, 0)
        return None

    def _on(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        tests = [test for test in (self.days, self.weekdays) if test is not None]
        return not tests or any(test(day) for test in tests)


def values(
    text: str, lowest: int, highest: int, names: Mapping[str, int] | None = None
) -> frozenset[int]:
    """The numbers of a field: `*`, `5`, `1-5`, `5-1`, `*/2`, `3/2`, `1-9/2`, and lists of them."""
    found: set[int] = set()
    for item in text.split(","):
        span, slash, step = item.partition("/")
        first, dash, last = span.partition("-")
        if span == "*":
            start, end = lowest, highest
        else:
            start = number(first, lowest, highest, names)
            end = number(last, lowest, highest, names) if dash else start
            if slash and not dash:
                end = highest
        every = number(step, 1, highest) if slash else 1
        if start > end:
            end += highest - lowest + 1
        found.update(
            (value - lowest) % (highest - lowest + 1) + lowest
            for value in range(start, end + 1, every)
        )
    return frozenset(found)


def number(text: str, lowest: int, highest: int, names: Mapping[str, int] | None = None) -> int:
    value = (names or {}).get(text.upper())
    if value is None:
        value = int(text) if text.isdigit() and len(text) <= 2 else -1
    if not lowest <= value <= highest:
        raise InvalidCron()
    return value


def day_test(text: str) -> DayTest | None:
    if text == "*":
        return None
    if match := OFFSET_FROM_LAST.fullmatch(text):
        offset = number(match[1], 1, 30) if match[1] else 0
        if match[2]:
            return lambda day: day == nearest_weekday(day, last_of(day) - offset)
        return lambda day: day.day == last_of(day) - offset
    if match := NEAREST_WEEKDAY.fullmatch(text):
        wanted = number(match[1], 1, 31)
        return lambda day: day == nearest_weekday(day, wanted)
    days = values(text, 1, 31)
    return lambda day: day.day in days


def weekday_test(text: str) -> DayTest | None:
    if text == "*":
        return None
    if match := NTH_WEEKDAY.fullmatch(text):
        weekday, nth = number(match[1], 1, 7, WEEKDAYS), int(match[2])
        return lambda day: weekday_of(day) == weekday and (day.day - 1) // 7 + 1 == nth
    if match := LAST_WEEKDAY.fullmatch(text):
        if match[1] is None:
            return lambda day: weekday_of(day) == SATURDAY
        last = number(match[1], 1, 7, WEEKDAYS)
        return lambda day: weekday_of(day) == last and day.day + 7 > last_of(day)
    weekdays = values(text, 1, 7, WEEKDAYS)
    return lambda day: weekday_of(day) in weekdays


def weekday_of(day: date) -> int:
    """1 for Sunday to 7 for Saturday."""
    return day.isoweekday() % 7 + 1


def last_of(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def nearest_weekday(day: date, wanted: int) -> date | None:
    """The day from Monday to Friday that is nearest to the month's `wanted`th, within the month."""
    last = last_of(day)
    if not 1 <= wanted <= last:
        return None
    target = day.replace(day=wanted)
    if target.isoweekday() == 6:
        return target.replace(day=wanted - 1 if wanted > 1 else 3)
    if target.isoweekday() == 7:
        return target.replace(day=wanted + 1 if wanted < last else wanted - 2)
    return target
