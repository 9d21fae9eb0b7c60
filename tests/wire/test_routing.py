"""A request finds its route by segments, decoded once."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.errors import InvalidIdentifier, MethodNotAllowed, NoRoute
from emulator.wire.call import Call
from emulator.wire.reply import Reply
from emulator.wire.routing import Route, RouteTree


async def handler(call: Call) -> Reply:
    return Reply()


TREE = RouteTree(
    Route(method, path, name, handler)
    for method, path, name in (
        ("GET", "/a/{a}/values/{key}", "get"),
        ("PUT", "/a/{a}/values/{key}", "put"),
        ("GET", "/a/{a}/bulk", "bulk"),
        ("GET", "/a/{a}/{other}", "other"),
        ("GET", "/files/{path:path}", "files"),
    )
)


@given(st.text(min_size=1).filter(lambda key: key not in (".", "..")))
def test_any_key_arrives_as_it_was_encoded(key: str) -> None:
    encoded = quote(key.encode("utf-8", "surrogatepass"), safe="")
    try:
        key.encode()
    except UnicodeEncodeError:
        with pytest.raises(InvalidIdentifier):
            TREE.match("GET", f"/a/1/values/{encoded}".encode())
        return

    assert TREE.match("GET", f"/a/1/values/{encoded}".encode())[1] == {"a": "1", "key": key}


def test_a_literal_segment_wins_over_a_parameter() -> None:
    assert TREE.match("GET", b"/a/1/bulk")[0].name == "bulk"
    assert TREE.match("GET", b"/a/1/bulky")[0].name == "other"


def test_the_rest_of_a_path_is_one_parameter() -> None:
    assert TREE.match("GET", b"/files/a/b%2Fc")[1] == {"path": "a/b/c"}


def test_empty_segments_do_not_count() -> None:
    assert TREE.match("GET", b"//a//1/bulk/")[0].name == "bulk"


@pytest.mark.parametrize("path", [b"/", b"/a", b"/a/1/values/k/more", b"/b"])
def test_a_path_of_no_route_is_refused(path: bytes) -> None:
    with pytest.raises(NoRoute):
        TREE.match("GET", path)


def test_a_method_without_route_is_refused_as_such() -> None:
    with pytest.raises(MethodNotAllowed):
        TREE.match("DELETE", b"/a/1/values/k")


def test_two_routes_in_one_place_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="two routes"):
        RouteTree([Route("GET", "/x/{a}", "one", handler), Route("GET", "/x/{b}", "two", handler)])
