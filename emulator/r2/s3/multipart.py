"""Multipart uploads: begun, filled, completed, aborted, listed."""

import asyncio
from collections.abc import Iterator

from emulator.r2.content import Content, Incoming
from emulator.r2.digests import CHECKSUM_BYTES, CRC64NVME
from emulator.r2.digests import checksum as checksum_from
from emulator.r2.errors import (
    InvalidArgument,
    InvalidRange,
    InvalidRequest,
    MalformedXml,
    NotImplementedByR2,
)
from emulator.r2.limits import MAX_UPLOAD_BYTES
from emulator.r2.models import ByteRange, Checksum, ChosenPart, Part, StoredObject, Upload
from emulator.r2.reading import Reading
from emulator.r2.s3.body import PREFIX, receive_content, receive_xml
from emulator.r2.s3.call import S3Call
from emulator.r2.s3.copies import copy_source
from emulator.r2.s3.headers import (
    RANGE,
    S3_CLASSES,
    SSE,
    Headers,
    attributes_of,
    check_encryption,
    checksum_headers,
    conditions_of,
    customer_key,
    iso_date,
    quoted,
    ssec_headers,
)
from emulator.r2.s3.listings import key_form, max_keys, owner_of
from emulator.r2.s3.objects import (
    SOURCE,
    XML,
    algorithm_named,
    make_bucket_if_asked,
    part_number,
)
from emulator.r2.s3.xml import document, leaf, node, number_of, parse, required, text_of
from emulator.wire.reply import Reply

COPY_BLOCK_BYTES = 1_048_576


async def create_upload(call: S3Call) -> Reply:
    check_encryption(call.headers)
    make_bucket_if_asked(call)
    attributes, algorithm = attributes_of(call.headers), upload_algorithm(call)
    upload = await call.r2.commit(
        lambda: call.bucket.uploads.create(call.key, attributes, algorithm), brief=True
    )
    body = document(
        "InitiateMultipartUploadResult",
        (leaf("Bucket", call.bucket_name), leaf("Key", call.key), leaf("UploadId", upload.id)),
    )
    headers = [*XML, *ssec_headers(attributes.ssec)]
    if algorithm is not None:
        kind = b"FULL_OBJECT" if algorithm == CRC64NVME else b"COMPOSITE"
        headers += [
            (b"x-amz-checksum-algorithm", algorithm.encode()),
            (b"x-amz-checksum-type", kind),
        ]
    return Reply(body, headers=tuple(headers))


async def upload_part(call: S3Call) -> Reply:
    check_encryption(call.headers)
    uploads, number = call.bucket.uploads, required_part(call)
    upload = uploads.get(call.key, upload_id(call))
    check_upload_key(call, upload)
    received = await receive_content(call, part=True, algorithm=upload.checksum_algorithm)
    part = await call.r2.keep(
        received.content,
        lambda: uploads.put_part(call.key, upload.id, number, received.content, received.checksum),
    )
    headers: Headers = [(b"etag", quoted(part.etag)), *ssec_headers(upload.attributes.ssec)]
    if part.checksum is not None:
        name = PREFIX + part.checksum.algorithm.lower()
        headers.append((name.encode(), part.checksum.value.encode()))
    return Reply(b"", headers=tuple(headers))


async def upload_part_copy(call: S3Call) -> Reply:
    for name in ("if-match", "if-none-match", "if-modified-since", "if-unmodified-since"):
        if (value := call.headers.get(f"{SOURCE}-{name}")) is not None:
            raise NotImplementedByR2(what=f"Header '{SOURCE}-{name}' with value '{value}'")
    uploads, number = call.bucket.uploads, required_part(call)
    upload = uploads.get(call.key, upload_id(call))
    check_upload_key(call, upload)
    source, source_key = copy_source(call)
    ssec = customer_key(call.headers, f"{SOURCE}-server-side-encryption")
    wanted = copied_range(call.headers.get(f"{SOURCE}-range"))
    reading = source.get(source_key, wanted=wanted, ssec=ssec)
    if wanted is not None and reading.length != wanted.length:
        reading.source.close()
        raise InvalidRange()
    algorithm = upload.checksum_algorithm
    incoming = call.r2.incoming([algorithm] if algorithm else [], part=True)
    content = await asyncio.to_thread(pour, reading, incoming)
    checksum = checksum_from(algorithm, content.digests[algorithm]) if algorithm else None
    part = await call.r2.keep(
        content, lambda: uploads.put_part(call.key, upload.id, number, content, checksum)
    )
    children = (
        leaf("LastModified", iso_date(part.uploaded_ms)),
        leaf("ETag", f'"{part.etag}"'),
        checksum_leaf(part.checksum),
    )
    headers = (*XML, *ssec_headers(upload.attributes.ssec))
    return Reply(document("CopyPartResult", children), headers=headers)


