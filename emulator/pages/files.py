"""The files of Pages by the hashes that clients give them; each is here once, whoever has it."""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterable
from pathlib import Path

from emulator.core.blobs import Blobs
from emulator.core.database import Database
from emulator.pages.errors import AssetTooLarge, BodyInvalid
from emulator.pages.models import Asset

MEBIBYTE = 1024**2
MAX_ASSET_BYTES = 25 * MEBIBYTE
MAX_HASH = 128


class Files:
    """One account's files."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs
        if database.is_made:
            rows = database.all("SELECT blob FROM assets")
            modules = database.all("SELECT blob FROM modules")
            blobs.sweep({row["blob"] for row in (*rows, *modules)}.__contains__)

    def missing(self, hashes: Iterable[str]) -> list[str]:
        """Those of the hashes that no file is here for."""
        return [one for one in dict.fromkeys(hashes) if self.find(one) is None]

    def find(self, file_hash: str) -> Asset | None:
        row = self._database.one(
            "SELECT blob, size, content_type FROM assets WHERE hash = ?", (file_hash,)
        )
        return None if row is None else Asset(row["blob"], row["size"], row["content_type"])

    def path(self, asset: Asset) -> Path:
        return self._blobs.path(asset.blob)

    def put(self, file_hash: str, value: str, content_type: str | None, *, base64: bool) -> None:
        """Store a file; one that is here stays. Raises `AssetTooLarge`, `BodyInvalid`."""
        if not 0 < len(file_hash) <= MAX_HASH:
            raise BodyInvalid(reason="a key is the hash of a file")
        try:
            data = b64decode(value, validate=True) if base64 else value.encode()
        except (Base64Error, ValueError):
            raise BodyInvalid(reason=f"the value of {file_hash} is not base64") from None
        if len(data) > MAX_ASSET_BYTES:
            raise AssetTooLarge(key=file_hash, limit=MAX_ASSET_BYTES // MEBIBYTE)
        if self.find(file_hash) is not None:
            return
        blob = self.write(data)
        self._database.execute(
            "INSERT OR IGNORE INTO assets (hash, blob, size, content_type) VALUES (?, ?, ?, ?)",
            (file_hash, blob, len(data), content_type),
        )

    def write(self, data: bytes) -> str:
        """The blob that holds the bytes."""
        writer = self._blobs.create()
        try:
            writer.write(data)
            writer.seal()
        except BaseException:
            writer.discard()
            raise
        return writer.blob
