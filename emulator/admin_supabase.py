"""`/_twin/supabase`: where the database of an account's project is, for tools beside the twin."""

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from emulator.core.errors import CloudflareError
from emulator.core.settings import DEFAULT_ACCOUNT_ID
from emulator.outbound.errors import NoSuchAccount
from emulator.twin import Twin

if TYPE_CHECKING:
    from emulator.outbound.outside import Outside


class NoDatabase(CloudflareError):
    code, status, message = 503, 503, "Supabase's database did not start: {reason}"


def add_supabase(app: FastAPI, twin: Twin, outside: "Outside") -> None:
    @app.get("/_twin/supabase")
    async def database(account_id: str = DEFAULT_ACCOUNT_ID) -> dict[str, object]:
        """The DSN of the database's owner, and its server's pid. Starts it if need be."""
        stand_in = outside.named("supabase")
        if stand_in is None or not twin.directory.knows(account_id):
            raise NoSuchAccount(account_id=account_id)
        # The stand-in's own application; its type is known only once it is loaded.
        project: Any = outside.app(twin.account(account_id), stand_in)
        try:
            known = project.tables.database
            dsn = await known.open()
        except Exception as failure:
            raise NoDatabase(reason=failure) from None
        return {"account_id": account_id, "database": dsn, "pid": known.pid}
