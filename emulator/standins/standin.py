"""What a stand-in is: a name, the hosts it answers for, and an application for each account."""

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulator.ai.inference import Inference
from emulator.core.clock import Clock
from emulator.core.ids import Ids
from emulator.core.settings import Settings
from emulator.outbound.outbox import Mail, Outbox
from emulator.twin import Account
from emulator.wire.body import Receive
from emulator.wire.stream import Send

Asgi = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stand-in works: one account, a directory of its own there, and what it may use.

    `directory` exists and is emptied with the account. `base_url` is the API listener's, as
    people and browsers reach it (`http://127.0.0.1:8788`, no slash at the end).
    """

    account: Account
    directory: Path
    clock: Clock
    ids: Ids
    settings: Settings
    inference: Inference
    outbox: Outbox
    base_url: str

    def mail(
        self,
        by: str,
        *,
        sender: str,
        to: str,
        subject: str,
        text: str = "",
        html: str = "",
        reply_to: str = "",
        message_id: str = "",
    ) -> None:
        """Deliver one mail: `/_twin/inbox` has it. `by` is the stand-in's name."""
        self.outbox.post(
            Mail(
                self.clock.now(),
                self.account.id,
                by,
                sender,
                to,
                subject,
                text,
                html,
                reply_to,
                message_id,
            )
        )


@dataclass(frozen=True, slots=True)
class StandIn:
    """One service of the outside world.

    `hosts` are names, or patterns such as `*.supabase.co`, in lower case. `open` makes the
    application of one account with its first request. The path it sees is the one the service
    has. If the application has a `close()`, that is called when the account is emptied.
    """

    name: str
    hosts: tuple[str, ...]
    open: Callable[[Place], Asgi]
