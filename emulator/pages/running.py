"""What Pages needs of the rest of the twin: somebody who runs Functions."""

from typing import Protocol

from emulator.pages.models import Deployment


class FunctionBroken(Exception):
    """The Function does not start; the text is the runtime's."""


class Runtime(Protocol):
    """Who runs Functions. Called on the event loop."""

    async def check_function(self, account_id: str, deployment: Deployment) -> None:
        """Start one that nobody sees yet. Raises `FunctionBroken`."""
        ...

    async def function_deleted(self, account_id: str, project: str, deployment_id: str) -> None:
        """The deployment is gone: stop its Function."""
        ...

    def site_url(self, label: str) -> str:
        """Where the edge answers for what stands before pages.dev: scheme, host and port."""
        ...
