"""Why a script does not run. Doors turn them into Cloudflare's refusals."""


class RuntimeAbsent(Exception):
    """workerd is not on this machine, or not where it is looked for."""

    def __init__(self) -> None:
        super().__init__(
            "workerd was not found: install wrangler with npm, or name the binary in WORKERD"
        )


class ProgramBroken(Exception):
    """The script did not start. The text is the runtime's own."""


class ProgramGone(Exception):
    """The script's process ended while it was asked something, or cannot be started."""
