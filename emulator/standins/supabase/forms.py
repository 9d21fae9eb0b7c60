"""The bodies clients send. A null is as good as nothing; a wrong type is bad JSON.

What is not named here is ignored, as Auth does.
"""

import re
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from emulator.standins.supabase.errors import BadJson, ValidationFailed
from emulator.standins.supabase.models import Json
from emulator.standins.supabase.one_time import Challenge

MAX_EMAIL_CHARACTERS = 255
EMAIL = re.compile(
    r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
    r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*"
)
CHALLENGE = re.compile(r"[a-zA-Z._~0-9-]+")
MIN_CHALLENGE, MAX_CHALLENGE = 43, 128
# Around metadata in the deepest answer; the encoder takes 254 levels in all.
ENVELOPE_LEVELS = 10


class Form(BaseModel):
    """A JSON object. Fields that are null have their default."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def drop_nulls(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {name: value for name, value in data.items() if value is not None}


class WithChallenge(Form):
    code_challenge: str = ""
    code_challenge_method: str = ""

    @property
    def challenge(self) -> Challenge | None:
        """What a PKCE flow begins with; None for any other. Raises `ValidationFailed`."""
        text, method = self.code_challenge, self.code_challenge_method
        if not text and not method:
            return None
        if not text or not method:
            reason = "PKCE flow requires code_challenge_method and code_challenge"
            raise ValidationFailed(reason=reason)
        if not MIN_CHALLENGE <= len(text) <= MAX_CHALLENGE:
            reason = (
                f"code challenge has to be between {MIN_CHALLENGE} and {MAX_CHALLENGE} characters"
            )
            raise ValidationFailed(reason=reason)
        if CHALLENGE.fullmatch(text) is None or method.lower() not in ("s256", "plain"):
            reason = "code challenge can only contain alphanumeric characters, hyphens, periods,"
            raise ValidationFailed(reason=f"{reason} underscores and tildes")
        return Challenge(text, method)


class SignUp(WithChallenge):
    email: str = ""
    phone: str = ""
    password: str = ""
    data: Json | None = None


class PasswordGrant(Form):
    email: str = ""
    phone: str = ""
    password: str = ""


class RefreshGrant(Form):
    refresh_token: str = ""


class PkceGrant(Form):
    auth_code: str = ""
    code_verifier: str = ""


class Recover(WithChallenge):
    email: str = ""


class Otp(WithChallenge):
    email: str = ""
    phone: str = ""
    create_user: bool = True
    data: Json | None = None


class Resend(WithChallenge):
    type: str = ""
    email: str = ""
    phone: str = ""


class Invite(Form):
    email: str = ""
    data: Json | None = None


class Verify(Form):
    type: str = ""
    token: str = ""
    token_hash: str = ""
    email: str = ""
    phone: str = ""
    redirect_to: str = ""


class UpdateUser(WithChallenge):
    email: str = ""
    phone: str = ""
    password: str | None = None
    data: Json | None = None
    app_metadata: Json | None = None


class AdminUser(Form):
    id: str = ""
    role: str = ""
    email: str = ""
    phone: str = ""
    password: str | None = None
    password_hash: str = ""
    email_confirm: bool = False
    user_metadata: Json | None = None
    app_metadata: Json | None = None
    ban_duration: str = ""


class DeleteUser(Form):
    should_soft_delete: bool = False


class GenerateLink(Form):
    type: str = ""
    email: str = ""
    new_email: str = ""
    password: str = ""
    data: Json | None = None
    redirect_to: str = ""


F = TypeVar("F", bound=Form)


def read(form: type[F], body: bytes) -> F:
    """The body as a form. Raises `BadJson`."""
    try:
        data = orjson.loads(body)
        orjson.dumps(nested(data))
    except (orjson.JSONDecodeError, orjson.JSONEncodeError) as error:
        raise BadJson(reason=str(error) if body else "unexpected end of JSON input") from None
    try:
        return form.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadJson(reason=f"{where}: {first['msg']}" if where else first["msg"]) from None


def nested(data: object) -> object:
    """The data as deep as an answer has it: what could not be said again is refused."""
    for _ in range(ENVELOPE_LEVELS):
        data = [data]
    return data


def address(email: str) -> str:
    """An e-mail address as it is kept: in lower case. Raises `ValidationFailed`."""
    if not email:
        raise ValidationFailed(reason="An email address is required")
    if len(email) > MAX_EMAIL_CHARACTERS:
        raise ValidationFailed(reason="An email address is too long")
    if EMAIL.fullmatch(email) is None:
        raise ValidationFailed(reason="Unable to validate email address: invalid format")
    return email.lower()
