"""What is configured of a bucket, in S3's XML; stored in the form of Cloudflare's API."""

from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element

from emulator.core.clock import parse_iso
from emulator.r2.cors import is_origin
from emulator.r2.errors import (
    InvalidArgument,
    InvalidRequest,
    MalformedXml,
    NoCorsConfiguration,
    NoLifecycleConfiguration,
    NotImplementedByR2,
)
from emulator.r2.models import INFREQUENT
from emulator.r2.s3.body import receive_xml
from emulator.r2.s3.call import S3Call
from emulator.r2.s3.headers import S3_CLASSES
from emulator.r2.s3.objects import XML
from emulator.r2.s3.xml import document, leaf, node, number_of, parse, required, text_of
from emulator.r2.store import CORS, LIFECYCLE
from emulator.wire.reply import Reply

Json = dict[str, Any]

DAY_SECONDS = 86_400
CORS_METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD")
MAX_ID_CHARACTERS = 255


async def get_cors(call: S3Call) -> Reply:
    value = call.r2.configuration(call.bucket.bucket, CORS)
    if not value:
        raise NoCorsConfiguration()
    rules = (cors_rule_xml(rule) for rule in value["rules"])
    return Reply(document("CORSConfiguration", rules), headers=tuple(XML))


async def put_cors(call: S3Call) -> Reply:
    bucket = call.bucket.bucket
    root = parse(await receive_xml(call), "CORSConfiguration")
    rules = [cors_rule_of(row) for row in root.findall("CORSRule")]
    if not rules:
        raise MalformedXml()
    call.r2.configure(bucket, CORS, {"rules": rules})
    return Reply(b"", headers=())


async def delete_cors(call: S3Call) -> Reply:
    call.r2.configure(call.bucket.bucket, CORS, None)
    return Reply(b"", status=204, headers=())


async def get_lifecycle(call: S3Call) -> Reply:
    value = call.r2.configuration(call.bucket.bucket, LIFECYCLE)
    if not value or not value["rules"]:
        raise NoLifecycleConfiguration()
    rules = (lifecycle_rule_xml(rule) for rule in value["rules"])
    return Reply(document("LifecycleConfiguration", rules), headers=tuple(XML))


async def put_lifecycle(call: S3Call) -> Reply:
    bucket = call.bucket.bucket
    root = parse(await receive_xml(call), "LifecycleConfiguration")
    rules = [
        lifecycle_rule_of(row, f"rule-{number}")
        for number, row in enumerate(root.findall("Rule"), start=1)
    ]
    if not rules:
        raise MalformedXml()
    if len({rule["id"] for rule in rules}) < len(rules):
        reason = "Rule ID must be unique. Found same ID for more than one rule"
        raise InvalidArgument(reason=reason)
    call.r2.configure(bucket, LIFECYCLE, {"rules": rules})
    return Reply(b"", headers=())


async def delete_lifecycle(call: S3Call) -> Reply:
    call.r2.configure(call.bucket.bucket, LIFECYCLE, None)
    return Reply(b"", status=204, headers=())


async def get_encryption(call: S3Call) -> Reply:
    """R2 encrypts every object, and there is nothing to choose."""
    call.bucket  # noqa: B018  # which raises where there is none
    default = node("ApplyServerSideEncryptionByDefault", leaf("SSEAlgorithm", "AES256"))
    rule = node("Rule", default, leaf("BucketKeyEnabled", True))
    return Reply(document("ServerSideEncryptionConfiguration", (rule,)), headers=tuple(XML))


async def get_versioning(call: S3Call) -> Reply:
    """Never configured."""
    call.bucket  # noqa: B018
    return Reply(document("VersioningConfiguration", ()), headers=tuple(XML))


def cors_rule_of(row: Element) -> Json:
    methods = texts(row, "AllowedMethod")
    origins = texts(row, "AllowedOrigin")
    headers = texts(row, "AllowedHeader")
    if not methods or not origins:
        raise MalformedXml()
    for origin in origins:
        if not is_origin(origin):
            raise InvalidRequest(reason=f'AllowedOrigin "{origin}" is not a valid origin')
    for method in methods:
        if method not in CORS_METHODS:
            raise InvalidRequest(
                reason="Found unsupported HTTP method in CORS config."
                f" Unsupported method is {method}"
            )
    for kind, patterns in (("AllowedOrigin", origins), ("AllowedHeader", headers)):
        for pattern in patterns:
            if pattern.count("*") > 1:
                reason = f'{kind} "{pattern}" can not have more than one wildcard.'
                raise InvalidRequest(reason=reason)
    rule: Json = {"allowed": {"origins": origins, "methods": methods, "headers": headers}}
    if (rule_id := text_of(row, "ID")) is not None:
        rule["id"] = rule_id
    if expose := texts(row, "ExposeHeader"):
        rule["exposeHeaders"] = expose
    if (max_age := number_of(row, "MaxAgeSeconds")) is not None:
        rule["maxAgeSeconds"] = max_age
    return rule


