"""What tests say about the S3 door's answers: whole documents, whole refusals."""

from xml.sax.saxutils import escape

import httpx

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
XMLNS = "http://s3.amazonaws.com/doc/2006-03-01/"
# What goes with every answer and is not the operation's own.
COMMON = {"server", "cf-ray", "content-length"}

# Of the object `key` whose content is `value`.
ETAG = '"2063c1608d6e0baf80249c42e2be5804"'
SHOWN = {
    "content-type": "application/octet-stream",
    "etag": ETAG,
    "last-modified": "Thu, 01 Jan 2026 00:00:00 GMT",
    "accept-ranges": "bytes",
}


def document(name: str, *children: str) -> str:
    """A success as it stands on the wire."""
    return f'{HEAD}<{name} xmlns="{XMLNS}">{"".join(children)}</{name}>'


def owner(account_id: str, name: str = "Owner") -> str:
    return f"<{name}><ID>{account_id}</ID><DisplayName>{account_id}</DisplayName></{name}>"


def own_headers(response: httpx.Response) -> dict[str, str]:
    """The headers that the operation itself has set."""
    return {name: value for name, value in response.headers.items() if name not in COMMON}


def refusal_of(response: httpx.Response) -> tuple[int, str]:
    """Status and S3's code of a refusal."""
    code = response.text.partition("<Code>")[2].partition("</Code>")[0]
    return response.status_code, code


def assert_refused(response: httpx.Response, status: int, code: str, message: str) -> None:
    """The whole refusal."""
    text = escape(message, {"'": "&apos;", '"': "&quot;"})
    assert response.text == f"{HEAD}<Error><Code>{code}</Code><Message>{text}</Message></Error>"
    assert response.status_code == status
    assert response.headers["content-type"] == "application/xml"
