"""Ranges of keys by the bytes of their UTF-8, as KV and R2 sort them."""


def end_of(prefix: bytes) -> bytes:
    """The smallest bytes that sort behind every key with this prefix."""
    # No byte of UTF-8 is 0xFF, so adding one never carries.
    return prefix[:-1] + bytes([prefix[-1] + 1]) if prefix else b"\xff"
