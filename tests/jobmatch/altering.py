"""The Worker's secrets changed for a while, by Cloudflare's API: outages, and unsafe switches."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from e2e.target import Target

# What `up` has set, where a test changes it; anything else was not set before.
ORIGINAL = {
    "APIFY_API_TOKEN": "apify_development",
    "LINKEDIN_CLIENT_ID": "jobmatch-development",
    "OPENAI_API_KEY": "sk-development",
    "SENDGRID_API_KEY": "SG.development",
    "SENDGRID_FROM_EMAIL": "applications@jobmatch.example",
}


@contextmanager
def secret(target: Target, name: str, text: str | None) -> Iterator[None]:
    """The twin's Worker with another value, or with none."""
    before = {**ORIGINAL, "SUPABASE_URL": target.supabase}.get(name)
    with target.cloudflare() as api:
        put(api, target.worker, name, text)
        try:
            yield
        finally:
            put(api, target.worker, name, before)


def put(api: httpx.Client, worker: str, name: str, text: str | None) -> None:
    secrets = f"/workers/scripts/{worker}/secrets"
    if text is None:
        api.delete(f"{secrets}/{name}").raise_for_status()
    else:
        asked = {"name": name, "text": text, "type": "secret_text"}
        api.put(secrets, json=asked).raise_for_status()
