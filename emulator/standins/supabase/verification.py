"""What a link or a code of a mail does: confirm, recover, sign in, change the address."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode, urlsplit, urlunsplit

from emulator.standins.supabase import forms, one_time
from emulator.standins.supabase.errors import (
    AuthError,
    EmailExists,
    LinkExpired,
    NoFlowForLink,
    OtpExpired,
    UserBannedNow,
    ValidationFailed,
)
from emulator.standins.supabase.grants import sign_in
from emulator.standins.supabase.models import Json, OneTimeToken, User
from emulator.standins.supabase.one_time import PKCE, hash_of
from emulator.standins.supabase.project import Project
from emulator.standins.supabase.sending import EMAIL_CHANGE, INVITE, MAGIC_LINK, RECOVERY, SIGNUP
from emulator.standins.supabase.signups import PROVIDED, confirm

ACCEPTED = "Confirmation link accepted. Please proceed to confirm link sent to the other email"
PHONE_TYPES = ("sms", "phone_change")
KINDS = {
    "email": (one_time.CONFIRMATION, one_time.RECOVERY),
    SIGNUP: (one_time.CONFIRMATION,),
    INVITE: (one_time.CONFIRMATION,),
    RECOVERY: (one_time.RECOVERY,),
    MAGIC_LINK: (one_time.RECOVERY,),
    EMAIL_CHANGE: (one_time.EMAIL_CHANGE_CURRENT, one_time.EMAIL_CHANGE_NEW),
}
OAUTH_ERRORS = {400: "invalid_request", 401: "unauthorized_client", 403: "access_denied"}


@dataclass(frozen=True, slots=True)
class Link:
    """A link somebody followed. `redirect_to` is where it may lead."""

    type: str
    token: str
    redirect_to: str

    @property
    def is_pkce(self) -> bool:
        return self.token.startswith(PKCE)


def verify(project: Project, form: forms.Verify, issuer: str) -> Json:
    """A session for a code and its address, or for the hash of a link."""
    check(form)
    with project.database.transaction():
        user = complete(project, *wanted(project, form))
        if user is None:
            return {"msg": ACCEPTED, "code": "200"}
        return sign_in(project, user, "otp", issuer)


def check(form: forms.Verify) -> None:
    if not form.type:
        raise ValidationFailed(reason="Verify requires a verification type")
    if bool(form.token) == bool(form.token_hash):
        raise ValidationFailed(reason="Verify requires either a token or a token hash")
    if form.token and bool(form.email) == bool(form.phone):
        reason = "Only an email address or phone number should be provided on verify"
        raise ValidationFailed(reason=reason)
    if form.token_hash and (form.email or form.phone or form.redirect_to):
        raise ValidationFailed(reason="Only the token_hash and type should be provided")


def wanted(project: Project, form: forms.Verify) -> tuple[User, OneTimeToken]:
    if form.token_hash:
        return found(project, form.type, LinkExpired, form.token_hash)
    if form.type in PHONE_TYPES or form.phone:
        raise OtpExpired()
    token_hash = hash_of(forms.address(form.email), form.token)
    return found(project, form.type, OtpExpired, token_hash, PKCE + token_hash)


def found(
    project: Project, type_: str, refusal: type[AuthError], *hashes: str
) -> tuple[User, OneTimeToken]:
    kinds = KINDS.get(type_)
    if kinds is None:
        raise ValidationFailed(reason="Invalid email verification type")
    token = project.one_time.find(kinds, *hashes)
    user = project.users.by_id(token.user_id) if token else None
    if token is None or user is None:
        raise refusal()
    if user.is_banned(project.clock.now()):
        raise UserBannedNow()
    return user, token


def complete(project: Project, user: User, token: OneTimeToken) -> User | None:
    """The user after what the token stands for; None while the other address is asked too."""
    if token.kind in KINDS[EMAIL_CHANGE]:
        return change_email(project, user, token)
    if token.kind == one_time.CONFIRMATION:
        user = confirm(project, user)
        project.users.identify(user, verified=True)
        return user
    project.one_time.drop(user.id)
    return user if user.is_confirmed else confirm(project, user)


def change_email(project: Project, user: User, token: OneTimeToken) -> User | None:
    if project.confirms_email and user.email and not user.email_change_confirmed:
        project.users.save(replace(user, email_change_confirmed=True))
        project.one_time.drop(user.id, token.kind)
        return None
    return take_new_email(project, user)


def take_new_email(project: Project, user: User) -> User:
    """The address that was wanted is now the user's. Raises `EmailExists` if it is another's."""
    if project.users.by_email(user.email_change) is not None:
        raise EmailExists()
    user = replace(
        user,
        email=user.email_change,
        email_change="",
        email_change_confirmed=False,
        is_anonymous=False,
        app_metadata={**PROVIDED, **user.app_metadata},
    )
    project.one_time.drop(user.id)
    user = project.users.save(user) if user.is_confirmed else confirm(project, user)
    project.users.identify(user, verified=True)
    return user


def follow(project: Project, link: Link, issuer: str) -> str:
    """Where the link leads: with a session or a code, or with what went wrong."""
    try:
        with project.database.transaction():
            return arrived(project, link, issuer)
    except AuthError as error:
        facts = {"error_code": error.code, "error_description": str(error)}
        if error.status in OAUTH_ERRORS:
            facts["error"] = OAUTH_ERRORS[error.status]
        return led(link.redirect_to, facts if link.is_pkce else {}, facts)


def arrived(project: Project, link: Link, issuer: str) -> str:
    user = complete(project, *found(project, link.type, LinkExpired, link.token))
    if user is None:
        message = {"message": ACCEPTED}
        return led(link.redirect_to, message if link.is_pkce else {}, message)
    if link.is_pkce:
        code = project.one_time.code(user.id, link.type)
        if code is None:
            raise NoFlowForLink()
        return led(link.redirect_to, {"code": code}, {})
    session = sign_in(project, user, "otp", issuer)
    named = ("access_token", "expires_at", "expires_in", "refresh_token", "token_type")
    return led(link.redirect_to, {}, {**{n: session[n] for n in named}, "type": link.type})


def led(url: str, query: Json, fragment: Json) -> str:
    """The URL with more in its query, and a fragment of its own."""
    parts = urlsplit(url)
    both = "&".join(text for text in (parts.query, urlencode(query)) if text)
    # By the empty `sb` clients know whose fragment it is.
    shown = urlencode(sorted({**fragment, "sb": ""}.items())) if fragment else parts.fragment
    return urlunsplit(parts._replace(query=both, fragment=shown))
