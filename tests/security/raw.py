"""HTTP without a client's manners: a request is sent as the bytes that it is."""

import socket
from collections.abc import Mapping, Sequence
from http.client import HTTPException, HTTPResponse
from typing import NamedTuple

Address = tuple[str, int] | str
Headers = Sequence[tuple[str, str]] | Mapping[str, str]

TIMEOUT_SECONDS = 10.0


class Answer(NamedTuple):
    """A status of 0: the connection was closed without an answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


def connect(address: Address) -> socket.socket:
    """`(host, port)`, or the path of a Unix socket."""
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.settimeout(TIMEOUT_SECONDS)
    sock.connect(address)
    return sock


def request_bytes(method: str, target: str, headers: Headers, body: bytes = b"") -> bytes:
    """Latin-1 throughout; `Host` and `Content-Length` are added unless they are there."""
    pairs = list(headers.items() if isinstance(headers, Mapping) else headers)
    names = {name.lower() for name, _ in pairs}
    if "host" not in names:
        pairs.insert(0, ("Host", "127.0.0.1"))
    if "content-length" not in names and "transfer-encoding" not in names and body:
        pairs.append(("Content-Length", str(len(body))))
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in pairs)]
    return "\r\n".join((*lines, "Connection: close", "", "")).encode("latin-1") + body


def send(address: Address, data: bytes, method: str = "GET") -> Answer:
    """The first answer to the bytes. A server may answer and close before it has read all."""
    with connect(address) as sock:
        try:
            sock.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass
        response = HTTPResponse(sock, method=method)
        try:
            response.begin()
            body = response.read()
        except (HTTPException, ConnectionResetError):
            return Answer(0, {}, b"")
        named = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, named, body)


def ask(
    address: Address, method: str, target: str, headers: Headers = (), body: bytes = b""
) -> Answer:
    return send(address, request_bytes(method, target, headers, body), method)


def answers_of(address: Address, data: bytes) -> bytes:
    """All that comes back until the server closes, for requests that hide a second one."""
    with connect(address) as sock:
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        received = b""
        try:
            while block := sock.recv(65_536):
                received += block
        except ConnectionResetError:
            pass
        return received
