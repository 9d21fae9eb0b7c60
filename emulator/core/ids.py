"""Identifiers, injected: random by default, repeatable from a seed."""

import random
from uuid import UUID


class Ids:
    """Makes the identifiers Cloudflare makes: dashed UUIDs and 32 hex digits."""

    def __init__(self, seed: int | None = None) -> None:
        self._random = random.SystemRandom() if seed is None else random.Random(seed)

    def uuid(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def hex(self, digits: int = 32) -> str:
        return f"{self._random.getrandbits(4 * digits):0{digits}x}"
