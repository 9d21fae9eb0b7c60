"""Requests, answers, headers and forms, without a process."""

from collections.abc import AsyncIterator

import pytest

from emulator.workers.python.forms import Blob, File, FormData, URLSearchParams, parse_form
from emulator.workers.python.headers import Headers
from emulator.workers.python.messages import URL, Request, Response
from emulator.workers.python.requests import WorkerRequest, WorkerResponse
from emulator.workers.python.values import JsException


def test_headers_join_values_but_for_cookies() -> None:
    headers = Headers([("A", "1"), ("a", "2"), ("Set-Cookie", "x=1, y"), ("set-cookie", "z")])

    assert headers.entries() == [("a", "1, 2"), ("set-cookie", "x=1, y"), ("set-cookie", "z")]
    assert headers.getSetCookie() == ["x=1, y", "z"]


@pytest.mark.parametrize(("name", "value"), [("a", "b\r\nc: d"), ("a b", "c"), ("", "c")])
def test_a_header_cannot_break_the_line(name: str, value: str) -> None:
    with pytest.raises(JsException):
        Headers({name: value})


async def test_a_body_is_read_once() -> None:
    request = WorkerRequest("https://a.example", method="POST", body='{"n": 42}')

    assert (await request.json())["n"] == 42
    with pytest.raises(OSError, match="already been used"):
        await request.text()
    with pytest.raises(OSError, match="already been used"):
        request.clone()


async def test_a_clone_has_the_same_stream() -> None:
    async def pieces() -> AsyncIterator[str | bytes]:
        yield "one "
        yield b"two"

    answer = Response(pieces())
    copy = answer.clone()

    assert [await copy.text(), await answer.text()] == ["one two", "one two"]


async def test_json_is_made_by_the_class_and_read_from_an_answer() -> None:
    answer = WorkerResponse.json({"obj": {"n": 1}}, status=404)

    assert (answer.status, answer.headers.get("content-type")) == (404, "application/json")
    assert await answer.json() == {"obj": {"n": 1}}


@pytest.mark.parametrize("status", [99, 199, 600, "200"])
def test_a_status_that_there_is_not_is_refused(status: object) -> None:
    with pytest.raises(ValueError, match="status codes in the range 200 to 599"):
        WorkerResponse("", status=status)


def test_an_answer_cannot_be_made_of_anything() -> None:
    with pytest.raises(TypeError, match="Unsupported type in Response: dict"):
        WorkerResponse({"a": 1})


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("https://Test.com", "https://test.com/"),
        ("https://user:pw@a.example:443/ü b?q=é#x", "https://a.example/%C3%BC%20b?q=%C3%A9#x"),
        ("http://a.example:8080/%2f", "http://a.example:8080/%2f"),
    ],
)
def test_a_url_is_normal(given: str, url: str) -> None:
    assert Request(given).url == url


@pytest.mark.parametrize("url", ["", "/path", "ftp://a", "https://", "javascript:1"])
def test_a_url_has_to_be_absolute(url: str) -> None:
    with pytest.raises(JsException, match="Invalid URL"):
        Request(url)


def test_a_url_has_parts() -> None:
    url = URL("../c?d=1&d=2#e", "https://a.example:8080/b/x/y")

    assert (url.pathname, url.search, url.hash, url.port) == ("/b/c", "?d=1&d=2", "#e", "8080")
    assert url.searchParams.getAll("d") == ["1", "2"]


async def test_a_form_comes_back_as_it_was_sent() -> None:
    form = FormData({"field": "välue"})
    form.append("file", File(b"\r\n--x\r\n", "a.bin", content_type="a/b"))
    form.append("blob", Blob("text"), "b.txt")
    request = Request("https://a.example", method="POST", body=form)

    back = await request.formData()

    assert (back["field"], back["file"].name, back["file"].type) == ("välue", "a.bin", "a/b")
    assert (back["file"].content, back["blob"].name) == (b"\r\n--x\r\n", "b.txt")


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"x", "text/plain"), (b"--b\r\nno end", "multipart/form-data; boundary=b"), (b"", "")],
)
def test_what_is_no_form_is_refused(body: bytes, kind: str) -> None:
    with pytest.raises(JsException):
        parse_form(body, kind)


def test_a_query_is_read_and_written() -> None:
    params = URLSearchParams.new("?a=1&b=%20x&a=2")
    params.set("b", "y z")

    assert params.getAll("a") == ["1", "2"]
    assert str(params) == "a=1&a=2&b=y+z"
