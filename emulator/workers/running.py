"""What scripts need of the rest of the twin: somebody who runs them, and what they bind to.

The store and the doors know these protocols alone. Whoever runs scripts reads what is on disk
by the store's own methods; here is only when it is told to look.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from emulator.core.blobs import Blobs
from emulator.workers.models import Module, StartUp, Version


class ScriptBroken(Exception):
    """The script does not start; the text is the runtime's, and becomes error 10021."""


@dataclass(frozen=True, slots=True)
class Runnable:
    """One version of a script as it is run: all of it is on disk and stays while it is in use."""

    account_id: str
    script: str
    version: Version
    blobs: Blobs

    def path(self, module: Module) -> Path:
        """The file that holds the module's bytes."""
        return self.blobs.path(module.blob)


class Resources(Protocol):
    """What else there is in the account."""

    def has(self, kind: str, resource: str, jurisdiction: str | None) -> bool:
        """Whether a binding of that type (`d1`, `kv_namespace`, …) finds what it names."""
        ...


class Runtime(Protocol):
    """Who runs scripts. Every method is called on the event loop; uploads of one script wait
    for each other, so of one script there is one call at a time."""

    async def check(self, runnable: Runnable) -> StartUp:
        """Start a version that nobody sees yet. Raises `ScriptBroken`.

        `deployed` may follow, by which the version is known under the same id: what was started
        may be kept for it. If the upload is refused after all, or is one that is not to be
        deployed, nothing follows.
        """
        ...

    async def deployed(self, account_id: str, script: str) -> None:
        """The script's active deployment is another one, by now committed: serve it.

        The client is answered when this returns. It must not fail for what `check` has passed.
        """
        ...

    async def deleted(self, account_id: str, script: str) -> None:
        """The script is gone: stop it."""
        ...

    def url(self, script: str, subdomain: str) -> str:
        """Where the edge answers for the script: scheme, host and port."""
        ...
