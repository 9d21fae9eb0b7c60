"""What one event of a door costs, in the units that Cloudflare bills.

Sources, read 2026-11-26: https://developers.cloudflare.com/d1/platform/pricing/,
…/kv/platform/pricing/, …/r2/pricing/, …/vectorize/platform/pricing/,
…/workers/platform/pricing/, …/ai-gateway/reference/pricing/.
"""

from collections.abc import Mapping

from emulator.core.events import Event

Units = Mapping[str, float]
Detail = Mapping[str, object]

NOTHING: Units = {}
REQUEST: Units = {"requests": 1}
OK = 200
REFUSED = 400
NOT_FOUND = 404
UNAUTHORISED = (401, 403)
CLIENT_GONE = 499
BROKEN = 500

KV_WORDS: Mapping[str, str] = {
    "kv.get": "kv_reads",
    "kv.get_bulk": "kv_reads",
    "kv.put": "kv_writes",
    "kv.delete": "kv_deletes",
    "kv.list": "kv_lists",
    "kv.values.get": "kv_reads",
    "kv.metadata.get": "kv_reads",
    "kv.bulk.get": "kv_reads",
    "kv.values.update": "kv_writes",
    "kv.bulk.update": "kv_writes",
    "kv.values.delete": "kv_deletes",
    "kv.bulk.delete": "kv_deletes",
    "kv.bulk.delete.legacy": "kv_deletes",
    "kv.keys.list": "kv_lists",
}
# Deleting, and ending an upload, is free.
R2_CLASS_A = frozenset(
    "ListBuckets CreateBucket ListObjects ListObjectsV2 PutObject CopyObject"
    " CompleteMultipartUpload CreateMultipartUpload ListMultipartUploads UploadPart"
    " UploadPartCopy ListParts PutBucketEncryption PutBucketCors"
    " PutBucketLifecycleConfiguration"
    # As bindings and the API name the same.
    " put list createMultipartUpload uploadPart completeMultipartUpload"
    " r2.buckets.list r2.buckets.create r2.buckets.objects.list r2.buckets.objects.upload"
    " r2.buckets.cors.update r2.buckets.lifecycle.update".split()
)
R2_CLASS_B = frozenset(
    "HeadBucket HeadObject GetObject GetBucketEncryption GetBucketLocation GetBucketCors"
    " GetBucketLifecycleConfiguration"
    " get head public r2.buckets.get r2.buckets.objects.get r2.buckets.cors.get"
    " r2.buckets.lifecycle.get r2.buckets.metrics.list".split()
)


def units_of(event: Event) -> Units:
    """Empty for what is not billed: settings and control, refusals, static files."""
    detail, operation = event.detail, event.operation
    if event.door == "edge":
        return REQUEST if event.script is not None else NOTHING
    if detail is not None:
        if "rows_read" in detail:
            # Of what is heard most there is no time for more.
            return {"rows_read": detail["rows_read"], "rows_written": detail["rows_written"]}  # type: ignore[dict-item]
        if (found := of_vectors(event, detail)) or (found := of_gateway(detail)):
            return found
    if (word := KV_WORDS.get(operation)) is not None:
        return of_kv(word, event)
    return of_r2(event) if operation.startswith("r2.") else NOTHING


def of_kv(word: str, event: Event) -> Units:
    """A key that is not there is read all the same; a bulk operation is one for each key."""
    if event.status >= REFUSED and event.status != NOT_FOUND:
        return NOTHING
    return {word: 1 if event.detail is None else number(event.detail, "keys", 1)}


def of_r2(event: Event) -> Units:
    """What fails for want of credentials is free, what fails otherwise is not."""
    if event.status in UNAUTHORISED or event.status >= CLIENT_GONE:
        return NOTHING
    name = event.operation
    # The API names by path, the other doors by the last word.
    word = name if name.startswith("r2.buckets.") else name.rpartition(".")[2]
    if word in R2_CLASS_A:
        return {"r2_class_a": 1}
    return {"r2_class_b": 1} if word in R2_CLASS_B else NOTHING


def of_vectors(event: Event, detail: Detail) -> Units:
    """The dimensions of what is asked for; those that are stored, the bill adds once."""
    if event.status != OK or not event.operation.endswith(".query") or "dimensions" not in detail:
        return NOTHING
    return {"queried_dimensions": number(detail, "dimensions")}


def of_gateway(detail: Detail) -> Units:
    inner = detail.get("ai_gateway")
    told = inner if isinstance(inner, Mapping) else detail
    return {"gateway_logs": 1} if told.get("log_id") else NOTHING


def number(detail: Detail, name: str, absent: float = 0) -> float:
    value = detail.get(name, absent)
    return value if isinstance(value, int | float) else absent
