"""What Auth mails: links and codes, and what is noted on the user when it does."""

from dataclasses import replace

from emulator.standins.supabase import one_time
from emulator.standins.supabase.mails import composed
from emulator.standins.supabase.models import User
from emulator.standins.supabase.one_time import Challenge, Mailed
from emulator.standins.supabase.project import Project

SIGNUP, INVITE = "signup", "invite"
RECOVERY, MAGIC_LINK = "recovery", "magiclink"
EMAIL_CHANGE, REAUTHENTICATION = "email_change", "reauthentication"

# What a mail's link and code stand for, by what it is for.
KINDS = {
    SIGNUP: one_time.CONFIRMATION,
    INVITE: one_time.CONFIRMATION,
    RECOVERY: one_time.RECOVERY,
    MAGIC_LINK: one_time.RECOVERY,
}


def send(
    project: Project, user: User, action: str, redirect_to: str, challenge: Challenge | None = None
) -> User:
    """Mail the user a link for the action. With a challenge, it goes on with a PKCE flow."""
    with project.database.transaction():
        if challenge is not None:
            project.one_time.begin(user.id, action, challenge)
        user, mailed = issue(project, user, action, pkce=challenge is not None)
    deliver(project, action, user.email, mailed, redirect_to)
    return user


def issue(project: Project, user: User, action: str, *, pkce: bool = False) -> tuple[User, Mailed]:
    """A code and a link for the action, noted on the user and not sent to anybody."""
    mailed = project.one_time.issue(user.id, KINDS[action], user.email, pkce=pkce)
    now = project.clock.now()
    if action == INVITE:
        noted = replace(user, confirmation_sent_at=now, invited_at=now)
    elif action == SIGNUP:
        noted = replace(user, confirmation_sent_at=now)
    else:
        noted = replace(user, recovery_sent_at=now)
    return project.users.save(noted), mailed


def send_email_change(
    project: Project, user: User, email: str, redirect_to: str, challenge: Challenge | None = None
) -> User:
    """Mail the new address and the old one a link each."""
    pkce = challenge is not None
    with project.database.transaction():
        if challenge is not None:
            project.one_time.begin(user.id, EMAIL_CHANGE, challenge)
        user = note_email_change(project, user, email)
        new = project.one_time.issue(user.id, one_time.EMAIL_CHANGE_NEW, email, pkce=pkce)
        kind = one_time.EMAIL_CHANGE_CURRENT
        old = project.one_time.issue(user.id, kind, user.email, pkce=pkce) if user.email else None
    deliver(project, EMAIL_CHANGE, email, new, redirect_to)
    if old is not None:
        deliver(project, EMAIL_CHANGE, user.email, old, redirect_to)
    return user


def note_email_change(project: Project, user: User, email: str) -> User:
    now = project.clock.now()
    wanted = replace(
        user, email_change=email, email_change_sent_at=now, email_change_confirmed=False
    )
    return project.users.save(wanted)


def send_reauthentication(project: Project, user: User) -> None:
    """Mail a code that a change of password may be asked for."""
    mailed = project.one_time.issue(user.id, one_time.REAUTHENTICATION, user.email)
    project.users.save(replace(user, reauthentication_sent_at=project.clock.now()))
    project.post(composed(REAUTHENTICATION, user.email, mailed.otp, ""))


def deliver(project: Project, action: str, to: str, mailed: Mailed, redirect_to: str) -> None:
    link = project.links.to(action, mailed.hash, redirect_to)
    project.post(composed(action, to, mailed.otp, link))
