"""Canaries: words that nobody else's data has, and who may know each of them.

A marker is one word of letters and digits, so that search finds it, and nothing escapes it.
"""

import re
from base64 import b32encode
from dataclasses import dataclass
from hashlib import sha256

from emulator.leaks.observations import Request

PREFIX = "zq"
LENGTH = 16
WORD = re.compile(rf"{PREFIX}[a-z2-7]{{{LENGTH - len(PREFIX)}}}")


@dataclass(slots=True)
class Marker:
    """`owner` is whose it is, `place` the route and member that it was written by.

    `is_open`: it was put where everybody may see it. `request` wrote it, `aimed_at` names the
    user whose data that request meant to reach.
    """

    word: str
    owner: str
    place: str
    is_open: bool = False
    request: Request | None = None
    aimed_at: str = ""


class Markers:
    """Of one run. The same seed makes the same words."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._known: dict[str, Marker] = {}
        # What somebody has sent is no news to them.
        self._told: set[tuple[str, str]] = set()

    def new(self, owner: str, place: str, *, is_open: bool = False, aimed_at: str = "") -> Marker:
        text = f"{self._seed}:{owner}:{place}:{len(self._known)}"
        word = b32encode(sha256(text.encode()).digest()).decode().lower()
        word = PREFIX + word[: LENGTH - len(PREFIX)]
        made = self._known[word] = Marker(word, owner, place, is_open, None, aimed_at)
        return made

    def of(self, owner: str) -> list[str]:
        """Words of a user that are nobody else's to see: the newest from each place."""
        by_place: dict[str, str] = {}
        for marker in self._known.values():
            if marker.owner == owner and not marker.is_open and marker.place.partition("|")[0]:
                by_place[marker.place] = marker.word
        return list(by_place.values())

    def in_text(self, text: str) -> list[Marker]:
        words = dict.fromkeys(WORD.findall(text.lower()))
        return [self._known[word] for word in words if word in self._known]

    def sent(self, actor: str, request: Request) -> None:
        """Whatever is in a request, its sender knows."""
        text = f"{request.url} {request.headers} {request.body.decode('latin-1')}"
        for marker in self.in_text(text):
            self._told.add((actor, marker.word))
            if marker.request is None and marker.owner == actor:
                marker.request = request

    def is_news(self, actor: str, marker: Marker) -> bool:
        """Whether seeing it is a leak."""
        told = (actor, marker.word) in self._told
        if marker.owner == actor or told:
            return False
        return not marker.is_open or marker.aimed_at == actor
