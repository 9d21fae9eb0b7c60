"""Which bucket and object a call to Cloudflare's API v4 is about, and what its body says."""

import re
from typing import TypeVar
from urllib.parse import unquote_to_bytes

from pydantic import BaseModel, ValidationError

from emulator.r2.bucket import BucketStore
from emulator.r2.errors import InvalidArgument, InvalidObjectName, MalformedJson
from emulator.r2.models import DEFAULT_JURISDICTION, Bucket
from emulator.wire.body import first_reason
from emulator.wire.call import Call

Shape = TypeVar("Shape", bound=BaseModel)

# Behind the bucket all is the key, slashes at its start and in a row included.
KEY = re.compile(rb"/r2/+buckets/+[^/]+/+objects/(.+)", re.DOTALL)


def jurisdiction_of(call: Call) -> str:
    """Buckets of one name may be there in several; SDKs and wrangler send a header."""
    return call.header(b"cf-r2-jurisdiction") or DEFAULT_JURISDICTION


def store_of(call: Call) -> BucketStore:
    """The bucket's objects. Raises `NoSuchBucket`."""
    return call.account.r2.bucket(call.params["bucket_name"], jurisdiction_of(call))


def bucket_of(call: Call) -> Bucket:
    return store_of(call).bucket


def key_of(call: Call) -> str:
    """The key as it was sent, decoded once: the route has taken it apart."""
    found = KEY.search(call.scope["raw_path"])
    try:
        return unquote_to_bytes(found[1]).decode() if found else call.params["object_key"]
    except UnicodeDecodeError:
        raise InvalidObjectName() from None


def body_of(call: Call, shape: type[Shape]) -> Shape:
    """The JSON body. Raises `MalformedJson` for what is none, `InvalidArgument` for another."""
    try:
        return shape.model_validate_json(call.body)
    except ValidationError as error:
        if error.errors(include_url=False)[0]["type"] == "json_invalid":
            raise MalformedJson() from None
        raise InvalidArgument(reason=first_reason(error)) from None
