"""Buckets and objects, and how Storage shows them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]


def moment(epoch_seconds: float) -> str:
    """`2021-02-17T04:43:32.770Z`, as JavaScript writes a time."""
    text = datetime.fromtimestamp(epoch_seconds, UTC).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket. `allowed_mime_types` of None takes every type."""

    id: str
    name: str
    owner: str
    public: bool
    file_size_limit: int | None
    allowed_mime_types: list[str] | None
    created_at: float
    updated_at: float

    def shown(self) -> Json:
        return {
            "id": self.id,
            "name": self.name,
            "owner": self.owner,
            "public": self.public,
            "type": "STANDARD",
            "file_size_limit": self.file_size_limit,
            "allowed_mime_types": self.allowed_mime_types,
            "created_at": moment(self.created_at),
            "updated_at": moment(self.updated_at),
        }


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes that are in place, and what was said of them. `etag` has its quotes."""

    blob: str
    size: int
    etag: str
    mimetype: str
    cache_control: str
    user_metadata: Json | None


@dataclass(frozen=True, slots=True)
class Stored:
    """An object. `owner` is the user who uploaded it; empty if the service role did."""

    id: str
    bucket_id: str
    name: str
    owner: str
    content: Content
    created_at: float
    updated_at: float

    def facts(self) -> Json:
        """Storage's own metadata."""
        return {
            "eTag": self.content.etag,
            "size": self.content.size,
            "mimetype": self.content.mimetype,
            "cacheControl": self.content.cache_control,
            "lastModified": moment(self.updated_at),
            "contentLength": self.content.size,
            "httpStatusCode": 200,
        }

    def shown(self) -> Json:
        """As `remove` and `copy` answer it."""
        return {
            "id": self.id,
            "name": self.name,
            "bucket_id": self.bucket_id,
            "owner": self.owner or None,
            "owner_id": self.owner or None,
            "version": self.content.blob,
            "created_at": moment(self.created_at),
            "updated_at": moment(self.updated_at),
            "last_accessed_at": moment(self.updated_at),
            "metadata": self.facts(),
            "user_metadata": self.content.user_metadata,
        }

    def info(self) -> Json:
        return {
            "id": self.id,
            "name": self.name,
            "version": self.content.blob,
            "bucket_id": self.bucket_id,
            "size": self.content.size,
            "content_type": self.content.mimetype,
            "cache_control": self.content.cache_control,
            "etag": self.content.etag,
            "metadata": self.content.user_metadata,
            "last_modified": moment(self.updated_at),
            "created_at": moment(self.created_at),
        }
