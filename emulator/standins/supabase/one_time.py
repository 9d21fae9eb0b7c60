"""What is mailed: six digits, or a link with their hash. And the PKCE flows they end in.

A link of a PKCE flow has `pkce_` before its hash. It leads to a code, which is worth a
session only together with the verifier that the client has kept.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from emulator.core.clock import Clock
from emulator.core.database import Database
from emulator.core.ids import Ids
from emulator.standins.supabase.errors import BadCodeVerifier, FlowExpired, FlowNotFound
from emulator.standins.supabase.models import Flow, OneTimeToken

PKCE = "pkce_"
OTP_DIGITS = 6
TOKEN_SECONDS = 3_600
FLOW_SECONDS = 300

CONFIRMATION = "confirmation"
RECOVERY = "recovery"
EMAIL_CHANGE_CURRENT = "email_change_current"
EMAIL_CHANGE_NEW = "email_change_new"
REAUTHENTICATION = "reauthentication"


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a client of a PKCE flow keeps the verifier of."""

    text: str
    method: str

    def answered_by(self, verifier: str) -> bool:
        if self.method.lower() == "plain":
            given = verifier
        else:
            digest = hashlib.sha256(verifier.encode()).digest()
            given = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        return hmac.compare_digest(given.encode(), self.text.encode())


@dataclass(frozen=True, slots=True)
class Mailed:
    """A code and the hash of its link."""

    otp: str
    hash: str


class OneTimeTokens:
    """The codes, links and PKCE flows of one project that may still be used."""

    def __init__(self, database: Database, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids

    def issue(self, user_id: str, kind: str, address: str, *, pkce: bool = False) -> Mailed:
        """A new code for the address; one of the same kind is good no more."""
        number = int(self._ids.hex(), 16) % 10**OTP_DIGITS
        otp = f"{number:0{OTP_DIGITS}}"
        mailed = Mailed(otp, (PKCE if pkce else "") + hash_of(address, otp))
        self._database.execute(
            "INSERT OR REPLACE INTO one_time_tokens (hash, user_id, kind, sent_at)"
            " VALUES (?, ?, ?, ?)",
            (mailed.hash, user_id, kind, self._clock.now()),
        )
        return mailed

    def find(self, kinds: Sequence[str], *hashes: str) -> OneTimeToken | None:
        """The token of one of the kinds that has one of the hashes and is in time."""
        row = self._database.one(
            "SELECT * FROM one_time_tokens WHERE hash IN (?, ?) AND sent_at >= ? AND kind IN"
            f" ({', '.join('?' * len(kinds))})",
            (hashes[0], hashes[-1], self._clock.now() - TOKEN_SECONDS, *kinds),
        )
        return OneTimeToken(**dict(row)) if row else None

    def drop(self, user_id: str, kind: str | None = None) -> None:
        """Use up one kind of the user's tokens, or all of them."""
        sql = "DELETE FROM one_time_tokens WHERE user_id = ? AND (? IS NULL OR kind = ?)"
        self._database.execute(sql, (user_id, kind, kind))

    def begin(self, user_id: str, kind: str, challenge: Challenge) -> None:
        """A PKCE flow of the user, which a link of this kind goes on with."""
        sql = "DELETE FROM flows WHERE user_id = ? AND created_at < ?"
        self._database.execute(sql, (user_id, self._clock.now() - TOKEN_SECONDS - FLOW_SECONDS))
        flow = (self._ids.uuid(), user_id, kind, challenge.text, challenge.method)
        self._database.execute(
            "INSERT INTO flows (code, user_id, kind, challenge, challenge_method, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (*flow, self._clock.now()),
        )

    def code(self, user_id: str, kind: str) -> str | None:
        """The code of the user's newest flow of the kind.

        It is good for five minutes from the beginning of the flow, which for a magic link is
        now, and for any other when its mail was asked for.
        """
        row = self._database.one(
            "SELECT code FROM flows WHERE user_id = ? AND kind = ?"
            " ORDER BY created_at DESC, rowid DESC LIMIT 1",
            (user_id, kind),
        )
        if row is None:
            return None
        sql = "UPDATE flows SET created_at = ? WHERE code = ? AND kind = 'magiclink'"
        self._database.execute(sql, (self._clock.now(), row["code"]))
        return str(row["code"])

    def exchange(self, code: str, verifier: str) -> Flow:
        """The flow of the code, which is used up. Raises what Auth says of a bad one."""
        row = self._database.one("SELECT * FROM flows WHERE code = ?", (code,))
        if row is None:
            raise FlowNotFound()
        flow = Flow(**dict(row))
        if self._clock.now() > flow.created_at + FLOW_SECONDS:
            raise FlowExpired()
        if not Challenge(flow.challenge, flow.challenge_method).answered_by(verifier):
            raise BadCodeVerifier()
        self._database.execute("DELETE FROM flows WHERE code = ?", (code,))
        return flow


def hash_of(address: str, otp: str) -> str:
    """What a link names in place of an address and its code."""
    return hashlib.sha224(f"{address}{otp}".encode()).hexdigest()
