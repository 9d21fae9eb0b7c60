"""What SendGrid refuses in a mail, with its texts (v3 Mail Send, "Errors"). Pure.

A message is JSON of any shape; each problem names the field as SendGrid does.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MAX_RECIPIENTS = 1_000
MAX_CUSTOM_ARGS_BYTES = 10_000
# At most 64 signs before the @: RFC 5321, 4.5.3.1.1. [guess] SendGrid does not say so itself.
ADDRESS = re.compile(r"[^\s@<>,;]{1,64}@[^\s@<>,;]+\.[^\s@<>,;.]+")
HELP = "http://sendgrid.com/docs/API_Reference/Web_API_v3/Mail/errors.html"
EXAMPLES = (
    '{"email" : "example@example.com"} or'
    ' {"email" : "example@example.com", "name" : "Example Recipient"}.'
)

PERSONALIZATIONS = (
    "The personalizations field is required and must have at least one personalization."
)
RECIPIENTS = "There is a limit of 1000 total recipients (to + cc + bcc) per request."
TO = (
    "The to array is required for all personalization objects, and must have at least one email"
    " object with a valid email address."
)
FROM = (
    "The from object must be provided for every email send. It is an object that requires the"
    f" email parameter, but may also contain a name parameter.  e.g. {EXAMPLES}"
)
ADDRESSES = "Does not contain a valid address."
UNIQUE = (
    "Each email address in the personalization block should be unique between to, cc, and bcc."
    " We found the first duplicate instance of [{email}] in the {field} field."
)
SUBJECT = (
    "The subject is required. You can get around this requirement if you use a template with a"
    " subject defined or if every personalization has a subject defined."
)
CONTENT = (
    "Unless a valid template_id is provided, the content parameter is required. There must be at"
    " least one defined content block. We typically suggest both text/plain and text/html blocks"
    " are included, but only one block is required."
)
CONTENT_TYPE = "The content type must be a string at least one character in length."
CONTENT_VALUE = "The content value must be a string at least one character in length."
CONTENT_ORDER = (
    "If present, text/plain and text/html may only be provided once. text/plain must be first,"
    " followed by text/html, followed by any other content."
)
CUSTOM_ARGS = (
    "custom_args has a limit of 10000 bytes that can't be exceeded by any combination of"
    " custom_args."
)


@dataclass(frozen=True, slots=True)
class Problem:
    message: str
    field: str | None = None
    help: str | None = None

    def json(self) -> dict[str, str | None]:
        return {"message": self.message, "field": self.field, "help": self.help}


def problems(message: dict[str, Any]) -> list[Problem]:
    """All that is wrong with the message; an empty list where it would be sent."""
    return [
        *recipients(message),
        *sender(message),
        *reply_to(message),
        *subject(message),
        *content(message),
    ]


def recipients(message: dict[str, Any]) -> Iterator[Problem]:
    blocks = message.get("personalizations")
    if not isinstance(blocks, list) or not blocks:
        yield Problem(PERSONALIZATIONS, "personalizations", f"{HELP}#-Personalizations-Errors")
        return
    if sum(len(list_in(block, key)) for block in blocks for key in KINDS) > MAX_RECIPIENTS:
        yield Problem(RECIPIENTS, "personalizations", f"{HELP}#message.recipient-errors")
        return
    for number, block in enumerate(blocks):
        yield from personalization(f"personalizations.{number}", block)


KINDS = ("to", "cc", "bcc")


def personalization(where: str, block: object) -> Iterator[Problem]:
    if not list_in(block, "to"):
        yield Problem(TO, f"{where}.to", f"{HELP}#message.personalizations.to")
        return
    seen = set()
    for kind in KINDS:
        for number, one in enumerate(list_in(block, kind)):
            email = address_of(one)
            if email is None:
                field = f"{where}.{kind}.{number}.email"
                yield Problem(ADDRESSES, field, f"{HELP}#message.personalizations.{kind}")
            elif email.lower() in seen:
                text = UNIQUE.format(email=email, field=f"{where}.{kind}")
                yield Problem(text, where, f"{HELP}#message.recipient-errors")
            else:
                seen.add(email.lower())
    if size_of(block, "custom_args") > MAX_CUSTOM_ARGS_BYTES:
        yield Problem(CUSTOM_ARGS, f"{where}.custom_args", f"{HELP}#message.custom_args")


def sender(message: dict[str, Any]) -> Iterator[Problem]:
    one = message.get("from")
    if not isinstance(one, dict) or not one.get("email"):
        yield Problem(FROM, "from.email", f"{HELP}#message.from")
    elif address_of(one) is None:
        yield Problem(ADDRESSES, "from.email", f"{HELP}#message.from")


def reply_to(message: dict[str, Any]) -> Iterator[Problem]:
    if "reply_to" in message and address_of(message["reply_to"]) is None:
        yield Problem(ADDRESSES, "reply_to.email", f"{HELP}#message.reply_to")


def subject(message: dict[str, Any]) -> Iterator[Problem]:
    if message.get("template_id") or text_in(message, "subject"):
        return
    blocks = message.get("personalizations")
    if isinstance(blocks, list) and blocks and all(text_in(one, "subject") for one in blocks):
        return
    yield Problem(SUBJECT, "subject", f"{HELP}#message.subject")


def content(message: dict[str, Any]) -> Iterator[Problem]:
    blocks = list_in(message, "content")
    if not blocks and not message.get("template_id"):
        yield Problem(CONTENT, "content", f"{HELP}#message.content")
    for number, block in enumerate(blocks):
        if not text_in(block, "type"):
            yield Problem(CONTENT_TYPE, f"content.{number}.type", f"{HELP}#message.content.type")
        if not text_in(block, "value"):
            yield Problem(CONTENT_VALUE, f"content.{number}.value", f"{HELP}#message.content.value")
    ranks = [RANKS.get(text_in(block, "type").lower(), 2) for block in blocks]
    repeated = any(ranks.count(rank) > 1 for rank in (0, 1))
    if ranks != sorted(ranks) or repeated:
        yield Problem(CONTENT_ORDER, "content", f"{HELP}#message.content")


RANKS = {"text/plain": 0, "text/html": 1}


def address_of(one: object) -> str | None:
    """The address of an email object, if it is one."""
    email = one.get("email") if isinstance(one, dict) else None
    if isinstance(email, str) and ADDRESS.fullmatch(email.strip()):
        return email.strip()
    return None


def shown(one: object) -> str:
    """`Name <address>`, as a mail's head has it."""
    name = text_in(one, "name")
    email = text_in(one, "email")
    return f"{name} <{email}>" if name else email


def list_in(block: object, key: str) -> list[Any]:
    value = block.get(key) if isinstance(block, dict) else None
    return value if isinstance(value, list) else []


def text_in(block: object, key: str) -> str:
    value = block.get(key) if isinstance(block, dict) else None
    return value if isinstance(value, str) else ""


def size_of(block: object, key: str) -> int:
    value = block.get(key) if isinstance(block, dict) else None
    return len(repr(value).encode("utf-8", "replace")) if value else 0
