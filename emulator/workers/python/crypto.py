"""`crypto`, as far as Python has it."""

import hashlib
import secrets
from typing import Any

from emulator.workers.python.values import JsBuffer, JsException, JsProxy

DIGESTS = {
    "SHA-1": "sha1",
    "SHA-256": "sha256",
    "SHA-384": "sha384",
    "SHA-512": "sha512",
    "MD5": "md5",
}


class Subtle(JsProxy):
    async def digest(self, algorithm: Any, content: Any) -> JsBuffer:
        """Raises `JsException` for one that there is not."""
        name = algorithm if isinstance(algorithm, str) else algorithm["name"]
        known = DIGESTS.get(name.upper())
        if known is None:
            raise JsException("NotSupportedError", f"Unrecognized digest algorithm {name}")
        return JsBuffer(hashlib.new(known, bytes(content), usedforsecurity=False).digest())

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise NotImplementedError(
            f"crypto.subtle.{name} is not implemented for Python Workers by Cloudflare Twin"
        )


class Crypto(JsProxy):
    def __init__(self) -> None:
        self.subtle = Subtle()

    def randomUUID(self) -> str:  # JavaScript's name
        text = bytearray(secrets.token_bytes(16))
        text[6], text[8] = text[6] & 0x0F | 0x40, text[8] & 0x3F | 0x80
        digits = text.hex()
        parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
        return "-".join(parts)

    def getRandomValues(self, array: Any) -> JsBuffer:
        """Bytes are not changed in place: use what is returned."""
        return JsBuffer(secrets.token_bytes(len(array)))
