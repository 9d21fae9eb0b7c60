"""What is configured of a bucket over Cloudflare's API v4: CORS, lifecycle and lock rules.

Bodies are held to Cloudflare's shapes and stored in them; an unknown member is refused, for a
rule that is half understood does harm.
"""

from functools import partial
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from emulator.core.clock import parse_iso
from emulator.r2.address_rest import body_of, bucket_of
from emulator.r2.cors import is_origin
from emulator.r2.errors import NoCorsConfiguration
from emulator.r2.store import CORS, LIFECYCLE, LOCK
from emulator.wire.call import Call
from emulator.wire.envelope import ok
from emulator.wire.reply import Reply
from emulator.wire.routing import Route

READ, WRITE = "r2:read", "r2:write"
MAX_SECONDS = 10 * 366 * 86_400


def checked_date(text: str) -> str:
    parse_iso(text)
    return text


def checked_origin(text: str) -> str:
    if not is_origin(text):
        raise ValueError(f"{text} is not an origin")
    return text


Date = Annotated[str, AfterValidator(checked_date)]
Origin = Annotated[str, AfterValidator(checked_origin)]
Seconds = Annotated[int, Field(ge=0, le=MAX_SECONDS)]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Allowed(Shape):
    origins: list[Origin]
    methods: list[Literal["GET", "PUT", "POST", "DELETE", "HEAD"]]
    headers: list[str] | None = None


class CorsRule(Shape):
    id: str | None = None
    allowed: Allowed
    exposeHeaders: list[str] | None = None
    maxAgeSeconds: Seconds | None = None


class Age(Shape):
    type: Literal["Age"]
    maxAge: Seconds


class OnDate(Shape):
    type: Literal["Date"]
    date: Date


class LockAge(Shape):
    type: Literal["Age"]
    maxAgeSeconds: Seconds


class Indefinite(Shape):
    type: Literal["Indefinite"]


When = Annotated[Age | OnDate, Field(discriminator="type")]
LockedUntil = Annotated[LockAge | OnDate | Indefinite, Field(discriminator="type")]


class Transition(Shape):
    condition: When


class AbortTransition(Shape):
    condition: Age


class ClassTransition(Shape):
    condition: When
    storageClass: Literal["InfrequentAccess"]


class Prefix(Shape):
    prefix: str = ""


class LifecycleRule(Shape):
    id: str
    enabled: bool
    conditions: Prefix = Prefix()
    deleteObjectsTransition: Transition | None = None
    abortMultipartUploadsTransition: AbortTransition | None = None
    storageClassTransitions: list[ClassTransition] | None = None


class LockRule(Shape):
    id: str
    enabled: bool
    prefix: str | None = None
    condition: LockedUntil


class CorsRules(Shape):
    rules: list[CorsRule] = []


class LifecycleRules(Shape):
    rules: list[LifecycleRule] = []


class LockRules(Shape):
    rules: list[LockRule] = []


async def get_rules(kind: str, call: Call) -> Reply:
    value = call.account.r2.configuration(bucket_of(call), kind)
    if value is None and kind == CORS:
        raise NoCorsConfiguration()
    return ok(value or {"rules": []})


async def put_rules(kind: str, shape: type[BaseModel], call: Call) -> Reply:
    bucket = bucket_of(call)
    rules = body_of(call, shape)
    call.account.r2.configure(bucket, kind, rules.model_dump(exclude_none=True))
    return ok({})


async def delete_cors(call: Call) -> Reply:
    call.account.r2.configure(bucket_of(call), CORS, None)
    return ok({})


def routes(bucket: str) -> tuple[Route, ...]:
    """The routes below the path of a bucket."""
    shapes = ((CORS, CorsRules), (LIFECYCLE, LifecycleRules), (LOCK, LockRules))
    names = {CORS: "cors", LIFECYCLE: "lifecycle", LOCK: "locks"}
    read = [
        Route("GET", f"{bucket}/{kind}", f"r2.buckets.{names[kind]}.get", get, READ)
        for kind, _ in shapes
        for get in (partial(get_rules, kind),)
    ]
    write = [
        Route("PUT", f"{bucket}/{kind}", f"r2.buckets.{names[kind]}.update", put, WRITE)
        for kind, shape in shapes
        for put in (partial(put_rules, kind, shape),)
    ]
    delete = Route("DELETE", f"{bucket}/cors", "r2.buckets.cors.delete", delete_cors, WRITE)
    return (*read, *write, delete)
