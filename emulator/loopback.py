"""How clients on this machine reach names that only it has."""

import httpx


class Loopback(httpx.BaseTransport):
    """Reaches names below `localhost` at 127.0.0.1, where not every resolver looks for them."""

    def __init__(self) -> None:
        self._inner = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if not request.url.host.endswith(".localhost"):
            return self._inner.handle_request(request)
        near = httpx.Request(
            request.method,
            request.url.copy_with(host="127.0.0.1"),
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        return self._inner.handle_request(near)

    def close(self) -> None:
        self._inner.close()
