"""Pages by number: every item once, and an empty page past the end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.errors import InvalidBody
from emulator.wire.paging import PageLimits, page_of

LIMITS = PageLimits(default=20, smallest=5, largest=100)


@given(st.integers(0, 300), st.integers(1, 500))
def test_the_pages_hold_every_item_once(total: int, per_page: int) -> None:
    items = list(range(total))
    seen: list[int] = []
    number = 1
    while page := page_of(items, {"page": str(number), "per_page": str(per_page)}, LIMITS).items:
        seen.extend(page)
        number += 1

    assert seen == items


def test_a_page_past_the_end_is_empty_and_says_how_many_there_are() -> None:
    page = page_of(["a"], {"page": "9"}, LIMITS)

    assert page.info() == {
        "page": 9,
        "per_page": 20,
        "count": 0,
        "total_count": 1,
        "total_pages": 1,
    }


@pytest.mark.parametrize("text", ["0", "-1", "x", "", "1.5", "9" * 400])
def test_an_absurd_page_is_refused(text: str) -> None:
    with pytest.raises(InvalidBody):
        page_of([], {"page": text}, LIMITS)
