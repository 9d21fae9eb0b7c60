"""Static assets of one account: manifests, and the files that manifests name.

https://developers.cloudflare.com/workers/static-assets/direct-upload/ — a client says which
files a version has, uploads those that are not here yet, and gets a token which stands for the
whole set. A file is known by the hash that the client gave it and its size: what the hash is
computed from is the client's affair.
"""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emulator.core.blobs import Blobs
from emulator.core.clock import Clock
from emulator.core.database import Database
from emulator.core.ids import Ids
from emulator.workers import tokens
from emulator.workers.errors import (
    AssetInvalid,
    AssetTokenInvalid,
    AssetTooLarge,
    ManifestInvalid,
    TooManyAssets,
)
from emulator.workers.limits import (
    ASSET_TOKEN_SECONDS,
    MAX_ASSET_BYTES,
    MAX_ASSETS,
    MAX_BUCKET_BYTES,
    MAX_BUCKET_FILES,
)
from emulator.workers.models import Asset
from emulator.workers.schema import ASSET, MISSING, STALE_MANIFESTS, UNUSED_ASSETS
from emulator.workers.tokens import Claims, Purpose, TokenInvalid
from emulator.workers.upload import written

SECRET = "asset_secret"
SECRET_DIGITS = 64
# Documented as 32 digits; the documentation's own example has 26 [guess].
HASH = re.compile(r"[0-9a-f]{16,64}")
ROWS_AT_ONCE = 2_000
# What a client sends for a file that shall have no type.
NO_TYPE = "application/null"


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """A file as a manifest names it."""

    hash: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Session:
    """An upload that was begun: the token for it, and the hashes to send, those of a bucket
    together. Without buckets nothing is missing, and the token is the completion token."""

    token: str
    buckets: Sequence[Sequence[str]]


