"""How users and sessions look on the wire: Auth's field names, in its order."""

from collections.abc import Sequence

from emulator.core.clock import iso
from emulator.standins.supabase.models import Identity, Json, User

AUDIENCE = "authenticated"


def user_json(user: User, identities: Sequence[Identity]) -> Json:
    """A user as its owner and administrators see it; times that never came are absent."""
    shown: Json = {"id": user.id, "aud": AUDIENCE, "role": user.role, "email": user.email}
    confirmed_at = user.email_confirmed_at
    shown |= moments(email_confirmed_at=confirmed_at, invited_at=user.invited_at)
    shown["phone"] = ""
    shown |= moments(
        confirmation_sent_at=user.confirmation_sent_at,
        confirmed_at=confirmed_at,
        recovery_sent_at=user.recovery_sent_at,
    )
    if user.email_change:
        shown["new_email"] = user.email_change
    shown |= moments(
        email_change_sent_at=user.email_change_sent_at,
        reauthentication_sent_at=user.reauthentication_sent_at,
        last_sign_in_at=user.last_sign_in_at,
    )
    shown |= {
        "app_metadata": user.app_metadata,
        "user_metadata": user.user_metadata,
        "identities": [identity_json(identity) for identity in identities],
        "created_at": iso(user.created_at),
        "updated_at": iso(user.updated_at),
    }
    shown |= moments(banned_until=user.banned_until, deleted_at=user.deleted_at)
    return {**shown, "is_anonymous": user.is_anonymous}


def identity_json(identity: Identity) -> Json:
    shown = {
        "identity_id": identity.id,
        "id": identity.user_id,
        "user_id": identity.user_id,
        "identity_data": identity.data,
        "provider": identity.provider,
        "last_sign_in_at": iso(identity.last_sign_in_at),
        "created_at": iso(identity.created_at),
        "updated_at": iso(identity.updated_at),
    }
    return {**shown, "email": identity.data["email"]}


def moments(**times: float | None) -> Json:
    return {name: iso(moment) for name, moment in times.items() if moment is not None}
