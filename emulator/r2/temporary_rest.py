"""Temporary credentials over Cloudflare's API v4.

https://developers.cloudflare.com/r2/api/s3/temporary-credentials/
"""

import math
from functools import partial
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, Field

from emulator.core.clock import Clock
from emulator.identity.models import Credential
from emulator.identity.store import Directory
from emulator.r2 import temporary
from emulator.r2.address_rest import body_of, jurisdiction_of
from emulator.r2.errors import AccessDenied, Unauthorized
from emulator.r2.limits import MAX_PRESIGNED_SECONDS
from emulator.wire.auth import allows
from emulator.wire.call import Call
from emulator.wire.envelope import ok
from emulator.wire.reply import Reply
from emulator.wire.routing import Route

Scope = Literal["admin-read-write", "admin-read-only", "object-read-write", "object-read-only"]


class NewCredentials(BaseModel):
    bucket: str
    parentAccessKeyId: str
    permission: Scope
    ttlSeconds: float = Field(gt=0, le=MAX_PRESIGNED_SECONDS)
    prefixes: list[str] = []
    objects: list[str] = []


async def create_credentials(directory: Directory, clock: Clock, call: Call) -> Reply:
    new = body_of(call, NewCredentials)
    parent = parent_of(directory, new.parentAccessKeyId, call)
    call.account.r2.get_bucket(new.bucket, jurisdiction_of(call))
    now = int(clock.now())
    claims: dict[str, object] = {
        "bucket": new.bucket,
        "scope": new.permission,
        "sub": call.account.id,
        "aud": urlsplit(call.origin).netloc,
        "iat": now,
        "exp": now + math.ceil(new.ttlSeconds),
    }
    if new.prefixes or new.objects:
        claims["paths"] = {"prefixPaths": new.prefixes, "objectPaths": new.objects}
    made = temporary.issue(claims, parent.id, parent.s3_secret)
    return ok(
        {
            "accessKeyId": made.access_key_id,
            "secretAccessKey": made.secret_access_key,
            "sessionToken": made.session_token,
        }
    )


def parent_of(directory: Directory, key_id: str, call: Call) -> Credential:
    """The token that is lent from: the caller's, or of who may write any that reaches here."""
    account_id = call.account.id
    parent = directory.by_id(key_id)
    if parent is None or parent.scopes(account_id) is None:
        raise Unauthorized()
    caller = call.credential
    if parent is not caller:
        scopes = None if caller is None else caller.scopes(account_id)
        if scopes is None or not allows(scopes, "r2:write"):
            raise AccessDenied()
    return parent


def routes(r2: str, directory: Directory, clock: Clock) -> tuple[Route, ...]:
    create = partial(create_credentials, directory, clock)
    path, name = r2 + "/temp-access-credentials", "r2.temporary_credentials.create"
    # What they may do is held against their parent when they are used.
    return (Route("POST", path, name, create, "r2:read"),)
