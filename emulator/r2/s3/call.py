"""An authorised request to the S3 API, as a handler sees it."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from emulator.r2.bucket import BucketStore
from emulator.r2.errors import AccessDenied
from emulator.r2.s3.address import Address
from emulator.r2.s3.request import S3Request
from emulator.r2.s3.sigv4 import Signed
from emulator.r2.store import R2Store

# Whether the caller may touch a key of a bucket.
Reach = Callable[[str, str], bool]


class S3Call(NamedTuple):
    """The account's buckets, what is asked of them, and how far the caller reaches in them."""

    request: S3Request
    address: Address
    r2: R2Store
    owner_id: str
    signed: Signed
    reach: Reach

    @property
    def headers(self) -> Mapping[str, str]:
        return self.request.headers

    @property
    def params(self) -> Mapping[str, str]:
        return self.request.params

    @property
    def bucket_name(self) -> str:
        assert self.address.bucket is not None
        return self.address.bucket

    @property
    def key(self) -> str:
        assert self.address.key is not None
        return self.address.key

    @property
    def bucket(self) -> BucketStore:
        """The bucket that is addressed. Raises `NoSuchBucket`."""
        return self.r2.bucket(self.bucket_name, self.address.jurisdiction)

    def reaches(self, key: str) -> bool:
        """Whether the caller may touch this key of the bucket."""
        return self.reach(self.bucket_name, key)

    def check_source(self, bucket: str, key: str) -> None:
        """Raises `AccessDenied` where the caller may not read what it wants to copy."""
        if not self.reach(bucket, key):
            raise AccessDenied()
