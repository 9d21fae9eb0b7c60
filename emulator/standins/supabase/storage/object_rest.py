"""`/storage/v1/object`: objects, lists of them, and signed addresses."""

from starlette.responses import Response

from emulator.standins.supabase.answers import answer
from emulator.standins.supabase.storage import forms, listing
from emulator.standins.supabase.storage.call import Call, Handler
from emulator.standins.supabase.storage.errors import (
    InvalidBody,
    NoSuchKey,
    NotImplementedInTwin,
    RowSecurity,
)
from emulator.standins.supabase.storage.models import Stored
from emulator.standins.supabase.storage.names import check_key, check_type
from emulator.standins.supabase.storage.receiving import receive
from emulator.standins.supabase.storage.sending import sent
from emulator.standins.supabase.storage.signing import DOWNLOAD, UPLOAD, UPLOAD_SECONDS

ABSENT = "Either the object does not exist or you do not have access to it"


async def upload(call: Call) -> Response:
    return await take(call, upsert=call.upserts)


async def update(call: Call) -> Response:
    """What is not there is made, as Storage does."""
    return await take(call, upsert=True)


async def take(call: Call, *, upsert: bool) -> Response:
    caller, bucket, key = call.caller, call.bucket, check_key(call.key)
    caller.require_upload(call.store.find(bucket.id, key) if upsert else None)
    stored = await put(call, key, caller.user, upsert=upsert)
    return answer({"Id": stored.id, "Key": f"{bucket.id}/{key}"})


async def put(call: Call, key: str, owner: str, *, upsert: bool) -> Stored:
    content = await receive(call.request, call.bucket, call.store.blobs)
    try:
        # Somebody else's may have come meanwhile.
        there = call.store.find(call.bucket.id, key)
        if upsert and there is not None and owner and there.owner != owner:
            raise RowSecurity()
        return call.store.put(call.bucket.id, key, owner, content, upsert=upsert)
    except BaseException:
        call.store.blobs.remove(content.blob)
        raise


async def download(call: Call) -> Response:
    return sent(call.request, call.readable(), call.store.blobs)


async def download_public(call: Call) -> Response:
    return sent(call.request, call.published(), call.store.blobs)


async def download_signed(call: Call) -> Response:
    token = signed_token(call)
    claims = call.signatures.check(token, DOWNLOAD, *call.parts)
    item = call.store.find(*call.parts)
    if item is None:
        raise NoSuchKey()
    return sent(call.request, item, call.store.blobs, float(claims["exp"]))


async def info(call: Call) -> Response:
    return answer(call.readable().info())


async def info_public(call: Call) -> Response:
    return answer(call.published().info())


async def remove_one(call: Call) -> Response:
    call.store.remove([call.seen(call.bucket.id, call.key)])
    return answer({"message": "Successfully deleted"})


async def remove_many(call: Call) -> Response:
    form = await call.form(forms.Remove)
    bucket, caller = call.bucket, call.caller
    found = [call.store.find(bucket.id, key) for key in dict.fromkeys(form.prefixes)]
    gone = call.store.remove([item for item in found if item is not None and caller.sees(item)])
    return answer([item.shown() for item in gone])


async def move(call: Call) -> Response:
    form = await call.form(forms.Transfer)
    source, target = transfer(call, form)
    moved = call.store.move(source, target, form.destinationKey)
    return answer({"message": "Successfully moved", "Id": moved.id, "Key": moved.name})


async def copy(call: Call) -> Response:
    form = await call.form(forms.Transfer)
    source, target = transfer(call, form)
    there = call.store.find(target, form.destinationKey)
    if call.upserts:
        call.caller.require_upload(there)
    content = call.store.duplicate(source.content)
    try:
        owner = call.caller.user
        made = call.store.put(target, form.destinationKey, owner, content, upsert=call.upserts)
    except BaseException:
        call.store.blobs.remove(content.blob)
        raise
    return answer({**made.shown(), "Id": made.id, "Key": f"{target}/{made.name}"})


def transfer(call: Call, form: forms.Transfer) -> tuple[Stored, str]:
    """The object that is moved or copied, and the bucket it goes to."""
    call.store.bucket(form.bucketId)
    source = call.seen(form.bucketId, form.sourceKey)
    check_key(form.destinationKey)
    target = call.store.bucket(form.destinationBucket or form.bucketId)
    check_type(source.content.mimetype, target.allowed_mime_types)
    return source, target.id


