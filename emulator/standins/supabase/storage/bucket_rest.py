"""`/storage/v1/bucket`: buckets, which only the service role sees and changes."""

from dataclasses import replace

from starlette.responses import Response

from emulator.standins.supabase.answers import answer
from emulator.standins.supabase.storage import forms, names
from emulator.standins.supabase.storage.call import Call, Handler
from emulator.standins.supabase.storage.errors import (
    InvalidBody,
    NoContent,
    NoSuchBucket,
    NotImplementedInTwin,
)
from emulator.standins.supabase.storage.models import Bucket

SORTED_BY = ("id", "name", "created_at", "updated_at")


async def create(call: Call) -> Response:
    form = await call.form(forms.NewBucket)
    if form.type not in (None, "STANDARD"):
        raise NotImplementedInTwin(operation="An analytics bucket of Supabase Storage")
    id, name = names.check_bucket(form.id or form.name), names.check_bucket(form.name)
    limit = names.size_limit(form.file_size_limit)
    types = names.check_patterns(form.allowed_mime_types)
    call.caller.require_service()
    owner = call.caller.user
    call.store.create_bucket(Bucket(id, name, owner, bool(form.public), limit, types, 0, 0))
    return answer({"name": form.name})


async def list_all(call: Call) -> Response:
    query = call.request.query_params
    if not call.caller.rules:
        return answer([])
    column, search = query.get("sortColumn", "name"), query.get("search", "")
    if column not in SORTED_BY:
        raise InvalidBody(
            reason="querystring/sortColumn must be equal to one of the allowed values"
        )
    rows = [one.shown() for one in call.store.buckets() if search in one.name]
    rows.sort(key=lambda row: str(row[column]), reverse=query.get("sortOrder") == "desc")
    first, count = number(call, "offset", 0), number(call, "limit", len(rows))
    return answer(rows[first : first + count])


def number(call: Call, name: str, default: int) -> int:
    text = call.request.query_params.get(name, "")
    if text and not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise InvalidBody(reason=f"querystring/{name} must be integer")
    return int(text) if text else default


async def get(call: Call) -> Response:
    return answer(ruled(call).shown())


async def update(call: Call) -> Response:
    body = await call.body()
    form = forms.read(forms.ChangedBucket, body)
    named = forms.given(forms.ChangedBucket, body)
    if not named:
        raise NoContent()
    bucket = ruled(call)
    changed = replace(
        bucket,
        public=bool(form.public) if "public" in named else bucket.public,
        file_size_limit=(
            names.size_limit(form.file_size_limit)
            if "file_size_limit" in named
            else bucket.file_size_limit
        ),
        allowed_mime_types=(
            names.check_patterns(form.allowed_mime_types)
            if "allowed_mime_types" in named
            else bucket.allowed_mime_types
        ),
    )
    call.store.save_bucket(changed)
    return answer({"message": "Successfully updated"})


async def empty(call: Call) -> Response:
    call.store.empty_bucket(ruled(call).id)
    text = "Empty bucket has been queued. Completion may take up to an hour."
    return answer({"message": text})


async def delete(call: Call) -> Response:
    call.store.delete_bucket(ruled(call).id)
    return answer({"message": "Successfully deleted"})


def ruled(call: Call) -> Bucket:
    """The path's bucket, for who may see buckets."""
    if not call.caller.rules:
        raise NoSuchBucket()
    return call.bucket


# Methods, what the path begins with, and how many parts follow it: a bucket, or nothing.
ROUTES: tuple[tuple[str, str, int, Handler], ...] = (
    ("POST", "/bucket", 0, create),
    ("GET", "/bucket", 0, list_all),
    ("GET", "/bucket", 1, get),
    ("PUT", "/bucket", 1, update),
    ("DELETE", "/bucket", 1, delete),
)
