"""What users do to their own account, and the mails they ask for."""

from dataclasses import replace

from emulator.standins.supabase import forms, passwords
from emulator.standins.supabase.errors import (
    AppMetadataIsAdmins,
    EmailExists,
    EmailUnverified,
    NotImplementedInTwin,
    PhoneLoginsDisabled,
    SamePassword,
    Unprocessable,
    ValidationFailed,
)
from emulator.standins.supabase.grants import shown
from emulator.standins.supabase.models import Json, Session, User, merged
from emulator.standins.supabase.project import Project
from emulator.standins.supabase.sending import (
    EMAIL_CHANGE,
    RECOVERY,
    SIGNUP,
    note_email_change,
    send,
    send_email_change,
    send_reauthentication,
)
from emulator.standins.supabase.verification import take_new_email


def update(
    project: Project,
    user: User,
    session: Session | None,
    form: forms.UpdateUser,
    redirect_to: str,
) -> Json:
    """The user after a change of password, metadata or address; the last once it is confirmed."""
    email = forms.address(form.email) if form.email else user.email
    check(project, user, form, email)
    with project.database.transaction():
        if form.password:
            user = set_password(project, user, form.password, session.id if session else "")
        if form.data is not None:
            user = replace(user, user_metadata=merged(user.user_metadata, form.data))
        user = project.users.save(user)
        if email != user.email:
            user = change_email(project, user, email, form, redirect_to)
    return shown(project, user)


def check(project: Project, user: User, form: forms.UpdateUser, email: str) -> None:
    if form.phone:
        raise NotImplementedInTwin(operation="A phone number of a Supabase user")
    if form.password is not None:
        passwords.check_strength(form.password)
    if form.app_metadata is not None:
        raise AppMetadataIsAdmins()
    if user.is_anonymous and form.password and not form.email:
        reason = "Updating password of an anonymous user without an email or phone is not allowed"
        raise Unprocessable(reason=reason)
    if email != user.email and project.users.by_email(email) is not None:
        raise EmailExists()
    if form.password and passwords.matches(form.password, user.password):
        raise SamePassword()
    _ = form.challenge  # a bad one is refused


def set_password(project: Project, user: User, password: str, session_id: str) -> User:
    """The user with another password; every other session ends, and every link is void."""
    project.one_time.drop(user.id)
    project.sessions.end_all(user.id, but=session_id)
    return replace(
        user,
        password=passwords.hashed(password, project.ids),
        confirmation_sent_at=None,
        recovery_sent_at=None,
        email_change_sent_at=None,
        reauthentication_sent_at=None,
    )


def change_email(
    project: Project, user: User, email: str, form: forms.UpdateUser, redirect_to: str
) -> User:
    if user.is_anonymous and not project.confirms_email:
        return take_new_email(project, note_email_change(project, user, email))
    return send_email_change(project, user, email, redirect_to, form.challenge)


def recover(project: Project, form: forms.Recover, redirect_to: str) -> None:
    """Mail a link to set a new password. Whether the address is known is not told."""
    if not form.email:
        raise ValidationFailed(reason="Password recovery requires an email")
    challenge = form.challenge
    user = project.users.by_email(forms.address(form.email))
    if user is not None:
        send(project, user, RECOVERY, redirect_to, challenge)


def resend(project: Project, form: forms.Resend, redirect_to: str) -> None:
    """Mail the confirmation of an address, or of its change, again if it is still wanted."""
    if form.type in ("sms", "phone_change"):
        raise PhoneLoginsDisabled()
    if form.type not in (SIGNUP, EMAIL_CHANGE):
        reason = "Missing one of these types: signup, email_change, sms, phone_change"
        raise ValidationFailed(reason=reason)
    challenge = form.challenge
    user = project.users.by_email(forms.address(form.email))
    if user is None:
        return
    if form.type == SIGNUP and not user.is_confirmed:
        send(project, user, SIGNUP, redirect_to, challenge)
    elif form.type == EMAIL_CHANGE and user.email_change:
        send_email_change(project, user, user.email_change, redirect_to, challenge)


def reauthenticate(project: Project, user: User) -> None:
    if not user.email:
        reason = "Reauthentication requires the user to have an email or a phone number"
        raise ValidationFailed(reason=reason)
    if not user.is_confirmed:
        raise EmailUnverified()
    send_reauthentication(project, user)


def log_out(project: Project, user: User, session: Session | None, scope: str) -> None:
    """End this session, the others, or all of the user's."""
    if scope not in ("", "global", "local", "others"):
        raise ValidationFailed(reason=f'Unsupported logout scope "{scope}"')
    if session is not None and scope == "local":
        project.sessions.end(session.id)
    elif session is not None and scope == "others":
        project.sessions.end_all(user.id, but=session.id)
    else:
        project.sessions.end_all(user.id)
