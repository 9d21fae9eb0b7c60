"""The areas of the application, each with a suite; a deployment may have only some of them."""

from collections.abc import Mapping

from e2e.target import Target

# A route that answers 404 without a token is not there: for an unknown path that comes first.
PROBES: Mapping[str, tuple[str, str]] = {
    "applications": ("GET", "/api/applications"),
    "auth": ("GET", "/api/profile"),
    "cors": ("GET", "/health"),
    "emails": ("GET", "/api/emails/history"),
    "exports": ("POST", "/api/exports/text"),
    "files": ("POST", "/api/files/upload"),
    "jobs": ("GET", "/api/jobs"),
    "linkedin": ("GET", "/api/auth/linkedin/initiate"),
    "profile": ("GET", "/api/profile"),
    "resume": ("GET", "/api/resume"),
    "scheduled": ("GET", "/api/jobs"),
    "sessions": ("GET", "/api/sessions"),
    "tracker": ("GET", "/api/tracked-applications"),
}


def present(target: Target) -> frozenset[str]:
    """The areas that a deployment has."""
    with target.client() as client:
        statuses = {probe: client.request(*probe).status_code for probe in set(PROBES.values())}
    return frozenset(area for area, probe in PROBES.items() if statuses[probe] != 404)


def why_absent(area: str) -> str:
    method, path = PROBES[area]
    return f"this deployment has no {area}: {method} {path} answers 404"