def cors_rule_xml(rule: Mapping[str, Any]) -> str:
    allowed = rule["allowed"]
    return node(
        "CORSRule",
        leaf("ID", rule.get("id")),
        *(leaf("AllowedMethod", method) for method in allowed["methods"]),
        *(leaf("AllowedOrigin", origin) for origin in allowed["origins"]),
        *(leaf("AllowedHeader", name) for name in allowed.get("headers") or ()),
        *(leaf("ExposeHeader", name) for name in rule.get("exposeHeaders") or ()),
        leaf("MaxAgeSeconds", rule.get("maxAgeSeconds")),
    )


def lifecycle_rule_of(row: Element, fallback_id: str) -> Json:
    """Raises `NotImplementedByR2` for what R2's rules cannot say."""
    for name in ("NoncurrentVersionExpiration", "NoncurrentVersionTransition"):
        if row.find(name) is not None:
            raise NotImplementedByR2(what=f"Lifecycle action {name}")
    status = required(row, "Status")
    rule_id = text_of(row, "ID") or fallback_id
    if status not in ("Enabled", "Disabled"):
        raise MalformedXml()
    if len(rule_id) > MAX_ID_CHARACTERS:
        reason = f"ID length should not exceed allowed limit of {MAX_ID_CHARACTERS}"
        raise InvalidArgument(reason=reason)
    rule: Json = {
        "id": rule_id,
        "enabled": status == "Enabled",
        "conditions": {"prefix": prefix_of(row)},
    }
    rule |= dict(actions_of(row))
    if len(rule) == 3:
        raise InvalidRequest(reason="At least one action needs to be specified in a rule.")
    return rule


def prefix_of(row: Element) -> str:
    condition = row.find("Filter")
    if condition is None:
        return text_of(row, "Prefix") or ""
    for child in condition:
        if child.tag != "Prefix":
            raise NotImplementedByR2(what=f"Lifecycle filter {child.tag}")
    return text_of(condition, "Prefix") or ""


def actions_of(row: Element) -> Iterator[tuple[str, object]]:
    expiration = row.find("Expiration")
    if expiration is not None:
        if expiration.find("ExpiredObjectDeleteMarker") is not None:
            raise NotImplementedByR2(what="Lifecycle action ExpiredObjectDeleteMarker")
        yield "deleteObjectsTransition", {"condition": condition_of(expiration, "Days")}
    abort = row.find("AbortIncompleteMultipartUpload")
    if abort is not None:
        condition = condition_of(abort, "DaysAfterInitiation")
        yield "abortMultipartUploadsTransition", {"condition": condition}
    transitions = row.findall("Transition")
    if transitions:
        yield "storageClassTransitions", [transition_of(one) for one in transitions]


def transition_of(row: Element) -> Json:
    storage_class = required(row, "StorageClass")
    if storage_class != S3_CLASSES[INFREQUENT]:
        raise NotImplementedByR2(what=f"Transition to storage class {storage_class}")
    return {"condition": condition_of(row, "Days"), "storageClass": INFREQUENT}


def condition_of(row: Element, days_name: str) -> Json:
    """An age in whole days, or midnight of a date."""
    days, date = number_of(row, days_name), text_of(row, "Date")
    if (days is None) == (date is None):
        raise MalformedXml()
    if days is not None:
        if days < 1:
            reason = f"'{days_name}' for {row.tag} action must be a positive integer"
            raise InvalidArgument(reason=reason)
        return {"type": "Age", "maxAge": days * DAY_SECONDS}
    assert date is not None
    try:
        at_midnight = parse_iso(date) % DAY_SECONDS == 0
    except (ValueError, OverflowError):
        raise MalformedXml() from None
    if not at_midnight:
        raise InvalidArgument(reason="'Date' must be at midnight GMT")
    return {"type": "Date", "date": date}


def lifecycle_rule_xml(rule: Mapping[str, Any]) -> str:
    prefix = (rule.get("conditions") or {}).get("prefix") or ""
    children = [
        leaf("ID", rule["id"]),
        node("Filter", leaf("Prefix", prefix)),
        leaf("Status", "Enabled" if rule.get("enabled", True) else "Disabled"),
    ]
    if expire := rule.get("deleteObjectsTransition"):
        children.append(node("Expiration", condition_xml(expire["condition"], "Days")))
    for move in rule.get("storageClassTransitions") or ():
        condition = condition_xml(move["condition"], "Days")
        storage_class = leaf("StorageClass", S3_CLASSES[move["storageClass"]])
        children.append(node("Transition", condition, storage_class))
    if abort := rule.get("abortMultipartUploadsTransition"):
        condition = condition_xml(abort["condition"], "DaysAfterInitiation")
        children.append(node("AbortIncompleteMultipartUpload", condition))
    return node("Rule", *children)


def condition_xml(condition: Mapping[str, Any], days_name: str) -> str:
    if condition["type"] == "Date":
        return leaf("Date", condition["date"])
    # The API counts seconds; a part of a day shows as a whole one.
    return leaf(days_name, -(-int(condition["maxAge"]) // DAY_SECONDS))


def texts(row: Element, name: str) -> list[str]:
    return [child.text or "" for child in row.findall(name)]
