"""Workers deployed to a running twin by its API, and asked at the edge."""

import socket
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import httpx
from websockets.sync.client import ClientConnection, connect

from emulator.testing import TwinAccount, TwinServer
from tests.workers.forms import ES_MODULE, form

COMPATIBILITY = "2026-01-01"
Json = dict[str, Any]


class Deployed:
    """One account's Workers."""

    def __init__(self, server: TwinServer, account: TwinAccount) -> None:
        self.server = server
        self.account = account
        base = f"{server.api}/accounts/{account.id}/workers"
        self.api = httpx.Client(base_url=base, headers=account.headers, timeout=60, trust_env=False)
        self._edge = httpx.Client(base_url=server.edge, timeout=60, trust_env=False)

    def put(
        self,
        name: str,
        code: str,
        bindings: Sequence[Mapping[str, Any]] = (),
        **metadata: Any,
    ) -> httpx.Response:
        """Upload the one module that a Worker is; the API's answer."""
        metadata = {"compatibility_date": COMPATIBILITY} | metadata
        module = ("worker.js", ES_MODULE, code.encode())
        return self.api.put(f"/scripts/{name}", **form(module, bindings=[*bindings], **metadata))

    def deploy(self, name: str, code: str, *bindings: Mapping[str, Any], **metadata: Any) -> Json:
        """Upload it and put it on the subdomain; what the API told of it."""
        made = self.put(name, code, bindings, **metadata)
        assert made.status_code == 200, made.text
        on = {"enabled": True, "previews_enabled": True}
        self.api.post(f"/scripts/{name}/subdomain", json=on).raise_for_status()
        result: Json = made.json()["result"]
        return result

    def upload_assets(self, name: str, files: Mapping[str, bytes]) -> str:
        """The token by which a version has these files, by their paths."""
        hashes = {
            path: sha256(path.encode() + data).hexdigest()[:32] for path, data in files.items()
        }
        manifest = {path: {"hash": hashes[path], "size": len(files[path])} for path in files}
        begun = self.api.post(
            f"/scripts/{name}/assets-upload-session", json={"manifest": manifest}
        ).raise_for_status()
        jwt: str = begun.json()["result"]["jwt"]
        if not begun.json()["result"]["buckets"]:
            return jwt
        parts = [
            (hashes[path], (hashes[path], b64encode(data), "application/null"))
            for path, data in files.items()
        ]
        done = self.api.post(
            "/assets/upload?base64=true", files=parts, headers={"Authorization": f"Bearer {jwt}"}
        ).raise_for_status()
        token: str = done.json()["result"]["jwt"]
        return token

    def host(self, name: str) -> str:
        return f"{name}.twin-{self.account.id[:8]}.workers.localhost"

    def request(self, name: str, method: str, path: str = "/", **options: Any) -> httpx.Response:
        headers = {"host": self.host(name), **options.pop("headers", {})}
        return self._edge.request(method, path, headers=headers, **options)

    def get(self, name: str, path: str = "/", **options: Any) -> httpx.Response:
        return self.request(name, "GET", path, **options)

    def stream(self, name: str, method: str, path: str, **options: Any) -> Any:
        return self._edge.stream(method, path, headers={"host": self.host(name)}, **options)

    def socket(self, name: str, path: str, **options: Any) -> ClientConnection:
        """A WebSocket to the Worker."""
        port = urlsplit(self.server.edge).port or 0
        raw = socket.create_connection(("127.0.0.1", port))
        return connect(f"ws://{self.host(name)}:{port}{path}", sock=raw, **options)

    def close(self) -> None:
        self.api.close()
        self._edge.close()
