"""Sippy, which fetches from elsewhere what a bucket lacks: stored and shown, nothing is fetched."""

from typing import Literal

from pydantic import BaseModel

from emulator.r2.address_rest import body_of, bucket_of
from emulator.r2.store import SIPPY
from emulator.wire.call import Call
from emulator.wire.envelope import ok
from emulator.wire.reply import Reply
from emulator.wire.routing import Route

READ, WRITE = "r2:read", "r2:write"


class SippySource(BaseModel):
    """Secrets that come along are used by nobody here, and so are not kept."""

    provider: Literal["aws", "gcs", "s3", "azure"]
    region: str | None = None
    bucket: str | None = None
    bucketUrl: str | None = None
    container: str | None = None


class SippyDestination(BaseModel):
    provider: Literal["r2"] = "r2"
    accessKeyId: str | None = None


class Sippy(BaseModel):
    source: SippySource
    destination: SippyDestination = SippyDestination()


async def get_sippy(call: Call) -> Reply:
    return ok(call.account.r2.configuration(bucket_of(call), SIPPY) or {"enabled": False})


async def update_sippy(call: Call) -> Reply:
    bucket = bucket_of(call)
    new = body_of(call, Sippy)
    value = {
        "enabled": True,
        "source": new.source.model_dump(exclude_none=True),
        "destination": {
            **new.destination.model_dump(exclude_none=True),
            "account": call.account.id,
            "bucket": bucket.name,
        },
    }
    call.account.r2.configure(bucket, SIPPY, value)
    return ok(value)


async def delete_sippy(call: Call) -> Reply:
    call.account.r2.configure(bucket_of(call), SIPPY, None)
    return ok({"enabled": False})


def routes(bucket: str) -> tuple[Route, ...]:
    """The routes below the path of a bucket."""
    sippy = bucket + "/sippy"
    return (
        Route("GET", sippy, "r2.buckets.sippy.get", get_sippy, READ),
        Route("PUT", sippy, "r2.buckets.sippy.update", update_sippy, WRITE),
        Route("DELETE", sippy, "r2.buckets.sippy.delete", delete_sippy, WRITE),
    )
