"""The port of one script. It lives as long as the script, whatever process serves it."""

import socket

BACKLOG = 1_024


def open_port(host: str) -> socket.socket:
    """Bound to a free port and listening."""
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    made.bind((host, 0))
    made.listen(BACKLOG)
    made.setblocking(False)
    return made


def url_of(port: socket.socket) -> str:
    host, number = port.getsockname()[:2]
    return f"http://[{host}]:{number}" if ":" in host else f"http://{host}:{number}"
