"""An upload before it is a version: what a client sent, in shape but not yet judged."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from emulator.core.blobs import Blobs
from emulator.workers.errors import ContentTypeRequired, ScriptInvalid, ScriptTooLarge
from emulator.workers.limits import MAX_COMPRESSED_BYTES, MAX_SCRIPT_BYTES, MEBIBYTE
from emulator.workers.models import Author, Binding, Json, Kind, Module, Syntax

# https://developers.cloudflare.com/workers/configuration/multipart-upload-metadata/
KINDS: Mapping[str, Kind] = {
    "application/javascript+module": Kind.ES_MODULE,
    "text/javascript+module": Kind.ES_MODULE,
    "application/javascript": Kind.SCRIPT,
    "text/javascript": Kind.SCRIPT,
    "application/wasm": Kind.WASM,
    "text/plain": Kind.TEXT,
    "application/octet-stream": Kind.DATA,
    "text/x-python": Kind.PYTHON,
    "text/x-python-requirement": Kind.PYTHON_REQUIREMENT,
    "application/source-map": Kind.SOURCE_MAP,
}


@dataclass(frozen=True, slots=True)
class File:
    """A part of an upload. `name` is its file name, by which other parts import it."""

    name: str
    content_type: str | None
    data: bytes

    @property
    def kind(self) -> Kind:
        """Raises `ContentTypeRequired` without a type, and `ScriptInvalid` for another one."""
        if self.content_type is None:
            raise ContentTypeRequired()
        kind = KINDS.get(self.content_type.partition(";")[0].strip().lower())
        if kind is None:
            # [guess] what Cloudflare says is not known.
            reason = f"{self.name}: content type {self.content_type} is not one of a module"
            raise ScriptInvalid(reason=reason)
        return kind


@dataclass(frozen=True, slots=True)
class Code:
    """The parts of a script, one of which is its entry point."""

    syntax: Syntax
    main: str | None
    files: Sequence[File]

    def check(self) -> None:
        """Raises `ScriptInvalid` without an entry point, and `ScriptTooLarge`."""
        names = [file.name for file in self.files]
        if self.syntax is not Syntax.ASSETS_ONLY and self.main not in names:
            raise ScriptInvalid(reason=f'No such module "{self.main}".')
        if len(set(names)) < len(names):
            # [guess] which one Cloudflare takes is not known.
            twice = next(name for name in names if names.count(name) > 1)
            raise ScriptInvalid(reason=f'Module "{twice}" is there more than once.')
        kinds = [file.kind for file in self.files]
        sizes = [
            len(file.data)
            for file, kind in zip(self.files, kinds, strict=True)
            if kind is not Kind.SOURCE_MAP
        ]
        if sum(sizes) > MAX_SCRIPT_BYTES:
            raise ScriptTooLarge(limit=MAX_SCRIPT_BYTES // MEBIBYTE)
        # Nothing grows by being compressed: most scripts need not be.
        if sum(sizes) > MAX_COMPRESSED_BYTES and self._compressed_bytes() > MAX_COMPRESSED_BYTES:
            raise ScriptTooLarge(limit=MAX_COMPRESSED_BYTES // MEBIBYTE)

    def _compressed_bytes(self) -> int:
        compressor = zlib.compressobj(level=6, wbits=31)
        size = sum(
            len(compressor.compress(file.data))
            for file in self.files
            if file.kind is not Kind.SOURCE_MAP
        )
        return size + len(compressor.flush())


@dataclass(frozen=True, slots=True)
class Upload:
    """All that one upload says. `settings` are the script's own, those that were given."""

    code: Code
    author: Author = Author()
    bindings: Sequence[Binding] = ()
    # Types of bindings that stay from the version before.
    keep_bindings: frozenset[str] = frozenset()
    # A missing binding to inherit is an error, and not just left out.
    strict: bool = False
    compatibility_date: str | None = None
    compatibility_flags: Sequence[str] = ()
    usage_model: str = "standard"
    migrations: Json | None = None
    assets_token: str | None = None
    assets_config: Json | None = None
    keep_assets: bool = False
    annotations: Mapping[str, str] = field(default_factory=dict)
    options: Json = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)


def stored(files: Sequence[File], known: Sequence[Module], blobs: Blobs) -> tuple[Module, ...]:
    """The files on disk. What the version before has byte for byte is not written again."""
    by_digest = {module.sha256: module.blob for module in known}
    modules = []
    for file in files:
        digest = sha256(file.data).hexdigest()
        blob = by_digest.get(digest)
        if blob is None:
            blob = by_digest[digest] = written(file.data, blobs)
        content_type = file.content_type or ""
        size = len(file.data)
        modules.append(Module(file.name, file.kind, content_type, digest, size, blob))
    return tuple(modules)


def written(data: bytes, blobs: Blobs) -> str:
    """The blob that holds the bytes."""
    writer = blobs.create()
    try:
        writer.write(data)
        writer.seal()
    except BaseException:
        writer.discard()
        raise
    return writer.blob