async def complete_upload(call: S3Call) -> Reply:
    uploads, named = call.bucket.uploads, upload_id(call)
    uploads.get(call.key, named)
    chosen = list(chosen_parts(await receive_xml(call, has_checksum=False)))
    conditions = conditions_of(call.headers)
    given = whole_checksum(call)
    stored = await call.r2.commit(
        lambda: uploads.complete(call.key, named, chosen, conditions, given)
    )
    children = (
        leaf("Location", location_of(call)),
        leaf("Bucket", call.bucket_name),
        leaf("Key", call.key),
        leaf("ETag", f'"{stored.etag}"'),
        checksum_leaf(stored.checksum),
        checksum_type(stored),
    )
    headers = (*XML, *ssec_headers(stored.ssec))
    return Reply(document("CompleteMultipartUploadResult", children), headers=headers)


async def abort_upload(call: S3Call) -> Reply:
    uploads, named = call.bucket.uploads, upload_id(call)
    await call.r2.commit(lambda: uploads.abort(call.key, named))
    return Reply(b"", status=204, headers=())


async def list_parts(call: S3Call) -> Reply:
    uploads, named = call.bucket.uploads, upload_id(call)
    upload = uploads.get(call.key, named)
    limit, after = max_keys(call.params.get("max-parts")), marker_of(call)
    page = uploads.parts(call.key, named, after=after, limit=min(limit, 1_000))
    last = page.parts[-1].number if page.parts else None
    children = (
        leaf("Bucket", call.bucket_name),
        leaf("Key", call.key),
        leaf("UploadId", named),
        node("Initiator", leaf("ID", call.owner_id), leaf("DisplayName", call.owner_id)),
        owner_of(call),
        leaf("StorageClass", storage_class_shown(call, upload)),
        leaf("PartNumberMarker", after),
        leaf("NextPartNumberMarker", last),
        leaf("MaxParts", limit),
        leaf("IsTruncated", page.is_truncated),
        leaf("ChecksumAlgorithm", upload.checksum_algorithm),
        *(shown_part(part) for part in page.parts),
    )
    return Reply(document("ListPartsResult", children), headers=tuple(XML))


async def list_uploads(call: S3Call) -> Reply:
    params, show = call.params, key_form(call)
    limit = max_keys(params.get("max-uploads"))
    page = call.bucket.uploads.list(
        prefix=params.get("prefix", ""),
        delimiter=params.get("delimiter", ""),
        limit=min(limit, 1_000),
        key_marker=params.get("key-marker", ""),
        upload_id_marker=params.get("upload-id-marker", ""),
    )
    last = page.uploads[-1] if page.uploads else None
    children = (
        leaf("Bucket", call.bucket_name),
        leaf("KeyMarker", show(params.get("key-marker", ""))),
        leaf("UploadIdMarker", params.get("upload-id-marker", "")),
        leaf("NextKeyMarker", show(last.key) if last and page.is_truncated else None),
        leaf("NextUploadIdMarker", last.id if last and page.is_truncated else None),
        leaf("Prefix", show(params["prefix"]) if "prefix" in params else None),
        leaf("Delimiter", show(params["delimiter"]) if "delimiter" in params else None),
        leaf("EncodingType", params.get("encoding-type")),
        leaf("MaxUploads", limit),
        leaf("IsTruncated", page.is_truncated),
        *(shown_upload(call, upload, show(upload.key)) for upload in page.uploads),
        *(node("CommonPrefixes", leaf("Prefix", show(prefix))) for prefix in page.prefixes),
    )
    return Reply(document("ListMultipartUploadsResult", children), headers=tuple(XML))


def upload_algorithm(call: S3Call) -> str | None:
    """The algorithm of the parts' checksums. R2 knows one type of checksum for each."""
    name = call.headers.get("x-amz-checksum-algorithm")
    kind = call.headers.get("x-amz-checksum-type")
    if name is None:
        return None
    algorithm = algorithm_named(name)
    known = "FULL_OBJECT" if algorithm == CRC64NVME else "COMPOSITE"
    if kind not in (None, known):
        raise InvalidRequest(
            reason=f"The {kind} checksum type cannot be used with the"
            f" {algorithm.lower()} checksum algorithm."
        )
    return algorithm


