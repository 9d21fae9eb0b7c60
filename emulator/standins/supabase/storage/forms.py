"""The bodies clients send to Storage. A null is as good as nothing; a wrong type is refused."""

from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from emulator.standins.supabase.storage.errors import InvalidBody, InvalidRequest

MAX_LIST = 10_000
DEFAULT_LIST = 100
MAX_KEYS = 1_000
# Ten years and more; a JWT's time must stay a number.
MAX_SECONDS = 10**10


class Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class NewBucket(Form):
    name: str
    id: str | None = None
    public: bool | None = None
    file_size_limit: int | str | None = None
    allowed_mime_types: list[str] | None = None
    type: str | None = None


class ChangedBucket(Form):
    public: bool | None = None
    file_size_limit: int | str | None = None
    allowed_mime_types: list[str] | None = None


class SortBy(Form):
    column: str | None = None
    order: str | None = None


class Search(Form):
    prefix: str
    limit: int = Field(DEFAULT_LIST, ge=1)
    offset: int = Field(0, ge=0, lt=2**53)
    search: str | None = None
    sortBy: SortBy | None = None


class SearchV2(Form):
    prefix: str = ""
    limit: int = Field(1_000, ge=1)
    cursor: str = ""
    with_delimiter: bool = False


class Transfer(Form):
    """Of `move` and `copy`."""

    bucketId: str
    sourceKey: str
    destinationKey: str
    destinationBucket: str | None = None


class Remove(Form):
    prefixes: list[str] = Field(min_length=1, max_length=MAX_KEYS)


class Sign(Form):
    expiresIn: int = Field(ge=1, le=MAX_SECONDS)
    transform: dict[str, Any] | None = None


class SignMany(Form):
    expiresIn: int = Field(ge=1, le=MAX_SECONDS)
    paths: list[str] = Field(min_length=1, max_length=MAX_KEYS)


F = TypeVar("F", bound=Form)


def read(form: type[F], body: bytes) -> F:
    """The body as a form. Raises a refusal in the words of Storage's validator."""
    try:
        data = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError:
        raise InvalidRequest(reason="Body is not valid JSON") from None
    if not isinstance(data, dict):
        raise InvalidBody(reason="body must be object")
    try:
        return form.model_validate({name: one for name, one in data.items() if one is not None})
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = "/".join(str(part) for part in first["loc"])
        if first["type"] == "missing":
            raise InvalidBody(reason=f"body must have required property '{where}'") from None
        raise InvalidBody(reason=f"body/{where} {first['msg']}") from None


def given(form: type[Form], body: bytes) -> set[str]:
    """The fields of a form that the body names, null or not."""
    data = orjson.loads(body or b"{}")
    return set(data) & set(form.model_fields)
