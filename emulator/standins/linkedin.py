"""Sign in with LinkedIn: an authorise page, codes, tokens and `userinfo`. Memory only.

Any client id and secret will do, but a code is good once, for the client and the redirect
that it was asked for. Who signs in is whoever the page's form names.
"""

from hashlib import sha256
from html import escape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from emulator.standins.linkedin_grants import Grants, Member
from emulator.standins.standin import Asgi, Place

TOKEN_SECONDS = 5_184_000
MAX_FORM_BYTES = 65_536
REQUIRED = ("client_id", "redirect_uri")


class LinkedIn:
    """One account's part of LinkedIn."""

    def __init__(self, place: Place) -> None:
        self._grants = Grants(place.clock, place.ids)

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        if problem := problem_of(asked):
            return HTMLResponse(page("Bummer, something went wrong.", escape(problem)), 400)
        return HTMLResponse(page("Sign in with LinkedIn", form(asked)))

    async def decide(self, request: Request) -> Response:
        asked = dict(request.query_params)
        if problem := problem_of(asked):
            return HTMLResponse(page("Bummer, something went wrong.", escape(problem)), 400)
        chosen = await fields_of(request)
        if chosen.get("action") == "cancel":
            return back(asked, error="user_cancelled_authorize", error_description=CANCELLED)
        member = member_of(chosen)
        code = self._grants.code(asked["client_id"], asked["redirect_uri"], scope_of(asked), member)
        return back(asked, code=code)

    async def access_token(self, request: Request) -> Response:
        given = await fields_of(request)
        for name in ("grant_type", "code", "redirect_uri", "client_id", "client_secret"):
            if not given.get(name):
                text = f'A required parameter "{name}" is missing'
                return refused(400, "invalid_request", text)
        if given["grant_type"] != "authorization_code":
            return refused(400, "unsupported_grant_type", UNSUPPORTED_GRANT)
        token = self._grants.token(given["code"], given["client_id"], given["redirect_uri"])
        if token is None:
            return refused(400, "invalid_request", BAD_CODE)
        return JSONResponse(
            {
                "access_token": token.value,
                "expires_in": TOKEN_SECONDS,
                "scope": ",".join(token.scope.split()),
                "token_type": "Bearer",
            }
        )

    async def userinfo(self, request: Request) -> Response:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not value:
            return problem_json(401, 65600, "EMPTY_ACCESS_TOKEN", "Empty oauth2 access token")
        token = self._grants.find(value)
        if token is None:
            return problem_json(401, 65600, "INVALID_ACCESS_TOKEN", "Invalid access token")
        if "openid" not in token.scope.split():
            text = "Not enough permissions to access: userinfo.GET.NO_VERSION"
            return problem_json(403, 100, "ACCESS_DENIED", text)
        return JSONResponse(claims_of(token.member, token.scope.split()))

    async def other(self, request: Request) -> Response:
        text = f"{request.method} {request.url.path} is not implemented by Cloudflare Twin"
        return problem_json(501, 0, "NOT_IMPLEMENTED", text)


def create_app(place: Place) -> Asgi:
    linkedin = LinkedIn(place)
    return Starlette(
        routes=[
            Route("/oauth/v2/authorization", linkedin.authorize, methods=["GET"]),
            Route("/oauth/v2/authorization", linkedin.decide, methods=["POST"]),
            Route("/oauth/v2/accessToken", linkedin.access_token, methods=["POST"]),
            Route("/v2/userinfo", linkedin.userinfo, methods=["GET"]),
            Route("/{path:path}", linkedin.other, methods=["GET", "POST", "PUT", "DELETE"]),
        ]
    )


CANCELLED = "The user cancelled the authorization"
UNSUPPORTED_GRANT = "Unsupported grant_type; Cloudflare Twin has authorization_code"
BAD_CODE = (
    "Unable to retrieve access token: appid/redirect uri/code verifier does not match"
    " authorization code. Or authorization code expired."
)


def problem_of(asked: dict[str, str]) -> str | None:
    """What LinkedIn shows instead of the page: it sends nobody back to where it was not asked."""
    for name in REQUIRED:
        if not asked.get(name):
            return f"You need to pass the {name}"
    if asked.get("response_type") != "code":
        return "You need to pass response_type=code"
    parts = urlsplit(asked["redirect_uri"])
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return "The redirect_uri does not match the registered value"
    return None


def scope_of(asked: dict[str, str]) -> str:
    return asked.get("scope") or "openid profile email"


def back(asked: dict[str, str], **answer: str) -> Response:
    """To the redirect that was asked for, with the answer and the state."""
    if asked.get("state"):
        answer["state"] = asked["state"]
    url, mark, _ = asked["redirect_uri"].partition("#")
    return RedirectResponse(f"{url}{'&' if '?' in url else '?'}{urlencode(answer)}", 302)


async def fields_of(request: Request) -> dict[str, str]:
    """A form, read without regard to its type; one that is too large is empty."""
    body = await request.body()
    if len(body) > MAX_FORM_BYTES:
        return {}
    text = body.decode("utf-8", "replace")
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=100))
    except ValueError:
        return {}


def member_of(chosen: dict[str, str]) -> Member:
    email = chosen.get("email") or "ada@example.com"
    return Member(
        sha256(email.lower().encode("utf-8", "replace")).hexdigest()[:10],
        chosen.get("given_name") or "Ada",
        chosen.get("family_name") or "Example",
        email,
    )


def claims_of(member: Member, scopes: list[str]) -> dict[str, Any]:
    claims: dict[str, Any] = {"sub": member.sub}
    if "profile" in scopes:
        claims |= {
            "name": f"{member.given_name} {member.family_name}",
            "given_name": member.given_name,
            "family_name": member.family_name,
            "picture": f"https://media.licdn.com/dms/image/{member.sub}/profile.jpg",
            "locale": "en_US",
        }
    if "email" in scopes:
        claims |= {"email": member.email, "email_verified": True}
    return claims


def refused(status: int, error: str, text: str) -> Response:
    return JSONResponse({"error": error, "error_description": text}, status)


def problem_json(status: int, service_code: int, code: str, text: str) -> Response:
    body = {"status": status, "serviceErrorCode": service_code, "code": code, "message": text}
    return JSONResponse(body, status)


def form(asked: dict[str, str]) -> str:
    who = f"<b>{escape(asked['client_id'])}</b> asks for {escape(scope_of(asked))}."
    fields = "".join(
        f'<label>{label} <input name="{name}" value="{value}"></label>'
        for name, label, value in FIELDS
    )
    buttons = (
        '<button name="action" value="allow">Allow</button>'
        '<button name="action" value="cancel">Cancel</button>'
    )
    return f'<p>{who}</p><form method="post">{fields}{buttons}</form>'


FIELDS = (
    ("given_name", "First name", "Ada"),
    ("family_name", "Last name", "Example"),
    ("email", "E-mail", "ada@example.com"),
)


def page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{title}</title><style>{STYLE}</style></head>"
        f"<body><main><h1>{title}</h1>{body}"
        "<small>Cloudflare Twin's stand-in for LinkedIn</small></main></body></html>"
    )


STYLE = (
    "body{font:16px system-ui;background:#f3f2ef}"
    "main{max-width:24rem;margin:10vh auto;padding:2rem;background:#fff;border-radius:8px}"
    "label,input{display:block;width:100%;margin:.4rem 0}"
    "button{margin:.8rem .8rem .8rem 0;padding:.5rem 1.2rem}small{color:#666}"
)
