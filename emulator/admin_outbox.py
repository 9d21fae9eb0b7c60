"""`/_twin/outbox` and `/_twin/inbox`: what Workers sent out, and the mails that came of it."""

from dataclasses import asdict
from typing import Annotated

from fastapi import FastAPI, Query

from emulator.outbound.outbox import Outbox

Limit = Annotated[int, Query(ge=1, le=100_000)]


def add_outbox(app: FastAPI, outbox: Outbox) -> None:
    @app.get("/_twin/outbox")
    async def calls(
        limit: Limit = 100,
        account_id: str | None = None,
        script: str | None = None,
        host: str | None = None,
        method: str | None = None,
        answered_by: str | None = None,
        text: str | None = None,
    ) -> dict[str, object]:
        """The newest calls to the outside, newest first; secrets masked.

        `answered_by` is a stand-in's name, `twin`, `internet` or `refused`; `text` is found in
        the URL and the bodies.
        """
        found = outbox.recent(
            limit,
            account_id=account_id,
            script=script,
            host=host,
            method=method,
            answered_by=answered_by,
            text=text,
        )
        return {"calls": [sent.json() for sent in found]}

    @app.delete("/_twin/outbox")
    async def clear(account_id: str | None = None) -> dict[str, object]:
        """Forget the calls and the mails, of one account or of all."""
        return {"deleted": outbox.clear(account_id)}

    @app.get("/_twin/inbox")
    async def mails(
        limit: Limit = 100, account_id: str | None = None, to: str | None = None
    ) -> dict[str, object]:
        """The newest mails of SendGrid and Supabase, newest first."""
        found = outbox.inbox(limit, account_id=account_id, to=to)
        return {"mails": [asdict(mail) for mail in found]}
