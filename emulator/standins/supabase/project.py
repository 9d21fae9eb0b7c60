"""One project put together: what the rules of Auth work on."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from emulator.core.clock import Clock
from emulator.core.database import Database
from emulator.core.ids import Ids
from emulator.core.settings import Settings
from emulator.standins.supabase.keys import Keys, keys_of
from emulator.standins.supabase.mails import Links, Mail
from emulator.standins.supabase.one_time import OneTimeTokens
from emulator.standins.supabase.redirects import Redirects
from emulator.standins.supabase.schema import SCHEMA
from emulator.standins.supabase.sessions import Sessions
from emulator.standins.supabase.storage.rest import StorageDoor
from emulator.standins.supabase.tokens import AccessTokens
from emulator.standins.supabase.users import Users

Post = Callable[[Mail], None]
# Where tables and functions are.
REST = "/rest/v1"


@dataclass(frozen=True, slots=True)
class Project:
    """A project's state, keys and options, and `post`, which takes the mails it sends."""

    database: Database
    clock: Clock
    ids: Ids
    keys: Keys
    users: Users
    sessions: Sessions
    one_time: OneTimeTokens
    access: AccessTokens
    redirects: Redirects
    links: Links
    post: Post
    confirms_email: bool
    takes_anonymous: bool
    storage: StorageDoor

    def close(self) -> None:
        self.storage.close()
        self.database.close()


def open_project(
    directory: Path,
    account_id: str,
    settings: Settings,
    clock: Clock,
    ids: Ids,
    base_url: str,
    post: Post,
) -> Project:
    """The account's project, over a file in `directory`. `base_url` is for browsers."""
    database = Database(directory / "auth.sqlite", SCHEMA, full_sync=settings.full_sync)
    keys = keys_of(settings, account_id)
    access = AccessTokens(keys.jwt_secret, clock, asymmetric=settings.supabase_es256)
    sync = settings.full_sync
    storage = StorageDoor(directory / "storage", access, keys, clock, ids, full_sync=sync)
    return Project(
        database,
        clock,
        ids,
        keys,
        Users(database, clock, ids),
        Sessions(database, clock, ids),
        OneTimeTokens(database, clock, ids),
        access,
        Redirects(settings.supabase_redirects),
        Links(base_url, keys.anon),
        post,
        settings.supabase_confirm_email,
        settings.supabase_anonymous,
        storage,
    )
