"""The public development address of a bucket: anybody reads, nobody writes or lists.

https://developers.cloudflare.com/r2/buckets/public-buckets/
"""

from emulator.r2.bucket import BucketStore
from emulator.r2.conditions import NotModified
from emulator.r2.errors import NoSuchKey, R2Error
from emulator.r2.s3.headers import conditions_of, object_headers, range_of
from emulator.r2.s3.objects import content_range, not_modified
from emulator.r2.s3.request import S3Request
from emulator.r2.streaming import body_of
from emulator.wire.reply import Reply

HTML = ((b"content-type", b"text/html; charset=utf-8"),)
PAGE = "<!doctype html><title>{title}</title><h1>{title}</h1><p>{text}\n"


async def serve(request: S3Request, bucket: BucketStore | None, key: str | None) -> Reply:
    """The object, or a page that says why not."""
    if request.method not in ("GET", "HEAD"):
        return page(401, "Unauthorized", "A public bucket is read with GET and HEAD.")
    if bucket is None or key is None:
        return page(404, "Object not found", "There is no public object at this address.")
    try:
        wanted = range_of(request.headers.get("range"))
        reading = bucket.get(key, conditions_of(request.headers), wanted)
    except NotModified as same:
        return not_modified(same.stored)
    except NoSuchKey:
        return page(404, "Object not found", "There is no public object at this address.")
    except R2Error as refusal:
        return page(refusal.status, refusal.s3_code, str(refusal))
    stored = reading.stored
    headers = object_headers(stored, {})
    if request.method == "HEAD":
        reading.source.close()
        headers.append((b"content-length", b"%d" % reading.length))
        return Reply(b"", headers=tuple(headers))
    if wanted is not None:
        shown = content_range(reading.offset, reading.length, stored.size)
        headers.append((b"content-range", shown))
    body = await body_of(reading.source)
    if not isinstance(body, bytes):
        headers.append((b"content-length", b"%d" % reading.length))
    return Reply(body, status=200 if wanted is None else 206, headers=tuple(headers))


def page(status: int, title: str, text: str) -> Reply:
    return Reply(PAGE.format(title=title, text=text).encode(), status=status, headers=HTML)
