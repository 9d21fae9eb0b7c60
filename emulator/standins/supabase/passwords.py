"""Passwords: how strong they must be, and how they are kept.

Kept by scrypt with parameters far below those of a real service: a check takes 2 ms here.
"""

import hashlib
import hmac

from emulator.core.ids import Ids
from emulator.standins.supabase.errors import ValidationFailed, WeakPassword

MIN_PASSWORD_CHARACTERS = 6
# Supabase's bound comes from bcrypt and counts bytes.
MAX_PASSWORD_BYTES = 72
COST, BLOCK, LANES = 1_024, 8, 1


def check_strength(password: str) -> None:
    if len(password.encode()) > MAX_PASSWORD_BYTES:
        reason = f"Password cannot be longer than {MAX_PASSWORD_BYTES} characters"
        raise ValidationFailed(reason=reason)
    if len(password.encode()) < MIN_PASSWORD_CHARACTERS:
        raise WeakPassword(length=MIN_PASSWORD_CHARACTERS)


def hashed(password: str, ids: Ids) -> str:
    """What is kept of the password: `salt$digest`, both hexadecimal."""
    salt = ids.hex()
    return f"{salt}${digest(password, salt)}"


def matches(password: str, kept: str | None) -> bool:
    """Whether it is the password that `kept` was made of; nothing matches None."""
    if kept is None:
        return False
    salt, _, expected = kept.partition("$")
    return hmac.compare_digest(digest(password, salt), expected)


def digest(password: str, salt: str) -> str:
    data, seed = password.encode(), bytes.fromhex(salt)
    return hashlib.scrypt(data, salt=seed, n=COST, r=BLOCK, p=LANES, dklen=32).hex()
