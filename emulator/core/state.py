"""Where the twin keeps what it knows: one directory, one twin at a time."""

import fcntl
import shutil
import tempfile
from pathlib import Path


class StateInUse(Exception):
    """Another twin already runs on this directory."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is in use by another twin; stop that one or choose another --state"
        )


class State:
    """A directory held by this process until `close`. An ephemeral one is then removed."""

    def __init__(self, path: Path | None = None) -> None:
        self._ephemeral = path is None
        # Absolute, since processes that run elsewhere are told of files below it.
        self.path = (path or Path(tempfile.mkdtemp(prefix="cftwin-"))).absolute()
        self.path.mkdir(parents=True, exist_ok=True)
        self._lock = (self.path / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            raise StateInUse(self.path) from None

    def account(self, account_id: str) -> Path:
        return self.path / "accounts" / account_id

    def remove_account(self, account_id: str) -> None:
        shutil.rmtree(self.account(account_id), ignore_errors=True)

    def close(self) -> None:
        self._lock.close()
        if self._ephemeral:
            shutil.rmtree(self.path, ignore_errors=True)
