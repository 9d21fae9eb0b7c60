"""SendGrid's v3 Mail Send: 202 for what SendGrid would send, and the mail is in the inbox.

Any API key will do, but there has to be one.
"""

from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from emulator.standins.sendgrid_rules import (
    KINDS,
    Problem,
    address_of,
    list_in,
    problems,
    shown,
    text_in,
)
from emulator.standins.standin import Asgi, Place

MAX_MAIL_BYTES = 30 * 1024**2

NO_KEY = "Permission denied, wrong credentials"
NOT_JSON = "Bad Request"
NOT_JSON_TYPE = "Content-Type should be application/json."
TOO_LARGE = "The total size of your email may not exceed 30 MB."


def create_app(place: Place) -> Asgi:
    async def send_mail(request: Request) -> Response:
        if request.method != "POST":
            return refused(405, Problem("POST method allowed only"))
        if not bearer(request):
            return refused(401, Problem(NO_KEY))
        if "application/json" not in request.headers.get("content-type", ""):
            return refused(415, Problem(NOT_JSON_TYPE))
        body = await request.body()
        if len(body) > MAX_MAIL_BYTES:
            return refused(413, Problem(TOO_LARGE))
        message = object_of(body)
        if message is None:
            return refused(400, Problem(NOT_JSON))
        if found := problems(message):
            return refused(400, *found)
        return accepted(place, message)

    async def other(request: Request) -> Response:
        text = f"{request.method} {request.url.path} is not implemented by Cloudflare Twin"
        return refused(501, Problem(text))

    return Starlette(
        routes=[
            Route("/v3/mail/send", send_mail, methods=ALL_METHODS),
            Route("/{path:path}", other, methods=ALL_METHODS),
        ]
    )


ALL_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def accepted(place: Place, message: dict[str, Any]) -> Response:
    """202 with the message's id, or 200 where it is only to be checked."""
    settings = message.get("mail_settings")
    sandbox = settings.get("sandbox_mode") if isinstance(settings, dict) else None
    if isinstance(sandbox, dict) and sandbox.get("enable") is True:
        return Response(status_code=200)
    message_id = place.ids.hex(22)
    for block in message["personalizations"]:
        deliver(place, message, block, message_id)
    return Response(status_code=202, headers={"x-message-id": message_id})


def deliver(place: Place, message: dict[str, Any], block: object, message_id: str) -> None:
    """One mail for each recipient, whether in `to`, `cc` or `bcc`."""
    texts = {
        text_in(part, "type").lower(): text_in(part, "value")
        for part in list_in(message, "content")
    }
    for one in (one for kind in KINDS for one in list_in(block, kind)):
        place.mail(
            "sendgrid",
            sender=shown(message["from"]),
            to=address_of(one) or "",
            subject=text_in(block, "subject") or text_in(message, "subject"),
            text=texts.get("text/plain", ""),
            html=texts.get("text/html", ""),
            reply_to=shown(message.get("reply_to")),
            message_id=message_id,
        )


def refused(status: int, *found: Problem) -> Response:
    body = orjson.dumps({"errors": [one.json() for one in found]})
    return Response(body, status, media_type="application/json")


def object_of(body: bytes) -> dict[str, Any] | None:
    try:
        message = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return message if isinstance(message, dict) else None


def bearer(request: Request) -> str:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""
