"""ListObjects and ListObjectsV2.

A page of 1,000 keys is text put together once; nothing is built that is not sent.
"""

from collections.abc import Callable, Iterator
from urllib.parse import quote

from emulator.r2.errors import InvalidArgument, InvalidMaxKeys, NotImplementedByR2
from emulator.r2.models import ObjectPage, StoredObject
from emulator.r2.s3.call import S3Call
from emulator.r2.s3.headers import S3_CLASSES, iso_date
from emulator.r2.s3.objects import XML
from emulator.r2.s3.xml import document, escape, leaf, node
from emulator.wire.reply import Reply

COMMON = frozenset({"delimiter", "encoding-type", "max-keys", "prefix"})
V1 = COMMON | {"marker"}
V2 = COMMON | {"list-type", "continuation-token", "fetch-owner", "start-after"}

Show = Callable[[str], str]


async def list_objects(call: S3Call) -> Reply:
    check_params(call, "ListObjects", V1)
    params, show = call.params, key_form(call)
    prefix, delimiter = params.get("prefix", ""), params.get("delimiter", "")
    marker, limit = params.get("marker", ""), max_keys(params.get("max-keys"))
    page = call.bucket.list(
        prefix=prefix, delimiter=delimiter, limit=limit, start_after=marker, skip_group=True
    )
    is_truncated = page.cursor is not None
    children = (
        leaf("Name", call.bucket_name),
        # As it is, whatever the encoding: SDKs decode all but this one.
        leaf("Prefix", prefix),
        leaf("Marker", show(marker)),
        leaf("MaxKeys", limit),
        leaf("Delimiter", show(delimiter) or None),
        leaf("EncodingType", params.get("encoding-type")),
        leaf("IsTruncated", is_truncated),
        leaf("NextMarker", show(page.last or "") if is_truncated else None),
        *contents(page, show, owner_of(call)),
    )
    return Reply(document("ListBucketResult", children), headers=tuple(XML))


async def list_objects_v2(call: S3Call) -> Reply:
    check_params(call, "ListObjectsV2", V2)
    params, show = call.params, key_form(call)
    prefix, delimiter = params.get("prefix", ""), params.get("delimiter", "")
    token, limit = params.get("continuation-token"), max_keys(params.get("max-keys"))
    start_after = params.get("start-after")
    page = call.bucket.list(
        prefix=prefix,
        delimiter=delimiter,
        limit=limit,
        start_after=start_after or "",
        cursor=token,
    )
    owner = owner_of(call) if params.get("fetch-owner") == "true" else ""
    children = (
        leaf("Name", call.bucket_name),
        leaf("Prefix", show(prefix)),
        leaf("StartAfter", None if start_after is None else show(start_after)),
        leaf("ContinuationToken", token),
        leaf("KeyCount", len(page.objects) + len(page.prefixes)),
        leaf("MaxKeys", limit),
        leaf("Delimiter", show(delimiter) or None),
        leaf("EncodingType", params.get("encoding-type")),
        leaf("IsTruncated", page.cursor is not None),
        leaf("NextContinuationToken", page.cursor),
        *contents(page, show, owner),
    )
    return Reply(document("ListBucketResult", children), headers=tuple(XML))


def contents(page: ObjectPage, show: Show, owner: str) -> Iterator[str]:
    for stored in page.objects:
        yield entry(stored, show(stored.key), owner)
    for prefix in page.prefixes:
        yield node("CommonPrefixes", leaf("Prefix", show(prefix)))


def entry(stored: StoredObject, key: str, owner: str) -> str:
    return (
        f"<Contents><Key>{escape(key)}</Key>"
        f"<LastModified>{iso_date(stored.uploaded_ms)}</LastModified>"
        f"<ETag>&quot;{stored.etag}&quot;</ETag><Size>{stored.size}</Size>"
        f"<StorageClass>{S3_CLASSES[stored.storage_class]}</StorageClass>{owner}</Contents>"
    )


def owner_of(call: S3Call) -> str:
    return node("Owner", leaf("ID", call.owner_id), leaf("DisplayName", call.owner_id))


def check_params(call: S3Call, operation: str, known: frozenset[str]) -> None:
    """What R2 does not know is refused, so that a filter is never silently left out."""
    for name in call.params:
        if name in known or name.lower().startswith("x-amz-") or name == "x-id":
            continue
        if operation == "ListObjects" and name == "continuation-token":
            raise InvalidArgument(reason="continuation-token is not valid for ListObjects")
        raise NotImplementedByR2(what=f"{operation} search parameter {name}")


def key_form(call: S3Call) -> Show:
    """How keys are shown: as they are, or with `encoding-type=url`."""
    kind = call.params.get("encoding-type")
    if kind is None:
        return lambda key: key
    if kind != "url":
        raise InvalidArgument(reason="Invalid Encoding Method specified in Request")
    return lambda key: quote(key, safe="/")


def max_keys(text: str | None) -> int:
    """As it was given, a fraction cut off; above 1,000 no more than 1,000 are shown."""
    if text is None or text == "":
        return 1_000
    try:
        number = float(text)
        if not 0 <= number < 2**53:
            raise InvalidMaxKeys()
        return int(number)
    except ValueError:
        raise InvalidMaxKeys() from None
