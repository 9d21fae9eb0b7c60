"""How users come to be, and how their address is confirmed."""

from dataclasses import replace

from emulator.standins.supabase import forms, passwords
from emulator.standins.supabase.errors import (
    AnonymousDisabled,
    OtpDisabled,
    PhoneOtpDisabled,
    PhoneSignupsDisabled,
    UserAlreadyExists,
    ValidationFailed,
)
from emulator.standins.supabase.grants import shown, sign_in
from emulator.standins.supabase.models import Json, User, merged
from emulator.standins.supabase.one_time import Challenge
from emulator.standins.supabase.project import Project
from emulator.standins.supabase.sending import MAGIC_LINK, SIGNUP, send

PROVIDED: Json = {"provider": "email", "providers": ["email"]}


def sign_up(project: Project, form: forms.SignUp, issuer: str, redirect_to: str) -> Json:
    """A session of the new user; only the user, where its address must be confirmed first."""
    if not form.email and not form.phone:
        return sign_up_anonymously(project, form, issuer)
    check(form)
    email = forms.address(form.email)
    user = project.users.by_email(email)
    if user is not None and user.is_confirmed:
        return known_already(project, email, form)
    if user is None:
        user = create(project, email, form.data, password=form.password)
    return welcome(project, user, issuer, redirect_to, form.challenge)


def check(form: forms.SignUp) -> None:
    if not form.password:
        raise ValidationFailed(reason="Signup requires a valid password")
    passwords.check_strength(form.password)
    if form.email and form.phone:
        reason = "Only an email address or phone number should be provided on signup."
        raise ValidationFailed(reason=reason)
    if form.phone:
        raise PhoneSignupsDisabled()
    _ = form.challenge  # a bad one is refused


def welcome(
    project: Project, user: User, issuer: str, redirect_to: str, challenge: Challenge | None
) -> Json:
    if not project.confirms_email:
        return sign_in(project, confirm(project, user), "password", issuer)
    user = send(project, user, SIGNUP, redirect_to, challenge)
    if user.invited_at is not None:
        return {**shown(project, user), "user_metadata": {}, "identities": []}
    return shown(project, user)


def known_already(project: Project, email: str, form: forms.SignUp) -> Json:
    """Where addresses are confirmed by mail, nobody learns here whether one is known."""
    if not project.confirms_email:
        raise UserAlreadyExists()
    nobody = project.users.new(email, form.data)
    nobody = replace(nobody, app_metadata=PROVIDED, confirmation_sent_at=nobody.created_at, role="")
    return shown(project, nobody)


def create(
    project: Project,
    email: str,
    data: Json | None,
    *,
    password: str = "",
    user_id: str | None = None,
    role: str = "",
) -> User:
    """A user that has not confirmed its address, with an identity by e-mail."""
    user = project.users.new(email, merged({}, data), user_id)
    kept = passwords.hashed(password, project.ids) if password else None
    user = replace(user, password=kept, app_metadata=PROVIDED, role=role.strip() or user.role)
    with project.database.transaction():
        user = project.users.save(user)
        project.users.identify(user, verified=False, data=data)
    return user


def sign_up_anonymously(project: Project, form: forms.SignUp, issuer: str) -> Json:
    if not project.takes_anonymous:
        raise AnonymousDisabled()
    user = replace(project.users.new("", merged({}, form.data)), is_anonymous=True)
    return sign_in(project, project.users.save(user), "anonymous", issuer)


def confirm(project: Project, user: User) -> User:
    """The address is the user's; links that are under way are good no more."""
    metadata = merged(user.user_metadata, {"email_verified": True})
    now = project.clock.now()
    with project.database.transaction():
        project.one_time.drop(user.id)
        return project.users.save(replace(user, email_confirmed_at=now, user_metadata=metadata))


def one_time_sign_in(project: Project, form: forms.Otp, redirect_to: str) -> None:
    """Mail a link to sign in by; to somebody unknown too, unless the client says otherwise."""
    if form.email and form.phone:
        reason = "Only an email address or phone number should be provided"
        raise ValidationFailed(reason=reason)
    if form.phone:
        raise PhoneOtpDisabled()
    if not form.email:
        raise ValidationFailed(reason="One of email or phone must be set")
    challenge, email = form.challenge, forms.address(form.email)
    user = project.users.by_email(email)
    if user is None:
        if not form.create_user:
            raise OtpDisabled()
        user = create(project, email, form.data)
    if not user.is_confirmed and project.confirms_email:
        send(project, user, SIGNUP, redirect_to, challenge)
        return
    user = user if user.is_confirmed else confirm(project, user)
    send(project, user, MAGIC_LINK, redirect_to, challenge)
