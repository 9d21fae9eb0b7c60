"""Answers as Auth shapes them. A refusal looks as the API version says that the client names."""

import orjson
from starlette.datastructures import Headers
from starlette.responses import Response

from emulator.standins.supabase.errors import AuthError, WeakPassword

API_VERSION = "x-supabase-api-version"
NAMED_CODES = "2024-01-01"
UNEXPECTED = "Unexpected failure, please check server logs for more information"


def answer(data: object, status: int = 200) -> Response:
    return Response(orjson.dumps(data), status, media_type="application/json")


def refusal(error: AuthError, request_headers: Headers) -> Response:
    """Codes are text from 2024-01-01 on; before, `code` was the status."""
    response = refused(error.status, error.code, str(error), request_headers, error)
    response.headers["x-sb-error-code"] = error.code
    return response


def failure(request_headers: Headers) -> Response:
    """A bug of ours; the traceback is in the log."""
    return refused(500, "unexpected_failure", UNEXPECTED, request_headers, None)


def refused(
    status: int, code: str, text: str, request_headers: Headers, error: AuthError | None
) -> Response:
    weak = {"weak_password": {"reasons": error.reasons}} if isinstance(error, WeakPassword) else {}
    if request_headers.get(API_VERSION, "") < NAMED_CODES:
        return answer({"code": status, "error_code": code, "msg": text, **weak}, status)
    response = answer({"code": code, "message": text, **weak}, status)
    response.headers[API_VERSION] = NAMED_CODES
    return response
