"""Page-number paging, as D1, KV namespaces and accounts have it (`cloudflare-behaviour` §1.2).

A page past the end is an empty success: SDKs ask for the next page until one is empty.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from emulator.core.errors import CloudflareError, InvalidBody

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PageLimits:
    """Bounds of `per_page` and what it is when not given."""

    default: int
    smallest: int
    largest: int


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    items: Sequence[T]
    number: int
    per_page: int
    total: int

    def info(self, *, total_pages: bool = True) -> dict[str, int]:
        """The `result_info` of this page."""
        info = {
            "page": self.number,
            "per_page": self.per_page,
            "count": len(self.items),
            "total_count": self.total,
        }
        if total_pages:
            info["total_pages"] = -(-self.total // self.per_page)
        return info


def page_of(
    items: Sequence[T],
    query: Mapping[str, str],
    limits: PageLimits,
    refusal: type[CloudflareError] = InvalidBody,
) -> Page[T]:
    """The page of `items` that `page` and `per_page` ask for; `refusal(reason=…)` if absurd."""
    number = whole_number(query, "page", 1, refusal)
    per_page = whole_number(query, "per_page", limits.default, refusal)
    if number < 1:
        raise refusal(reason="page must be at least 1")
    # wrangler asks for more than the documented maximum and gets a full page.
    per_page = max(limits.smallest, min(per_page, limits.largest))
    start = (number - 1) * per_page
    return Page(items[start : start + per_page], number, per_page, len(items))


def whole_number(
    query: Mapping[str, str], name: str, default: int, refusal: type[CloudflareError]
) -> int:
    text = query.get(name)
    if text is None:
        return default
    try:
        return int(text) if len(text) <= 18 else int("")
    except ValueError:
        raise refusal(reason=f"{name} must be a whole number") from None
