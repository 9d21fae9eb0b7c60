"""Which routes each unsafe switch of the reference Worker opens: what a finding must name."""

from collections.abc import Collection, Mapping

COLLECTIONS: Mapping[str, Collection[str]] = {
    "applications": ("/api/applications",),
    "education": ("/api/profile/education",),
    "email_history": ("/api/emails/history",),
    "jobs": ("/api/jobs",),
    "resume_gap_analyses": ("/api/resume/gap-analyses",),
    "resumes": ("/api/resume",),
    "skills": ("/api/skills", "/api/profile/skills"),
    "tracked_applications": ("/api/tracked-applications",),
    "work_experience": ("/api/profile/work-experience",),
}
GAP = "/api/resume/gap-analysis/:id"
METHODS = {"get": "GET", "update": "PATCH", "delete": "DELETE"}
EXPORTS = tuple(f"POST /api/exports/{form}" for form in ("pdf", "docx", "text"))
SEARCH = ("POST /api/jobs/search",)
ANALYZE = ("POST /api/jobs/:id/analyze",)
OTHERS: Mapping[str, Collection[str]] = {
    "insert:owner": (
        *("POST /api/skills", "POST /api/profile/skills", "POST /api/profile/work-experience"),
        *("POST /api/profile/education", "POST /api/jobs", "POST /api/applications"),
        "POST /api/tracked-applications",
    ),
    "search:keyword": SEARCH,
    "search:vector": SEARCH,
    "search:late-filter": SEARCH,
    "cache:analysis-key": ANALYZE,
    "cache:before-check": ANALYZE,
    "r2:download": ("GET /api/files/download/:key",),
    "r2:delete": ("DELETE /api/files/:key",),
    "r2:signed-url": ("GET /api/files/:key/signed-url",),
    "r2:parse": ("POST /api/resume/parse",),
    "r2:resume-delete": ("DELETE /api/resume/:fileKey",),
    "r2:avatar-delete": ("DELETE /api/profile/avatar",),
    "r2:avatar-type": ("POST /api/profile/avatar",),
    "signed-url:signature": ("GET /api/files/download/:key",),
    "signed-url:expiry": ("GET /api/files/download/:key",),
    "body:job-id": (
        *("POST /api/tracked-applications", "PATCH /api/tracked-applications/:id"),
        *("POST /api/applications", "POST /api/applications/generate"),
    ),
    "body:photo-url": ("PATCH /api/profile", "GET /api/files/avatar/:targetUserId"),
    "admin:gate": ("POST /api/jobs/cleanup",),
    "sessions:list": ("GET /api/sessions",),
    "sessions:revoke": ("DELETE /api/sessions/:sid",),
    "oauth:state": ("GET /api/auth/linkedin/callback",),
    "export:application": EXPORTS,
    "email:application": ("POST /api/emails/send",),
}
# Counted routes: any of them may be the one that is asked.
COUNTED = (
    *("POST /api/applications", "POST /api/applications/generate", "POST /api/jobs/search"),
    *("POST /api/jobs/:id/analyze", "POST /api/jobs/scrape", "POST /api/emails/send"),
    *("POST /api/resume/parse", "POST /api/resume/upload", "POST /api/resume/analyze-gaps"),
    *EXPORTS,
)
# No route makes such rows, and LinkedIn's page is not asked: it takes a twin, or access to D1.
NOT_BY_URL_ALONE = frozenset(
    {
        *("list:resumes", "list:resume_gap_analyses", "get:resume_gap_analyses"),
        *("update:resume_gap_analyses", "oauth:state"),
    }
)


def expected(name: str) -> Collection[str]:
    if name in OTHERS:
        return OTHERS[name]
    if name == "limits:shared":
        return COUNTED
    action, _, table = name.partition(":")
    if table not in COLLECTIONS:
        return ()
    paths = COLLECTIONS[table]
    if action == "list":
        return (*(f"GET {path}" for path in paths), *(SEARCH if table == "jobs" else ()))
    if table == "resume_gap_analyses":
        return (f"GET {GAP}",) if action == "get" else (f"PATCH {GAP}/answer",)
    return tuple(f"{METHODS[action]} {path}/:id" for path in paths)
