"""The classes that a script's own are made from."""

from typing import Any


class WorkerEntrypoint:
    """A script's class of handlers; a new instance for every call."""

    def __init__(self, ctx: Any, env: Any) -> None:
        self.ctx = ctx
        self.env = env


class DurableObject:
    """Durable Objects are not to be had in Python here."""

    def __init_subclass__(cls, **_: Any) -> None:
        raise NotImplementedError(
            f"Durable Objects of Python Workers ({cls.__name__}) are not implemented by "
            "Cloudflare Twin"
        )


class WorkflowEntrypoint:
    """Nor are Workflows."""

    def __init_subclass__(cls, **_: Any) -> None:
        raise NotImplementedError(
            f"Workflows ({cls.__name__}) are not implemented by Cloudflare Twin"
        )
