"""Who may do what: the twin's one rule in place of a project's policies on `storage.objects`.

The service role may do everything. A signed-in user may put objects where nobody else's are,
and sees, changes and removes the ones it owns; others' are as if absent. What is in a public
bucket everybody may read by its public address. Buckets are the service role's alone.
"""

from dataclasses import dataclass

from emulator.standins.supabase.errors import BadJwt
from emulator.standins.supabase.storage.errors import AccessDenied, RowSecurity
from emulator.standins.supabase.storage.models import Stored
from emulator.standins.supabase.tokens import AccessTokens

SERVICE = "service_role"
# As jose words it, for what is no JWT and what is none of ours.
MALFORMED, UNSIGNED, EXPIRED = (
    "Invalid Compact JWS",
    "signature verification failed",
    '"exp" claim timestamp check failed',
)


@dataclass(frozen=True, slots=True)
class Caller:
    """The bearer of a token: its role, and the user it is of, if it is one's."""

    role: str
    user: str

    @property
    def rules(self) -> bool:
        return self.role == SERVICE

    def sees(self, item: Stored) -> bool:
        return self.rules or bool(self.user) and item.owner == self.user

    def require_service(self) -> None:
        if not self.rules:
            raise RowSecurity()

    def require_upload(self, there: Stored | None) -> None:
        """Raises unless it may put an object where `there` is."""
        if self.rules:
            return
        if self.role != "authenticated" or not self.user:
            raise RowSecurity()
        if there is not None and not self.sees(there):
            raise RowSecurity()


ANYBODY = Caller("anon", "")


def caller_of(access: AccessTokens, authorization: str) -> Caller:
    """The caller of a bearer token. Raises `AccessDenied` for one that is not good now."""
    scheme, _, token = authorization.partition(" ")
    token = token.strip() if scheme.lower() == "bearer" else authorization
    try:
        claims = access.claims(token)
    except BadJwt as error:
        raise AccessDenied(reason=worded(str(error))) from None
    role, user = claims.get("role"), claims.get("sub")
    return Caller(role if isinstance(role, str) else "anon", user if isinstance(user, str) else "")


def worded(reason: str) -> str:
    if "expired" in reason:
        return EXPIRED
    return UNSIGNED if "signature is invalid" in reason else MALFORMED
