"""`/_twin/`: the control plane. Never on a Cloudflare path, open to this machine only.

A web page of another origin could post here from a browser, so requests that a browser
marks as coming from elsewhere are refused.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import AfterValidator, BaseModel, Field

import emulator
from emulator import admin_page
from emulator.admin_ai import add_ai
from emulator.admin_outbox import add_outbox
from emulator.core.clock import iso
from emulator.core.errors import CloudflareError, InvalidBody, NoRoute, NotPermitted
from emulator.outbound.outbox import Outbox
from emulator.twin import Twin
from emulator.wire.envelope import failure
from emulator.wire.routing import Route

Restore = Callable[[], Awaitable[None]]
Next = Callable[[Request], Awaitable[Response]]


def storable(text: str) -> str:
    """Raises `ValueError` for half a pair of surrogates, which JSON can say and nothing holds."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("no Unicode text")
    return text


class NewAccount(BaseModel):
    name: Annotated[str, AfterValidator(storable)] = "Test account"


class Advance(BaseModel):
    advance_seconds: float = Field(ge=0, le=3_155_760_000)


class Reset(BaseModel):
    account_id: str | None = None


def create_admin(
    twin: Twin,
    routes: Sequence[Route],
    outbox: Outbox,
    restore: Restore | None,
    s3_url: str | None,
    edge_url: str | None,
) -> FastAPI:
    """The control plane's application, with its own documentation at `/_twin/docs`."""
    app = FastAPI(
        title="Cloudflare Twin control plane",
        version=emulator.__version__,
        docs_url=None,
        openapi_url="/_twin/openapi.json",
        redoc_url=None,
    )
    app.middleware("http")(same_origin_only)
    app.exception_handler(RequestValidationError)(malformed)
    app.exception_handler(404)(no_route)
    app.exception_handler(405)(no_route)
    add_state(app, twin, restore, {"s3": s3_url, "edge": edge_url})
    add_accounts(app, twin)
    add_views(app, twin, routes)
    add_ai(app, twin)
    add_outbox(app, outbox)
    return app


def add_state(
    app: FastAPI, twin: Twin, restore: Restore | None, urls: Mapping[str, str | None]
) -> None:
    @app.get("/_twin/health")
    async def health() -> dict[str, object]:
        """That the twin answers, its version, its accounts and where its other doors are."""
        accounts = [record.id for record in twin.directory.accounts()]
        return {
            "status": "ok",
            "version": emulator.__version__,
            "accounts": accounts,
            **urls,
        }

    @app.post("/_twin/reset")
    async def reset(body: Reset | None = None) -> dict[str, object]:
        """Empty one account, or all of them and bring back what it had when it started."""
        wanted = body.account_id if body else None
        known = [record.id for record in twin.directory.accounts()]
        if wanted is not None and wanted not in known:
            raise NotPermitted()
        for account_id in known if wanted is None else [wanted]:
            twin.reset(account_id)
        if restore is not None:
            await restore()
        twin.events.clear()
        return {"reset": known if wanted is None else [wanted]}

    @app.get("/_twin/clock")
    async def clock() -> dict[str, object]:
        """The twin's time."""
        return {"now": twin.clock.now(), "iso": iso(twin.clock.now())}

    @app.post("/_twin/clock")
    async def advance(body: Advance) -> dict[str, object]:
        """Move the twin's time on; expiry, history and limits follow."""
        twin.clock.advance(body.advance_seconds)
        return {"now": twin.clock.now(), "iso": iso(twin.clock.now())}


def add_accounts(app: FastAPI, twin: Twin) -> None:
    @app.post("/_twin/accounts")
    async def create_account(body: NewAccount | None = None) -> dict[str, object]:
        """A fresh, empty account with a token that reaches nothing else."""
        record, credential = twin.create_account((body or NewAccount()).name)
        return {
            "account_id": record.id,
            "api_token": credential.value,
            "r2": {"access_key_id": credential.id, "secret_access_key": credential.s3_secret},
        }

    @app.delete("/_twin/accounts/{account_id}")
    async def delete_account(account_id: str) -> dict[str, object]:
        """The account, its data and the credentials that reach nothing else."""
        twin.delete_account(account_id)
        return {"deleted": account_id}


def add_views(app: FastAPI, twin: Twin, routes: Sequence[Route]) -> None:
    @app.get("/_twin/events")
    async def events(
        limit: Annotated[int, Query(ge=1, le=100_000)] = 100,
        account_id: str | None = None,
        operation: str | None = None,
    ) -> dict[str, object]:
        """The newest requests, newest first."""
        found = twin.events.recent(limit, account_id=account_id, operation=operation)
        return {"events": [event._asdict() for event in found]}

    @app.get("/_twin/docs", include_in_schema=False)
    async def docs(request: Request) -> HTMLResponse:
        return HTMLResponse(admin_page.render(app.openapi(), str(request.base_url).rstrip("/")))

    @app.get("/_twin/routes")
    async def list_routes() -> dict[str, object]:
        """Every Cloudflare operation in the table, with its name."""
        rows = [{"method": r.method, "path": r.path, "operation": r.name} for r in routes]
        return {"routes": rows}

    @app.exception_handler(CloudflareError)
    async def refused(request: Request, error: CloudflareError) -> Response:
        return render(error)


def render(error: CloudflareError) -> Response:
    reply = failure(error)
    assert isinstance(reply.body, bytes)
    return Response(reply.body, status_code=reply.status, media_type="application/json")


async def malformed(request: Request, error: Exception) -> Response:
    reasons = error.errors() if isinstance(error, RequestValidationError) else []
    where = ".".join(str(part) for part in reasons[0]["loc"]) if reasons else "body"
    what = reasons[0]["msg"] if reasons else "malformed"
    return render(InvalidBody(reason=f"{where}: {what}"))


async def no_route(request: Request, error: Exception) -> Response:
    return render(NoRoute())


async def same_origin_only(request: Request, call_next: Next) -> Response:
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        return JSONResponse({"error": "requests from another origin are refused"}, 403)
    return await call_next(request)
