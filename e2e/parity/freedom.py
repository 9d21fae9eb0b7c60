"""What the contract leaves free: what models write, what libraries say, how large a paper is.

Of that only the type counts, and of an object its members. A path's pattern is that of a leaf:
`*` stands for one member, `**` for anything below, `list[]` for all that a list holds, and
`object{}` for all members of an object.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from e2e.parity.masks import Json, Masker, by_type

VARIANTS = ("variants[].resume.**", "variants[].coverLetter", "variants[].aiRationale[]")
SKETCH = ("details[]", "details.fields.*", "details.errors[].message", "stack")
FREE: Mapping[str, Sequence[str]] = {
    "GET /api": ("endpoints.*{}", "authentication.**", "authentication", "notes[]", "rateLimit.**"),
    "POST /api/applications/generate": VARIANTS,
    "POST /api/jobs/:id/analyze": (
        *("overallScore", "recommendation", "dimensions.**"),
        *("strengths[]", "gaps[]", "redFlags[]", "cacheSource"),
    ),
    "POST /api/jobs/search": ("scores[].*", "jobs[].match_score"),
    "POST /api/jobs/scrape": ("jobs[].*", "jobs[].requiredSkills[]", "errors[]"),
    "GET /api/analytics/*": ("data.**",),
    "POST /api/emails/send": ("emailId",),
    "GET /api/emails/history": ("emails[].metadata",),
    "POST /api/exports/*": ("fileSize",),
    "POST /api/resume/parse": ("profile.**", "workExperience[]", "education[]", "skills[]"),
    "POST /api/resume/analyze-gaps": (
        *("resume_analysis.**", "identified_gaps_and_flags[]"),
        *("clarification_questions[]", "next_steps.**"),
    ),
    "GET /api/resume/supported-formats": ("recommendations[]", "supported[].note"),
    "GET /api/auth/linkedin/initiate": ("state",),
    "GET /api/sessions": ("sessions[].userAgent", "sessions[].ipAddress"),
}
# The texts of these are a library's, or tell how long to wait.
FREE_TEXTS = {400: ("message",), 413: ("message",), 429: ("message",), 500: ("message", "error")}


def masked(value: Json, route: str, status: int, masker: Masker) -> Json:
    """A body of JSON without what differs from run to run and what is free."""
    return walked(value, "", free_paths(route, status), masker)


def walked(value: Json, path: str, free: re.Pattern[str], masker: Masker) -> Json:
    if isinstance(value, dict):
        if free.fullmatch(f"{path}{{}}"):
            return "<object>"
        inner = {name: f"{path}.{name}" if path else name for name in value}
        return {name: walked(one, inner[name], free, masker) for name, one in value.items()}
    if isinstance(value, list):
        if free.fullmatch(f"{path}[]"):
            return "<list>"
        return [walked(one, f"{path}[]", free, masker) for one in value]
    return by_type(value) if free.fullmatch(path) else masker.value(value)


@cache
def free_paths(route: str, status: int) -> re.Pattern[str]:
    """Every free path of a route's answer with that status, as one pattern."""
    return re.compile("|".join(pattern(path) for path in listed(route, status)))


def listed(route: str, status: int) -> Iterator[str]:
    yield from (*SKETCH, *FREE_TEXTS.get(status, ()))
    for name, paths in FREE.items():
        if re.fullmatch(pattern(name), route):
            yield from paths


def pattern(path: str) -> str:
    escaped = re.escape(path)
    return escaped.replace(r"\*\*", r".+(?<!\{\})").replace(r"\*", r"[^.\[\]]+")
