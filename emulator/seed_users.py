"""The seed's users of Supabase Auth: `auth/users.jsonl`, a line as the admin API takes it."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from emulator.ready import Ready

User = Mapping[str, Any]


def read(seed: Path) -> Sequence[User]:
    """Every user, first the one that a person may sign in as; none where there is no file."""
    path = seed / "auth" / "users.jsonl"
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


async def create(users: Sequence[User], ready: Ready, report: Callable[[str], None]) -> None:
    """Make the users, through the service's own door. Who is there already stays."""
    import httpx

    key = ready.supabase_service_key or ""
    headers = {"apikey": key, "Authorization": f"Bearer {key}"}
    url = f"{ready.supabase}/auth/v1/admin/users"
    async with httpx.AsyncClient(headers=headers, timeout=60, trust_env=False) as client:
        for user in users:
            response = await client.post(url, json=dict(user))
            if response.status_code >= 400 and "exists" not in response.text:
                report(f"user {user['email']} was not made: {response.text}")
