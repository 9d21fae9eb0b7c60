"""What JobMatch's API promises: its routes, the statuses of each, and the rules that hold for all.

Pure data, for the tests and their coverage table. A path's variables are `:name`.
"""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

Statuses = tuple[int, ...]

# Besides these every authenticated route answers 401.
ROUTES: Mapping[str, Statuses] = MappingProxyType(
    {
        "GET /health": (200,),
        "GET /api": (200, 403),
        "POST /api/applications/generate": (201, 400, 404, 429),
        "POST /api/applications": (201, 400, 404, 413),
        "GET /api/applications": (200, 400),
        "GET /api/applications/:id": (200, 404),
        "PATCH /api/applications/:id": (200, 400, 404),
        "DELETE /api/applications/:id": (204, 404),
        "GET /api/jobs": (200, 400, 429),
        "POST /api/jobs": (201, 400, 413),
        "GET /api/jobs/:id": (200, 404),
        "PATCH /api/jobs/:id": (200, 400, 404),
        "DELETE /api/jobs/:id": (204, 404),
        "POST /api/jobs/search": (200, 400),
        "POST /api/jobs/scrape": (201, 400),
        "POST /api/jobs/:id/analyze": (200, 400, 404),
        "POST /api/jobs/cleanup": (200, 400, 403),
        "POST /api/emails/send": (200, 400, 404, 429),
        "GET /api/emails/history": (200, 400),
        "GET /api/emails/remaining": (200,),
        "GET /api/auth/linkedin/initiate": (200, 429),
        "GET /api/auth/linkedin/callback": (302, 429),
        "POST /api/exports/pdf": (200, 400, 404),
        "POST /api/exports/docx": (200, 400, 404),
        "POST /api/exports/text": (200, 400, 404),
        "GET /api/resume": (200,),
        "POST /api/resume/parse": (200, 400, 403, 404),
        "GET /api/resume/supported-formats": (200,),
        "POST /api/resume/analyze-gaps": (200, 400),
        "GET /api/resume/gap-analyses": (200,),
        "GET /api/resume/gap-analysis/:id": (200, 404),
        "PATCH /api/resume/gap-analysis/:id/answer": (200, 400, 404),
        "POST /api/resume/upload": (200, 400),
        "DELETE /api/resume/:fileKey": (200, 403),
        "GET /api/profile": (200,),
        "PATCH /api/profile": (200, 400),
        "GET /api/profile/work-experience": (200,),
        "POST /api/profile/work-experience": (200, 400),
        "PATCH /api/profile/work-experience/:id": (200, 400, 404),
        "DELETE /api/profile/work-experience/:id": (200, 404),
        "GET /api/profile/skills": (200,),
        "POST /api/profile/skills": (200, 400),
        "PATCH /api/profile/skills/:id": (200, 404),
        "DELETE /api/profile/skills/:id": (200, 404),
        "GET /api/profile/education": (200,),
        "POST /api/profile/education": (200, 400),
        "PATCH /api/profile/education/:id": (200, 400, 404),
        "DELETE /api/profile/education/:id": (200, 404),
        "POST /api/profile/avatar": (200, 400),
        "DELETE /api/profile/avatar": (200, 404),
        "GET /api/skills": (200,),
        "POST /api/skills": (200, 400),
        "PATCH /api/skills/:id": (200, 400, 404),
        "DELETE /api/skills/:id": (200, 404),
        "GET /api/analytics/workers-ai": (200,),
        "GET /api/analytics/cache": (200,),
        "GET /api/analytics/models": (200,),
        "GET /api/analytics/cost-savings": (200,),
        "POST /api/files/upload": (201, 400),
        "GET /api/files/download/:key": (200, 400, 403, 404),
        "DELETE /api/files/:key": (200, 400, 403),
        "GET /api/files/:key/signed-url": (200, 400, 403, 404),
        "GET /api/files/avatar/:targetUserId": (200, 404),
        "GET /api/tracked-applications": (200, 400),
        "POST /api/tracked-applications": (201, 400, 404),
        "GET /api/tracked-applications/:id": (200, 404),
        "PATCH /api/tracked-applications/:id": (200, 400, 404),
        "DELETE /api/tracked-applications/:id": (204, 404),
        "GET /api/sessions": (200,),
        "DELETE /api/sessions/:sid": (204, 404),
    }
)
PUBLIC = frozenset(
    {
        "GET /health",
        "GET /api",
        "GET /api/auth/linkedin/callback",
        "GET /api/resume/supported-formats",
        "GET /api/files/avatar/:targetUserId",
    }
)
AUTHENTICATED: Sequence[str] = tuple(route for route in ROUTES if route not in PUBLIC)
# Which take a JSON body.
BODIES: Sequence[str] = (
    "POST /api/applications/generate",
    "POST /api/applications",
    "PATCH /api/applications/:id",
    "POST /api/jobs",
    "PATCH /api/jobs/:id",
    "POST /api/jobs/search",
    "POST /api/jobs/scrape",
    "POST /api/emails/send",
    "POST /api/exports/pdf",
    "POST /api/exports/docx",
    "POST /api/exports/text",
    "POST /api/resume/parse",
    "POST /api/resume/analyze-gaps",
    "PATCH /api/resume/gap-analysis/:id/answer",
    "PATCH /api/profile",
    "POST /api/profile/work-experience",
    "PATCH /api/profile/work-experience/:id",
    "POST /api/profile/skills",
    "PATCH /api/profile/skills/:id",
    "POST /api/profile/education",
    "PATCH /api/profile/education/:id",
    "POST /api/skills",
    "PATCH /api/skills/:id",
    "POST /api/tracked-applications",
    "PATCH /api/tracked-applications/:id",
)
# What `@covers` may name in place of a route, for tests that go through a table.
GROUPS: Mapping[str, Sequence[str]] = MappingProxyType(
    {"AUTHENTICATED": AUTHENTICATED, "BODIES": BODIES}
)
RULES: Mapping[str, str] = MappingProxyType(
    {
        "R1": "a malformed body is 400, a wrong or large file 400 or 413, a missing object 404",
        "R2": "no engine text outside development",
        "R3": "rows of others are absent (404), keys of others refused (403)",
        "R4": "an avatar is its owner's, is really removed, and holds image bytes only",
        "R5": "admin routes need the role; `daysOld` is a whole number from 1",
        "R6": "query booleans mean what they say; anything else is 400",
        "R7": "search takes any text; wildcards are literal",
        "R8": "the owner filter is applied inside the index; a deleted job's vector is gone",
        "R9": "the analysis cache is read after the owner check, and forgotten on changes",
        "R10": "every mail is in the history, and user text in it is escaped",
        "R11": "exports take any Unicode text and grow over pages; every downloadUrl works",
        "R12": "a signed URL opens without a token, until it expires, and not when altered",
        "R13": "variants are an array with the same keys everywhere; a body over 1 MiB is 413",
        "R14": "limits count per user and route pattern, exactly; the callback has its own",
        "R15": "a new user's first requests work, in any order and in parallel",
        "R16": "without Supabase Auth the answer is 503",
        "R17": "a job is created by hand and can be searched for",
        "R18": "the tracker has routes",
        "R19": "sessions are listed and revoked",
        "R20": "the nightly clean-up works",
    }
)


def statuses_of(route: str) -> Statuses:
    """Everything the route answers with, 401 included."""
    return ROUTES[route] if route in PUBLIC else (*ROUTES[route], 401)


def route_of(method: str, path: str) -> str | None:
    """The route that a request belongs to: of several the one with more fixed text."""
    for route in by_fixed_text():
        wanted, pattern = route.split(" ")
        if wanted == method and re.fullmatch(re.sub(r":\w+", "[^/]+", pattern), path):
            return route
    return None


def by_fixed_text() -> Sequence[str]:
    return sorted(ROUTES, key=lambda route: route.count(":"))
