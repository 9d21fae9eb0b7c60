"""The areas of the application, each with a suite; a deployment may have only some of them."""

from collections.abc import Callable, Mapping
from functools import cache

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


def presence(target: Target) -> Callable[[str], bool]:
    """Whether a deployment has an area; each is asked for once."""

    @cache
    def status(method: str, path: str) -> int:
        with target.client() as client:
            return client.request(method, path).status_code

    return lambda area: status(*PROBES[area]) != 404


def why_absent(area: str) -> str:
    method, path = PROBES[area]
    return f"this deployment has no {area}: {method} {path} answers 404"
