"""The little XML that S3 speaks: built as text, read with the standard library."""

import re
from collections.abc import Iterable
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from emulator.r2.errors import MalformedXml

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"

# Besides the usual ones what XML would change or forbid: S3 writes it as a reference, too.
SPECIAL = re.compile(r"[&<>\"'\x00-\x08\x0b-\x1f\x7f]")
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"}


def escape(text: str) -> str:
    return SPECIAL.sub(reference, text) if SPECIAL.search(text) else text


def reference(found: re.Match[str]) -> str:
    return ENTITIES.get(found[0]) or f"&#x{ord(found[0]):x};"


def leaf(name: str, value: object) -> str:
    """An element with text; nothing at all for None."""
    if value is None:
        return ""
    text = ("false", "true")[value] if isinstance(value, bool) else escape(str(value))
    return f"<{name}>{text}</{name}>"


def node(name: str, *children: str) -> str:
    return f"<{name}>{''.join(children)}</{name}>"


def document(name: str, children: Iterable[str]) -> bytes:
    """A success: with S3's namespace."""
    return f'{HEAD}<{name} xmlns="{NAMESPACE}">{"".join(children)}</{name}>'.encode()


def error_document(code: str, message: str, details: Iterable[tuple[str, str]] = ()) -> bytes:
    """A refusal: R2's has no namespace."""
    more = "".join(leaf(name, text) for name, text in details)
    return f"{HEAD}<Error>{leaf('Code', code)}{leaf('Message', message)}{more}</Error>".encode()


def parse(body: bytes, name: str) -> Element:
    """The document's root, without namespaces. Raises `MalformedXml` unless it has that name.

    A document type is refused: entities could make a small body a large one. So is UTF-16,
    in which it would not be seen.
    """
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body or b"\0" in body:
        raise MalformedXml()
    try:
        root = ElementTree.fromstring(body)
    except (ElementTree.ParseError, ValueError, LookupError):
        raise MalformedXml() from None
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    if root.tag != name:
        raise MalformedXml()
    return root


def text_of(element: Element, name: str) -> str | None:
    """The text of a child; None where there is no such child."""
    child = element.find(name)
    return None if child is None else child.text or ""


def required(element: Element, name: str) -> str:
    text = text_of(element, name)
    if text is None:
        raise MalformedXml()
    return text


def number_of(element: Element, name: str) -> int | None:
    """A whole number in a child. Raises `MalformedXml`."""
    text = text_of(element, name)
    if text is None:
        return None
    if not text.strip().isdecimal() or len(text) > 18:
        raise MalformedXml()
    return int(text)
