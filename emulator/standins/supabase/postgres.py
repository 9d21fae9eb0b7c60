"""The PostgreSQL of one project: pgserver's binaries, run as a child of the twin.

Its data is in the account's directory. It listens on a socket that only the twin's user can
reach, and on no port. The kernel ends it with the twin, however that ends, and what was
committed is still there at the next start.
"""

import contextlib
import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import struct
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import psutil

PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 8, 47, 2
CAP_DAC_OVERRIDE = 1
# Version 3, this process; effective, permitted and inheritable: only that one.
CAPABILITY_HEADER = struct.pack("<Ii", 0x2008_0522, 0)
CAPABILITY_DATA = struct.pack("<6I", *[1 << CAP_DAC_OVERRIDE] * 3, 0, 0, 0)
# Of a twin that root runs: nobody else's, so that nobody else reaches the socket.
SERVER_UID = 54_329
SUPERUSER = "postgres"
# The socket's name beside its directory must fit into 107 bytes.
MAX_SOCKET_DIRECTORY = 90
STOP_SECONDS = 10
# One project's, on a developer's machine: small, and no process that nobody asked for.
OPTIONS = (
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "shared_buffers=16MB",
    "max_connections=40",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_wal_size=128MB",
    "max_parallel_workers_per_gather=0",
    "max_logical_replication_workers=0",
    "jit=off",
    "timezone=UTC",
    "logging_collector=off",
    "log_min_messages=fatal",
    "log_min_error_statement=panic",
)


class PostgresMissing(Exception):
    """pgserver is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "the Supabase database needs pgserver: pip install 'cloudflare-twin[supabase]',"
            " or name a PostgreSQL by the setting supabase_database"
        )


class PostgresFailed(Exception):
    """The database could not be made or started; the text is its own."""


class Postgres:
    """A server over `directory`, which `start` makes if need be. Methods block."""

    def __init__(self, directory: Path, *, full_sync: bool = False) -> None:
        self._directory = directory
        self._full_sync = full_sync
        self._process: subprocess.Popen[bytes] | None = None
        self._sockets: Path | None = None

    def prepare(self) -> None:
        """Have the data directory, and nobody else's server on it. May take two seconds."""
        binaries = binaries_directory()
        end_stale(self._directory)
        if not self._directory.exists():
            self._initialize(binaries)

    def start(self) -> str:
        """Start the server; its DSN. Ready a moment later. The thread must outlive the server."""
        self._sockets = socket_directory(self._directory)
        sync = f"fsync={'on' if self._full_sync else 'off'}"
        options = (f"unix_socket_directories={self._sockets}", sync, *OPTIONS)
        command = [str(binaries_directory() / "postgres"), "-D", str(self._directory)]
        for option in options:
            command += ["-c", option]
        with (self._directory.parent / "postgres.log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=environment(),
                start_new_session=True,
                preexec_fn=become(SERVER_UID, dies_with_twin=True),
            )
        return f"postgresql://{SUPERUSER}@/postgres?host={self._sockets}"

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGQUIT)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._sockets is not None and self._sockets != self._directory:
            shutil.rmtree(self._sockets, ignore_errors=True)

    def _initialize(self, binaries: Path) -> None:
        """`initdb`, beside the place it is for: a twin may be killed in between."""
        made = self._directory.with_name(f"{self._directory.name}.new")
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(mode=0o700, parents=True)
        # initdb wants a user that has a name, the server does not.
        user = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else os.geteuid()
        give(made, user)
        command = [str(binaries / "initdb"), "-D", str(made), "-U", SUPERUSER]
        command += ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            cwd="/",
            env=environment(),
            preexec_fn=become(user, dies_with_twin=False),
        )
        if done.returncode != 0:
            raise PostgresFailed(f"initdb: {done.stderr.strip()[-500:]}")
        give(made, SERVER_UID)
        made.rename(self._directory)


def binaries_directory() -> Path:
    """Found without importing pgserver, which keeps global state and prepares directories."""
    found = importlib.util.find_spec("pgserver")
    if found is None or found.origin is None:
        raise PostgresMissing()
    return Path(found.origin).parent / "pginstall" / "bin"


def environment() -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def give(path: Path, uid: int) -> None:
    """Root gives a directory, and all that is in it, to the user who is to work with it."""
    if os.geteuid() != 0:
        return
    for item in (path, *path.rglob("*")):
        os.chown(item, uid, uid, follow_symlinks=False)


def become(uid: int, *, dies_with_twin: bool) -> Callable[[], None]:
    """What a new process does first. PostgreSQL will not run as root: then it is another user,
    who may pass through root's directories all the same."""
    as_root = os.geteuid() == 0
    library = ctypes.CDLL(None, use_errno=True)

    def prepare() -> None:
        if as_root:
            library.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            library.capset(CAPABILITY_HEADER, CAPABILITY_DATA)
            library.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)
        if dies_with_twin:
            # After that: a change of user takes it back.
            library.prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)

    return prepare


def socket_directory(data: Path) -> Path:
    """The data directory itself, unless its path is too long for a socket's."""
    if len(os.fsencode(data)) <= MAX_SOCKET_DIRECTORY:
        return data
    made = Path(tempfile.mkdtemp(prefix="cftwin-postgres-"))
    give(made, SERVER_UID)
    return made


def end_stale(directory: Path) -> None:
    """A server that a killed twin left, if the kernel has not ended it yet, and its pid file.

    PostgreSQL would take any process that has that number by now for itself.
    """
    pid_file = directory / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().partition("\n")[0])
    except (FileNotFoundError, ValueError):
        return
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        if process.name() == "postgres" and str(directory) in process.cmdline():
            process.send_signal(signal.SIGQUIT)
            process.wait(STOP_SECONDS)
    pid_file.unlink(missing_ok=True)
