"""What keeps a Python Worker on the machine: sockets lead to the twin, and nowhere else.

It is for mistakes, not against malice: native code can open what it likes.
"""

import socket
import sys
from collections.abc import Set
from typing import Any

NAMES = frozenset(
    ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo")
)
DATAGRAMS = frozenset(("socket.sendto", "socket.sendmsg"))
PROCESSES = frozenset(
    ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork")
    + ("os.forkpty", "pty.spawn")
)


class Refused(PermissionError):
    """A script wanted what no Worker has."""


def confine(allowed: Set[str]) -> None:
    """From now on only the Unix sockets of these paths can be connected to."""

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect":
            sock, address = arguments[0], arguments[1]
            if sock.family == socket.AF_UNIX and str(address) in allowed:
                return
            raise Refused(f"a Worker reaches the world by fetch alone, not by a socket: {address}")
        if event in NAMES:
            raise Refused(f"a Worker reaches the world by fetch alone: {event} {arguments[:1]}")
        if event in DATAGRAMS and arguments[0].family != socket.AF_UNIX:
            raise Refused(f"a Worker sends no datagrams: {event}")
        if event in PROCESSES:
            raise Refused(f"a Worker starts no processes: {event}")

    sys.addaudithook(watch)