def upload_id(call: S3Call) -> str:
    return call.params["uploadId"]


def required_part(call: S3Call) -> int:
    number = part_number(call)
    if number is None:
        raise InvalidArgument(reason="partNumber is missing")
    return number


def check_upload_key(call: S3Call, upload: Upload) -> None:
    """The parts come with the customer's key that the upload was begun with."""
    if customer_key(call.headers, SSE) != upload.attributes.ssec:
        raise InvalidRequest(
            reason="The multipart upload initiate requested encryption. Subsequent part requests"
            " must include the appropriate encryption parameters."
        )


def copied_range(text: str | None) -> ByteRange | None:
    if text is None:
        return None
    found = RANGE.fullmatch(text)
    if found is None or not (found[1] and found[2]) or len(text) > 60:
        raise InvalidArgument(
            reason="The x-amz-copy-source-range value must be of the form bytes=first-last where"
            " first and last are the zero-based offsets of the first and last bytes to copy"
        )
    first, last = int(found[1]), int(found[2])
    if last < first:
        raise InvalidArgument(reason="range must be positive.")
    return ByteRange(first, last - first + 1)


def pour(reading: Reading, incoming: Incoming) -> Content:
    """Copy what is read into new content, block by block."""
    try:
        with reading.source as source:
            if reading.length > MAX_UPLOAD_BYTES:
                raise InvalidRequest(
                    reason="The specified copy source is larger than a part may be"
                )
            while block := source.read(COPY_BLOCK_BYTES):
                incoming.write(block)
        return incoming.finish()
    except BaseException:
        incoming.discard()
        raise


def chosen_parts(body: bytes) -> Iterator[ChosenPart]:
    root = parse(body, "CompleteMultipartUpload")
    rows = root.findall("Part")
    if not rows:
        raise MalformedXml()
    for row in rows:
        number = number_of(row, "PartNumber")
        if number is None:
            raise MalformedXml()
        given = [
            Checksum(name, text)
            for name in CHECKSUM_BYTES
            if (text := text_of(row, f"Checksum{name}")) is not None
        ]
        etag = required(row, "ETag").strip().strip('"')
        yield ChosenPart(number, etag, given[0] if given else None)


def whole_checksum(call: S3Call) -> Checksum | None:
    """The checksum the whole object should have, if the request says one."""
    for name in CHECKSUM_BYTES:
        value = call.headers.get(PREFIX + name.lower())
        if value is not None:
            return Checksum(name, value, composite=name != CRC64NVME)
    return None


def checksum_leaf(checksum: Checksum | None) -> str:
    return "" if checksum is None else leaf(f"Checksum{checksum.algorithm}", checksum.value)


def checksum_type(stored: StoredObject) -> str:
    named = dict(checksum_headers(stored)).get(b"x-amz-checksum-type")
    return leaf("ChecksumType", None if named is None else named.decode())


def marker_of(call: S3Call) -> int:
    text = call.params.get("part-number-marker") or "0"
    if not text.isdecimal() or len(text) > 9:
        raise InvalidArgument(reason="part-number-marker must be a whole number")
    return int(text)


def storage_class_shown(call: S3Call, upload: Upload) -> str:
    return S3_CLASSES[upload.attributes.storage_class or call.bucket.bucket.storage_class]


def shown_part(part: Part) -> str:
    return node(
        "Part",
        leaf("PartNumber", part.number),
        leaf("LastModified", iso_date(part.uploaded_ms)),
        leaf("ETag", f'"{part.etag}"'),
        leaf("Size", part.size),
        checksum_leaf(part.checksum),
    )


def shown_upload(call: S3Call, upload: Upload, key: str) -> str:
    return node(
        "Upload",
        leaf("Key", key),
        leaf("UploadId", upload.id),
        node("Initiator", leaf("ID", call.owner_id), leaf("DisplayName", call.owner_id)),
        owner_of(call),
        leaf("StorageClass", storage_class_shown(call, upload)),
        leaf("Initiated", iso_date(upload.created_ms)),
    )


def location_of(call: S3Call) -> str:
    host = call.headers.get("host", "localhost")
    return f"http://{host}{call.request.raw_path.decode('latin-1')}"
