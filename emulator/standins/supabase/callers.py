"""Who calls: the bearer of a token, as a user of the project or as its administrator."""

from dataclasses import dataclass
from uuid import UUID

from emulator.standins.supabase.errors import (
    BadClaim,
    NoAuthorization,
    NotAdmin,
    SessionNotFound,
    SubjectNotFound,
    UserBannedNow,
)
from emulator.standins.supabase.models import Session, User
from emulator.standins.supabase.project import Project

ADMIN_ROLES = ("service_role", "supabase_admin")


@dataclass(frozen=True, slots=True)
class Caller:
    """A user, and the session its token is of; a token an application made may have none."""

    user: User
    session: Session | None


def caller_of(project: Project, authorization: str) -> Caller:
    """The user of a bearer token that is good now, whose session has not ended."""
    claims = project.access.claims(bearer(authorization))
    subject, session_id = claims.get("sub"), claims.get("session_id")
    if not subject:
        raise BadClaim(reason="missing sub claim")
    user = project.users.by_id(identifier(subject, "sub"))
    if user is None:
        raise SubjectNotFound()
    session = None
    if session_id:
        session = project.sessions.get(identifier(session_id, "session_id"))
        if session is None or session.user_id != user.id:
            raise SessionNotFound()
    if user.is_banned(project.clock.now()):
        raise UserBannedNow()
    return Caller(user, session)


def require_admin(project: Project, authorization: str) -> None:
    """Raises `NotAdmin` unless the bearer token has the service role."""
    if project.access.claims(bearer(authorization)).get("role") not in ADMIN_ROLES:
        raise NotAdmin()


def bearer(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token or len(token.split()) != 1:
        raise NoAuthorization()
    return token


def identifier(claim: object, name: str) -> str:
    try:
        return str(UUID(str(claim)))
    except ValueError:
        raise BadClaim(reason=f"{name} claim must be a UUID") from None
