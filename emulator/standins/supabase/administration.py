"""What the service role does to users: list, create, change, ban, delete, invite."""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from emulator.standins.supabase import forms, one_time, passwords
from emulator.standins.supabase.accounts import set_password
from emulator.standins.supabase.errors import (
    EmailExists,
    EmailNotFound,
    NotImplementedInTwin,
    UserExists,
    UserIdMalformed,
    UserNotFound,
    ValidationFailed,
)
from emulator.standins.supabase.grants import shown
from emulator.standins.supabase.models import Json, User, merged
from emulator.standins.supabase.one_time import Mailed
from emulator.standins.supabase.project import Project
from emulator.standins.supabase.sending import (
    INVITE,
    MAGIC_LINK,
    RECOVERY,
    SIGNUP,
    issue,
    note_email_change,
    send,
)
from emulator.standins.supabase.signups import PROVIDED, confirm, create

DURATION = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(h|ms|m|s|us|µs|ns)")
UNIT_SECONDS = {"h": 3600, "m": 60, "s": 1, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
# Go's longest duration: 292 years.
MAX_BAN_SECONDS = 2**63 / 1e9
CHANGE_CURRENT, CHANGE_NEW = "email_change_current", "email_change_new"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of users, and how many there are in all."""

    users: Sequence[Json]
    total: int


def list_users(project: Project, page: int, size: int, text: str, *, oldest_first: bool) -> Page:
    found = project.users.page(page, size, text=text, oldest_first=oldest_first)
    return Page([shown(project, user) for user in found], project.users.count(text))


def get(project: Project, user_id: str) -> User:
    """The user of an id. Raises `UserNotFound`, `UserIdMalformed`."""
    if parsed_id(user_id) is None:
        raise UserIdMalformed()
    user = project.users.by_id(user_id.lower())
    if user is None:
        raise UserNotFound()
    return user


def create_user(project: Project, form: forms.AdminUser) -> Json:
    """A user without any mail; its address is confirmed if the form says so."""
    refuse_what_is_missing(form)
    if not form.email:
        reason = "Cannot create a user without either an email or phone"
        raise ValidationFailed(reason=reason)
    email, ban = forms.address(form.email), ban_seconds(form.ban_duration)
    if project.users.by_email(email) is not None:
        raise EmailExists()
    with project.database.transaction():
        user = create(
            project,
            email,
            form.user_metadata,
            password=form.password or "",
            user_id=new_id(project, form.id),
            role=form.role,
        )
        return shown(project, settled(project, user, form, ban))


def update_user(project: Project, user: User, form: forms.AdminUser) -> Json:
    """The user with what the form names changed, whether it likes it or not."""
    refuse_what_is_missing(form)
    email, ban = forms.address(form.email) if form.email else "", ban_seconds(form.ban_duration)
    if form.password is not None:
        passwords.check_strength(form.password)
    other = project.users.by_email(email)
    if other is not None and other.id != user.id:
        # [guess] Supabase answers 500 "Error updating user" here.
        raise EmailExists()
    with project.database.transaction():
        if form.password:
            user = set_password(project, user, form.password, "")
        if email:
            user = take_email(project, user, email, confirmed=form.email_confirm)
        user = replace(user, role=form.role.strip() or user.role)
        metadata = merged(user.user_metadata, form.user_metadata)
        return shown(project, settled(project, replace(user, user_metadata=metadata), form, ban))


def take_email(project: Project, user: User, email: str, *, confirmed: bool) -> User:
    anonymous = user.is_anonymous and not confirmed
    provided = {**PROVIDED, **user.app_metadata}
    user = replace(user, email=email, is_anonymous=anonymous, app_metadata=provided)
    user = project.users.save(user)
    project.users.identify(user, verified=confirmed)
    return user


def settled(project: Project, user: User, form: forms.AdminUser, ban: float | None) -> User:
    """What creating and updating have in common: app metadata, confirmation, ban."""
    user = replace(user, app_metadata=merged(user.app_metadata, form.app_metadata))
    if form.email_confirm:
        user = confirm(project, user)
    if ban is not None:
        user = replace(user, banned_until=project.clock.now() + ban if ban else None)
    return project.users.save(user)


def delete_user(project: Project, user: User, *, softly: bool) -> None:
    """Remove the user; softly, its id stays, and nothing says whose it was."""
    if not softly:
        project.users.delete(user.id)
    elif user.deleted_at is None:
        soft_delete(project, user)


def soft_delete(project: Project, user: User) -> None:
    with project.database.transaction():
        project.one_time.drop(user.id)
        project.sessions.end_all(user.id)
        project.users.unidentify(user.id)
        gone = replace(
            project.users.new(obscured(user.id, user.email), user_id=user.id),
            created_at=user.created_at,
            role=user.role,
            deleted_at=project.clock.now(),
        )
        project.users.save(gone)


def invite(project: Project, form: forms.Invite, redirect_to: str) -> Json:
    """Mail an invitation to an address that nobody has confirmed."""
    user = invited(project, forms.address(form.email), form.data)
    return shown(project, send(project, user, INVITE, redirect_to))


def invited(project: Project, email: str, data: Json | None) -> User:
    user = project.users.by_email(email)
    if user is not None and user.is_confirmed:
        raise EmailExists()
    return user or create(project, email, data)


def generate_link(project: Project, form: forms.GenerateLink, redirect_to: str) -> Json:
    """The link and code a mail would have, for somebody else to send."""
    email = forms.address(form.email)
    with project.database.transaction():
        user, action, mailed = link_for(project, email, form)
    return {
        **shown(project, user),
        "action_link": project.links.to(action_of(action), mailed.hash, redirect_to),
        "email_otp": mailed.otp,
        "hashed_token": mailed.hash,
        "verification_type": action,
        "redirect_to": redirect_to,
    }


def link_for(project: Project, email: str, form: forms.GenerateLink) -> tuple[User, str, Mailed]:
    user, action = project.users.by_email(email), form.type
    if user is None and action == MAGIC_LINK:
        user, action = create(project, email, form.data), SIGNUP
    elif action == SIGNUP:
        user = signed_up(project, user, email, form)
    elif action == INVITE:
        user = invited(project, email, form.data)
    elif action not in (MAGIC_LINK, RECOVERY, CHANGE_CURRENT, CHANGE_NEW):
        reason = f"Invalid email action link type requested: {action}"
        raise ValidationFailed(reason=reason)
    if user is None:
        raise EmailNotFound()
    if action in (CHANGE_CURRENT, CHANGE_NEW):
        return email_change_link(project, user, action, form)
    user, mailed = issue(project, user, action)
    return user, action, mailed


def signed_up(project: Project, user: User | None, email: str, form: forms.GenerateLink) -> User:
    if user is not None:
        if user.is_confirmed:
            raise EmailExists()
        return replace(user, user_metadata=merged(user.user_metadata, form.data))
    if not form.password:
        raise ValidationFailed(reason="Signup requires a valid password")
    passwords.check_strength(form.password)
    return create(project, email, form.data, password=form.password)


def email_change_link(
    project: Project, user: User, action: str, form: forms.GenerateLink
) -> tuple[User, str, Mailed]:
    new_email = forms.address(form.new_email)
    if project.users.by_email(new_email) is not None:
        raise EmailExists()
    to = user.email if action == CHANGE_CURRENT else new_email
    kind = one_time.EMAIL_CHANGE_CURRENT if action == CHANGE_CURRENT else one_time.EMAIL_CHANGE_NEW
    user = note_email_change(project, user, new_email)
    return user, action, project.one_time.issue(user.id, kind, to)


def action_of(verification_type: str) -> str:
    """What a link says its type is; both kinds of a change of address are one there."""
    return "email_change" if verification_type.startswith("email_change") else verification_type


def refuse_what_is_missing(form: forms.AdminUser) -> None:
    if form.phone:
        raise NotImplementedInTwin(operation="A phone number of a Supabase user")
    if form.password_hash:
        raise NotImplementedInTwin(operation="A Supabase user's password_hash")


def new_id(project: Project, wanted: str) -> str | None:
    if not wanted:
        return None
    parsed = parsed_id(wanted)
    if parsed is None:
        raise ValidationFailed(reason="ID must conform to the uuid v4 format")
    if parsed.int == 0:
        raise ValidationFailed(reason="ID cannot be a nil uuid")
    if project.users.by_id(str(parsed)) is not None:
        raise UserExists()
    return str(parsed)


def parsed_id(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None


def ban_seconds(text: str) -> float | None:
    """Seconds of Go's duration text (`24h`, `1h30m`); 0 for `none`, None for nothing."""
    if not text or text in ("none", "0"):
        return 0.0 if text else None
    parts = DURATION.findall(text)
    if "".join(number + unit for number, unit in parts) != text:
        reason = f'invalid format for ban duration: time: invalid duration "{text}"'
        raise ValidationFailed(reason=reason)
    seconds = sum(float(number) * UNIT_SECONDS[unit] for number, unit in parts)
    return min(seconds, MAX_BAN_SECONDS)


def obscured(user_id: str, text: str) -> str:
    """What is left of an address: a hash, by which nobody finds it."""
    digest = hashlib.sha256(f"{user_id}{text}".encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
