"""Sign-ins: by password, by refresh token, by a PKCE code. Each ends in a session's tokens."""

import re
from dataclasses import replace

from emulator.standins.supabase import forms, passwords
from emulator.standins.supabase.errors import (
    EmailNotConfirmed,
    FlowNotFound,
    InvalidCredentials,
    PhoneLoginsDisabled,
    RefreshBanned,
    RefreshTokenNotFound,
    UserBanned,
    ValidationFailed,
)
from emulator.standins.supabase.models import Json, Session, User
from emulator.standins.supabase.project import Project
from emulator.standins.supabase.sessions import Refreshed
from emulator.standins.supabase.shapes import AUDIENCE, user_json
from emulator.standins.supabase.tokens import TOKEN_SECONDS

REFRESH_TOKEN = re.compile(r"[a-z0-9]{12}")


def shown(project: Project, user: User) -> Json:
    """The user as an answer has it."""
    return user_json(user, project.users.identities(user.id))


def sign_in(project: Project, user: User, method: str, issuer: str) -> Json:
    """A new session of the user, as clients take it. `issuer` is Auth's URL as they know it."""
    user = project.users.save(replace(user, last_sign_in_at=project.clock.now()))
    return answered(project, user, project.sessions.open(user.id, method), issuer)


def answered(project: Project, user: User, made: Refreshed, issuer: str) -> Json:
    now = int(project.clock.now())
    return {
        "access_token": project.access.sign(claims_of(user, made.session, issuer, now)),
        "token_type": "bearer",
        "expires_in": TOKEN_SECONDS,
        "expires_at": now + TOKEN_SECONDS,
        "refresh_token": made.token,
        "user": shown(project, user),
    }


def claims_of(user: User, session: Session, issuer: str, now: int) -> Json:
    return {
        "iss": issuer,
        "sub": user.id,
        "aud": AUDIENCE,
        "exp": now + TOKEN_SECONDS,
        "iat": now,
        "email": user.email,
        "phone": "",
        "app_metadata": user.app_metadata,
        "user_metadata": user.user_metadata,
        "role": user.role,
        "aal": "aal1",
        "amr": [{"method": session.method, "timestamp": int(session.created_at)}],
        "session_id": session.id,
        "is_anonymous": user.is_anonymous,
    }


def by_password(project: Project, form: forms.PasswordGrant, issuer: str) -> Json:
    """A session for an address and its password."""
    if form.email and form.phone:
        reason = "Only an email address or phone number should be provided on login."
        raise ValidationFailed(reason=reason)
    if form.phone:
        raise PhoneLoginsDisabled()
    if not form.email:
        raise ValidationFailed(reason="missing email or phone")
    user = project.users.by_email(form.email.lower())
    if user is None or user.password is None:
        raise InvalidCredentials()
    if user.is_banned(project.clock.now()):
        raise UserBanned()
    if not passwords.matches(form.password, user.password):
        raise InvalidCredentials()
    if not user.is_confirmed:
        raise EmailNotConfirmed()
    return sign_in(project, user, "password", issuer)


def by_refresh_token(project: Project, form: forms.RefreshGrant, issuer: str) -> Json:
    """The session of a refresh token, with a new access token and a new refresh token."""
    if REFRESH_TOKEN.fullmatch(form.refresh_token) is None:
        raise ValidationFailed(reason="Refresh token is not valid")
    user = project.users.by_id(project.sessions.owner(form.refresh_token))
    if user is None:
        raise RefreshTokenNotFound()
    if user.is_banned(project.clock.now()):
        raise RefreshBanned()
    return answered(project, user, project.sessions.refresh(form.refresh_token), issuer)


def by_code(project: Project, form: forms.PkceGrant, issuer: str) -> Json:
    """A session for the code a link led to and the verifier the client has kept."""
    if not form.auth_code or not form.code_verifier:
        reason = "invalid request: both auth code and code verifier should be non-empty"
        raise ValidationFailed(reason=reason)
    flow = project.one_time.exchange(form.auth_code, form.code_verifier)
    user = project.users.by_id(flow.user_id)
    if user is None:
        raise FlowNotFound()
    return sign_in(project, user, "otp", issuer)