class AssetStore:
    """The files behind the manifests. Safe to use from any thread."""

    def __init__(self, database: Database, blobs: Blobs, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._blobs = blobs
        self._clock = clock
        self._ids = ids
        if database.is_made:
            self.sweep()
            rows = self._database.all("SELECT blob FROM assets")
            blobs.sweep({row["blob"] for row in rows}.__contains__)

    def begin(self, script: str, files: Mapping[str, ManifestFile]) -> Session:
        """Begin an upload of these files, by path.

        Raises `ManifestInvalid`, `AssetTooLarge`, `TooManyAssets`.
        """
        check_manifest(files)
        self._drop_stale()
        claims = Claims(Purpose.UPLOAD, self._ids.hex(), script, self._expiry())
        # Known first: what is left of one that was cut short is swept with it.
        self._database.execute(
            "INSERT INTO manifests (id, script, expires_at) VALUES (?, ?, ?)",
            (claims.manifest, script, claims.expires_at),
        )
        rows = [(claims.manifest, path, one.hash, one.size_bytes) for path, one in files.items()]
        # A few at a time: others wait for the database meanwhile.
        for start in range(0, len(rows), ROWS_AT_ONCE):
            self._database.execute_many(
                "INSERT INTO manifest_files (manifest, path, hash, size) VALUES (?, ?, ?, ?)",
                rows[start : start + ROWS_AT_ONCE],
            )
        missing = self._missing(claims.manifest)
        if not missing:
            return Session(self._completion(claims), ())
        return Session(tokens.issue(claims, self._secret()), buckets_of(missing))

    def session(self, token: str) -> Claims:
        """What an upload token opens. Raises `TokenInvalid`."""
        return tokens.read(token, Purpose.UPLOAD, self._secret(), self._clock.now())

    def put(self, session: Claims, asset_hash: str, data: bytes, content_type: str | None) -> None:
        """Store a file of the session's manifest; one that is here already stays as it is.

        Raises `AssetInvalid` if the manifest has no such hash, or the size is another.
        """
        rows = self._database.all(
            "SELECT DISTINCT size FROM manifest_files WHERE manifest = ? AND hash = ?",
            (session.manifest, asset_hash),
        )
        if not rows:
            raise AssetInvalid(hash=asset_hash, reason="the manifest does not name it")
        if len(data) not in {row["size"] for row in rows}:
            reason = f"it is {len(data)} bytes and not {rows[0]['size']}"
            raise AssetInvalid(hash=asset_hash, reason=reason)
        blob = written(data, self._blobs)
        kept = self._database.execute(
            "INSERT OR IGNORE INTO assets (hash, size, blob, content_type) VALUES (?, ?, ?, ?)",
            (asset_hash, len(data), blob, None if content_type == NO_TYPE else content_type),
        )
        if not kept:
            self._blobs.remove(blob)

    def complete(self, session: Claims) -> str | None:
        """The completion token; None while files are missing."""
        missing = self._missing(session.manifest, at_most=1)
        return None if missing else self._completion(session)

    def redeem(self, token: str, script: str) -> str:
        """The manifest that a completion token stands for. Raises `AssetTokenInvalid`."""
        try:
            claims = tokens.read(token, Purpose.COMPLETE, self._secret(), self._clock.now())
        except TokenInvalid as error:
            raise AssetTokenInvalid(reason=error) from None
        if claims.script != script:
            raise AssetTokenInvalid(reason="it is for another script")
        return claims.manifest

    def find(self, manifest: str, path: str) -> Asset | None:
        """The file at that path, such as `/index.html`, of a version's `assets.manifest`."""
        row = self._database.one(ASSET, (manifest, path))
        return None if row is None else Asset(row["blob"], row["size"], row["content_type"])

    def paths(self, manifest: str) -> Sequence[str]:
        """Every path of the set, sorted."""
        rows = self._database.all(
            "SELECT path FROM manifest_files WHERE manifest = ? ORDER BY path", (manifest,)
        )
        return [row["path"] for row in rows]

    def path(self, asset: Asset) -> Path:
        """The file on disk that holds its bytes."""
        return self._blobs.path(asset.blob)

    def sweep(self) -> None:
        """Remove manifests that nobody can finish or has, and files that are in no manifest."""
        with self._database.transaction():
            self._drop_stale()
            unused = self._database.all(UNUSED_ASSETS)
            for row in unused:
                self._database.execute(
                    "DELETE FROM assets WHERE hash = ? AND size = ?", (row["hash"], row["size"])
                )
        for row in unused:
            self._blobs.remove(row["blob"])

    def _drop_stale(self) -> None:
        with self._database.transaction():
            for row in self._database.all(STALE_MANIFESTS, (self._clock.now(),)):
                for table, column in (("manifest_files", "manifest"), ("manifests", "id")):
                    self._database.execute(f"DELETE FROM {table} WHERE {column} = ?", (row["id"],))

    def _missing(self, manifest: str, at_most: int = -1) -> list[ManifestFile]:
        """Each file once, in the order of the paths."""
        rows = self._database.all(MISSING, (manifest, at_most))
        return list(dict.fromkeys(ManifestFile(row["hash"], row["size"]) for row in rows))

    def _completion(self, session: Claims) -> str:
        expires_at = self._expiry()
        self._database.execute(
            "UPDATE manifests SET expires_at = ? WHERE id = ?", (expires_at, session.manifest)
        )
        claims = Claims(Purpose.COMPLETE, session.manifest, session.script, expires_at)
        return tokens.issue(claims, self._secret())

    def _expiry(self) -> float:
        return self._clock.now() + ASSET_TOKEN_SECONDS

    def _secret(self) -> str:
        with self._database.transaction():
            row = self._database.one("SELECT value FROM account WHERE name = ?", (SECRET,))
            if row is not None:
                return str(row["value"])
            secret = self._ids.hex(SECRET_DIGITS)
            self._database.execute(
                "INSERT INTO account (name, value) VALUES (?, ?)", (SECRET, secret)
            )
            return secret


def check_manifest(files: Mapping[str, ManifestFile]) -> None:
    if len(files) > MAX_ASSETS:
        raise TooManyAssets(limit=MAX_ASSETS)
    for path, file in files.items():
        # A path is only ever looked up, never opened: dots in it lead nowhere.
        if not path.startswith("/"):
            raise ManifestInvalid(reason=f"{path}: a path begins with a slash")
        if HASH.fullmatch(file.hash) is None:
            raise ManifestInvalid(reason=f"{path}: the hash is not 32 hexadecimal digits")
        if file.size_bytes < 0:
            raise ManifestInvalid(reason=f"{path}: the size is negative")
        if file.size_bytes > MAX_ASSET_BYTES:
            raise AssetTooLarge(path=path, size=file.size_bytes)


def buckets_of(missing: Sequence[ManifestFile]) -> list[list[str]]:
    """The hashes in groups of a bearable size. Of a hash with two sizes both are sent at once."""
    buckets: list[list[str]] = [[]]
    size = 0
    for file in missing:
        bucket = buckets[-1]
        full = size + file.size_bytes > MAX_BUCKET_BYTES or len(bucket) >= MAX_BUCKET_FILES
        if bucket and full:
            buckets.append(bucket := [])
            size = 0
        size += file.size_bytes
        bucket.append(file.hash)
    return buckets


def decoded(asset_hash: str, text: bytes) -> bytes:
    """Base64 as clients send it. Raises `AssetInvalid`."""
    try:
        return b64decode(text, validate=True)
    except Base64Error:
        raise AssetInvalid(hash=asset_hash, reason="it is not base64") from None
