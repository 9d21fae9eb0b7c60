"""A bucket behind S3's API, and requests to it that are signed beforehand.

S3's own clients are slower than the servers, so the load is wrk's and its URLs are presigned.
"""

from typing import Any

import boto3
from botocore.config import Config

from loadtests.bench.answering import answer_to
from loadtests.bench.wrk import Load, LoadFailed

DAY_SECONDS = 86_400


class Bucket:
    """The bucket `bench` of the server on `port`, whose S3 API begins at the path `base`."""

    def __init__(
        self, port: int, access_key: str, secret_key: str, *, region: str = "auto", base: str = ""
    ) -> None:
        self.port = port
        # The host of the URL is signed, and it is what wrk and http.client say.
        self._origin = f"http://127.0.0.1:{port}"
        # boto3 makes its clients' classes as it runs: there is no type to name.
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=self._origin + base,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            region_name=region,
            config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
        )

    def signed(self, operation: str, **parameters: object) -> str:
        """Path and query of a request, valid for a day."""
        named = {"Bucket": "bench", **parameters}
        url: str = self._client.generate_presigned_url(operation, named, ExpiresIn=DAY_SECONDS)
        return url.removeprefix(self._origin)

    def create(self) -> None:
        answer_to(Load("PUT", self.signed("create_bucket")), self.port)

    def fill(self, size: int, objects: int) -> None:
        """Put that many objects of the size, and see that they come back whole."""
        for path in self.put(size, objects).terms:
            answer_to(Load("PUT", path, body_bytes=size), self.port)
        for path in self.get(size, objects).terms:
            returned = len(answer_to(Load("GET", path), self.port).body)
            if returned != size:
                raise LoadFailed(f"{returned} bytes came back of {size}: {path}")

    def get(self, size: int, objects: int) -> Load:
        """Reads of what `fill` has put."""
        return Load("GET", "<next>", terms=self._signed_for_all("get_object", size, objects))

    def put(self, size: int, objects: int) -> Load:
        """Writes to the same keys, of the same size.

        In turn, because moto answers 500 where two requests overwrite one key at a time.
        """
        paths = self._signed_for_all("put_object", size, objects)
        return Load("PUT", "<next>", terms=paths, body_bytes=size)

    def page(self, start_after: str) -> str:
        """Path and query of the longest page that a listing may have."""
        return self.signed("list_objects_v2", StartAfter=start_after)

    def _signed_for_all(self, operation: str, size: int, objects: int) -> tuple[str, ...]:
        return tuple(self.signed(operation, Key=f"{size}-{number}") for number in range(objects))
