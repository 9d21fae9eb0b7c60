"""What `up` asks of its own API to deploy what a project has, as wrangler would."""

import json
import mimetypes
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import httpx

from emulator.python_script import PythonScript

Json = Mapping[str, Any]
# Of a site's files, in one request.
MAX_UPLOAD_BYTES = 40_000_000
# What is deployed along with a site, not served.
CONFIGURING = ("/_headers", "/_redirects", "/_routes.json")


class Refused(Exception):
    """The API said no; the text is what it said."""


class CloudflareClient:
    """One account, by the API's base URL (`…/client/v4`) and a token."""

    def __init__(self, api: str, account_id: str, token: str) -> None:
        self._account = f"/accounts/{account_id}"
        headers = {"Authorization": f"Bearer {token}"}
        # Long enough for a Worker to start on a busy machine.
        self._client = httpx.AsyncClient(
            base_url=api, headers=headers, timeout=120, trust_env=False
        )

    async def deploy_script(self, script: PythonScript, secrets: Mapping[str, str]) -> None:
        """Upload, put on the subdomain, schedule. Raises `Refused`."""
        path = f"{self._account}/workers/scripts/{script.name}"
        secret = [{"type": "secret_text", "name": name, "text": secrets[name]} for name in secrets]
        metadata = {**script.metadata, "bindings": [*script.metadata["bindings"], *secret]}
        text = json.dumps(metadata).encode()
        parts: list[tuple[str, tuple[str | None, bytes, str]]]
        parts = [("metadata", (None, text, "application/json"))]
        parts += [(name, (name, data, kind)) for name, kind, data in script.files]
        await self._ask("PUT", path, files=parts)
        on = {"enabled": script.on_subdomain, "previews_enabled": script.on_subdomain}
        await self._ask("POST", f"{path}/subdomain", json=on)
        await self._ask("PUT", f"{path}/schedules", json=[{"cron": one} for one in script.crons])

    async def put_secrets(self, script: str, secrets: Mapping[str, str]) -> None:
        """Raises `Refused`."""
        path = f"{self._account}/workers/scripts/{script}/secrets"
        for name, text in secrets.items():
            secret = {"name": name, "text": text, "type": "secret_text"}
            await self._ask("PUT", path, json=secret)

    async def ensure_site(self, project: str) -> str:
        """A project of Pages that is there from now on: its label before `pages.dev`."""
        pages = f"{self._account}/pages/projects"
        found = {one["name"]: one for one in await self._ask("GET", pages)}
        if project not in found:
            new = {"name": project, "production_branch": "main"}
            found[project] = await self._ask("POST", pages, json=new)
        label: str = found[project]["subdomain"].partition(".")[0]
        return label

    async def deploy_site(self, project: str, files: Mapping[str, bytes]) -> None:
        """Deploy the files, by their paths, to a project that is there. Raises `Refused`."""
        served = {path: data for path, data in files.items() if path not in CONFIGURING}
        hashes = {
            path: sha256(f"{path}\0".encode() + data).hexdigest()[:32]
            for path, data in served.items()
        }
        pages = f"{self._account}/pages/projects/{project}"
        token = (await self._ask("GET", f"{pages}/upload-token"))["jwt"]
        await self._upload(token, served, hashes)
        parts = {"manifest": json.dumps(hashes).encode(), "branch": b"main"}
        parts |= {path[1:]: files[path] for path in CONFIGURING if path in files}
        form = [(name, (None, value)) for name, value in parts.items()]
        await self._ask("POST", f"{pages}/deployments", files=form)

    async def _upload(
        self, token: str, files: Mapping[str, bytes], hashes: Mapping[str, str]
    ) -> None:
        batch: list[Json] = []
        held = 0
        for path, data in files.items():
            kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
            value = b64encode(data).decode()
            metadata = {"contentType": kind}
            batch.append(
                {"key": hashes[path], "value": value, "base64": True, "metadata": metadata}
            )
            held += len(data)
            if held > MAX_UPLOAD_BYTES:
                await self._put_files(token, batch)
                batch, held = [], 0
        if batch:
            await self._put_files(token, batch)

    async def _put_files(self, token: str, batch: list[Json]) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        await self._ask("POST", "/pages/assets/upload", json=batch, headers=headers)

    async def _ask(self, method: str, path: str, **options: Any) -> Any:
        response = await self._client.request(method, path, **options)
        answer = response.json()
        if not answer["success"]:
            said = "; ".join(error["message"] for error in answer["errors"])
            raise Refused(f"{said} ({response.status_code})")
        return answer["result"]

    async def close(self) -> None:
        await self._client.aclose()
