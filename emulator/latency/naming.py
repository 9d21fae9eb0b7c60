"""What a profile calls the operations that doors know by their own names.

A call has one name before it is answered, by which it waits in a queue, and perhaps others
afterwards: only then is it known whether a query wrote, or a cache had the answer.
"""

from collections.abc import Mapping

from emulator.core.trip import Trip

Named = tuple[str, str]
Detail = Mapping[str, object] | None

# Kinds of bindings, and the first words of operations.
PRODUCTS = ("d1", "kv", "r2", "vectorize", "ai_gateway", "ai", "supabase", "workers")
# The account's own settings, resources and uploads: the API's central part, whoever's they are.
CONTROL: Named = ("api", "control")
EDGE: Named = ("workers", "request")
MODEL = b"cf-consn-model-id"

LAST_WORDS: Mapping[str, Mapping[str, str]] = {
    "kv": {
        "get": "read",
        "get_bulk": "read",
        "list": "list",
        "put": "write",
        "update": "write",
        "delete": "write",
        "legacy": "write",
    },
    "r2": {
        "get": "get",
        "head": "get",
        "GetObject": "get",
        "HeadObject": "get",
        "public": "get",
        "list": "list",
        "ListObjects": "list",
        "ListObjectsV2": "list",
        "delete": "delete",
        "DeleteObject": "delete",
        "DeleteObjects": "delete",
        "put": "put",
        "upload": "put",
        "PutObject": "put",
        "CopyObject": "put",
        "createMultipartUpload": "put",
        "uploadPart": "put",
        "completeMultipartUpload": "put",
        "abortMultipartUpload": "delete",
        "CreateMultipartUpload": "put",
        "UploadPart": "put",
        "UploadPartCopy": "put",
        "CompleteMultipartUpload": "put",
        "AbortMultipartUpload": "delete",
    },
    "vectorize": {
        "query": "query",
        "get_by_ids": "get",
        "insert": "write",
        "upsert": "write",
        "delete_by_ids": "write",
    },
}
# Operations that end in one of the words above and are none of data.
MANAGING = ("kv.namespaces.", "r2.buckets.", "vectorize.metadata_index.")
DATA = "r2.buckets.objects."
SQL = frozenset(("d1.database.query", "d1.database.raw", "d1.query", "d1.execute"))


def likely(trip: Trip) -> Named | None:
    """Before the call is answered; None for what no profile delays."""
    if trip.door == "edge":
        return EDGE
    product = trip.name.partition(".")[0]
    if trip.door == "rest":
        return named(trip, trip.name, None)[0]
    if product not in PRODUCTS:
        return None
    first = {"d1": "read", "kv": "read", "r2": "get", "vectorize": "query"}
    if product in first:
        return product, first[product]
    return named(trip, trip.name, None)[0]


def named(trip: Trip, operation: str, detail: Detail) -> tuple[Named, ...]:
    """What was done, of which each part takes its time."""
    if trip.door == "edge":
        return (EDGE,)
    product = operation.partition(".")[0]
    if operation in SQL:
        return (("d1", "write" if detail and detail.get("rows_written") else "read"),)
    if product in LAST_WORDS:
        return (of_data(product, operation),)
    if product in ("ai", "ai_gateway"):
        return of_models(trip, operation, detail)
    if product == "supabase":
        return ((product, operation.partition(".")[2]),)
    return (CONTROL,)


def of_data(product: str, operation: str) -> Named:
    word = LAST_WORDS[product].get(operation.rpartition(".")[2])
    manages = operation.startswith(MANAGING) and not operation.startswith(DATA)
    return CONTROL if word is None or manages else (product, word)


def of_models(trip: Trip, operation: str, detail: Detail) -> tuple[Named, ...]:
    """A model, the gateway before it, or both."""
    through = gateway_in(detail)
    if through is None and not operation.startswith(("ai.run", "ai.v1.", "ai_gateway.")):
        return (CONTROL,)
    model: Named = ("ai", "embed" if embeds(trip, operation, through) else "generate")
    if through is None:
        return (("ai_gateway", "miss"),) if operation.startswith("ai_gateway.") else (model,)
    if through.get("cached"):
        return (("ai_gateway", "hit"),)
    return ("ai_gateway", "miss"), model


def gateway_in(detail: Detail) -> Mapping[str, object] | None:
    """What an event says of the gateway that the call went through."""
    if detail is None:
        return None
    inner = detail.get("ai_gateway")
    if isinstance(inner, Mapping):
        return inner
    return detail if "cached" in detail else None


def embeds(trip: Trip, operation: str, through: Mapping[str, object] | None) -> bool:
    told = str(through.get("model") or "").encode() if through else b""
    text = b" ".join((told, bytes(trip.scope["raw_path"]), trip.header(MODEL), operation.encode()))
    return b"bge" in text or b"embed" in text


def supabase(method: str, path: str) -> str:
    """`supabase.rest_read` and so on, by what is asked of a project."""
    _, found, service = path.partition("/v1")[0].rpartition("/")
    reads = method in ("GET", "HEAD")
    if not found or service not in ("rest", "storage"):
        return f"supabase.{service}" if found and service == "auth" else "supabase.other"
    if service == "rest" and "/rpc/" in path:
        return "supabase.rest_call"
    return f"supabase.{service}_{'read' if reads else 'write'}"