async def list_one_level(call: Call) -> Response:
    form = await call.form(forms.Search)
    sort = form.sortBy or forms.SortBy()
    if (sort.column or "name") not in listing.COLUMNS:
        raise InvalidBody(reason="body/sortBy/column must be equal to one of the allowed values")
    if (sort.order or "asc") not in ("asc", "desc"):
        raise InvalidBody(reason="body/sortBy/order must be equal to one of the allowed values")
    limit = min(form.limit, forms.MAX_LIST)
    column, descending = sort.column or "name", sort.order == "desc"
    wanted = listing.Wanted(form.prefix, limit, form.offset, form.search or "", column, descending)
    return answer(listing.listed(visible(call, listing.level(form.prefix)), wanted))


async def list_v2(call: Call) -> Response:
    form = await call.form(forms.SearchV2)
    limit = min(form.limit, forms.MAX_KEYS)
    found = visible(call, form.prefix)
    folders = form.with_delimiter
    return answer(listing.page(found, form.prefix, form.cursor, limit, folders=folders))


def visible(call: Call, prefix: str) -> list[Stored]:
    """What the caller sees below a prefix. Of a bucket that is not there, nothing."""
    return [one for one in call.store.objects(call.parts[0], prefix) if call.caller.sees(one)]


async def sign(call: Call) -> Response:
    form = await call.form(forms.Sign)
    if form.transform:
        raise NotImplementedInTwin(operation="Supabase Storage's transformation of images")
    item = call.seen(call.bucket.id, call.key)
    return answer({"signedURL": signed(call, item.name, form.expiresIn)})


async def sign_many(call: Call) -> Response:
    form = await call.form(forms.SignMany)
    return answer([signed_row(call, path, form.expiresIn) for path in form.paths])


def signed_row(call: Call, path: str, seconds: int) -> dict[str, str | None]:
    item = call.store.find(call.parts[0], path)
    if item is None or not call.caller.sees(item):
        return {"error": ABSENT, "path": path, "signedURL": None}
    return {"error": None, "path": path, "signedURL": signed(call, path, seconds)}


def signed(call: Call, key: str, seconds: int) -> str:
    """An address below `/storage/v1`, not quoted: clients do that."""
    bucket = call.parts[0]
    token = call.signatures.sign(DOWNLOAD, bucket, key, seconds)
    return f"/object/sign/{bucket}/{key}?token={token}"


async def sign_upload(call: Call) -> Response:
    await call.body()
    bucket, key, caller = call.bucket, check_key(call.key), call.caller
    there = call.store.find(bucket.id, key)
    caller.require_upload(there)
    given = {"owner": caller.user, "upsert": call.upserts}
    token = call.signatures.sign(UPLOAD, bucket.id, key, UPLOAD_SECONDS, **given)
    return answer({"url": f"/object/upload/sign/{bucket.id}/{key}?token={token}", "token": token})


async def upload_signed(call: Call) -> Response:
    claims = call.signatures.check(signed_token(call), UPLOAD, *call.parts)
    key, upsert = check_key(call.key), claims.get("upsert") is True
    await put(call, key, str(claims.get("owner") or ""), upsert=upsert)
    return answer({"Key": f"{call.bucket.id}/{key}"})


def signed_token(call: Call) -> str:
    token = call.request.query_params.get("token")
    if not token:
        raise InvalidBody(reason="querystring must have required property 'token'")
    return token


# Methods, what the path begins with, and how many parts follow: a bucket, or it and a key.
# The first that fits answers.
ROUTES: tuple[tuple[str, str, int, Handler], ...] = (
    ("POST", "/object/list", 1, list_one_level),
    ("POST", "/object/list-v2", 1, list_v2),
    ("POST", "/object/move", 0, move),
    ("POST", "/object/copy", 0, copy),
    ("POST", "/object/upload/sign", 2, sign_upload),
    ("PUT", "/object/upload/sign", 2, upload_signed),
    ("POST", "/object/sign", 1, sign_many),
    ("POST", "/object/sign", 2, sign),
    ("GET", "/object/sign", 2, download_signed),
    ("GET", "/object/info/public", 2, info_public),
    ("GET", "/object/info/authenticated", 2, info),
    ("GET", "/object/info", 2, info),
    ("GET", "/object/public", 2, download_public),
    ("GET", "/object/authenticated", 2, download),
    ("GET", "/object", 2, download),
    ("POST", "/object", 2, upload),
    ("PUT", "/object", 2, update),
    ("DELETE", "/object", 2, remove_one),
    ("DELETE", "/object", 1, remove_many),
)
