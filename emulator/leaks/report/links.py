"""Which of the audit's findings are behind what the lab saw."""

import re
from collections.abc import Iterable, Sequence

from emulator.guard.findings import Found, Seen
from emulator.leaks.observations import Observation

MOST = 5


def behind(one: Observation, audit: Sequence[Found]) -> list[Found]:
    """Those of the same request first, then those of the same route."""
    ray = ray_of(one)
    same = [found for found in audit if ray and any(is_ray(seen, ray) for seen in found.requests)]
    route = [found for found in audit if is_of(found.requests, one.route)]
    return [*same, *(found for found in route if found not in same)][:MOST]


def is_ray(seen: Seen, ray: str) -> bool:
    return bool(seen.ray) and seen.ray.partition("-")[0] == ray


def ray_of(one: Observation) -> str:
    headers = one.answer.headers if one.answer else ()
    told = next((value for name, value in headers if name.lower() == "cf-ray"), "")
    return told.partition("-")[0]


def is_of(requests: Iterable[Seen], route: str) -> bool:
    method, _, path = route.partition(" ")
    pattern = re.compile(re.sub(r":\w+", "[^/]+", re.escape(path)))
    return any(
        seen.method == method and not seen.one_of and pattern.fullmatch(seen.path.partition("?")[0])
        for seen in requests
    )
