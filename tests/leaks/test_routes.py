"""Routes come from a list or from an OpenAPI document, and much of `leaks.toml` with them."""

from typing import Any

import pytest

from emulator.leaks.routes import RoutesError, from_list, from_openapi
from emulator.leaks.settings import SettingsError, expanded, settings_of

NOTE = {
    "type": "object",
    "properties": {
        "text": {"type": "string"},
        "mail": {"type": "string", "format": "email"},
        "bookId": {"type": "string"},
        "colour": {"enum": ["red", "blue"]},
        "pages": {"type": "integer", "minimum": 3},
    },
}


def document(**more: Any) -> dict[str, Any]:
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Note"}}}}
    return {
        "openapi": "3.1.0",
        "security": [{"bearer": []}],
        "paths": {
            "/books": {"post": {}},
            "/books/{book_id}": {"delete": {}},
            "/notes": {"get": {"security": []}, "post": {"requestBody": body}},
            "/notes/{id}": {"get": {}, "delete": {}},
        },
        "components": {"schemas": {"Note": NOTE}},
        **more,
    }


def test_a_list_names_a_route_a_line() -> None:
    routes = from_list("# notes\nGET /notes\n\nDELETE /notes/{id}  # one\n")

    assert [route.name for route in routes] == ["GET /notes", "DELETE /notes/:id"]


def test_a_line_that_is_no_route_is_named() -> None:
    with pytest.raises(RoutesError, match="line 2 is no route: FETCH /notes"):
        from_list("GET /notes\nFETCH /notes")


def test_a_document_tells_bodies_with_markers_in_every_text() -> None:
    routes = {route.name: route for route in from_openapi(document())}

    assert routes["GET /notes"].is_public
    assert not routes["POST /notes"].is_public
    assert routes["POST /notes"].body == {
        "text": "{marker}",
        "mail": "{marker}@example.com",
        "bookId": "{marker}",
        "colour": "red",
        "pages": 3,
    }


def test_what_makes_and_what_removes_is_guessed_by_the_paths() -> None:
    specs = settings_of({}, from_openapi(document())).specs

    assert specs["POST /notes"].makes == "/notes"
    assert specs["POST /notes"].undo == "DELETE /notes/:id"
    assert specs["GET /notes/:id"].ids == {"id": "/notes"}
    assert specs["POST /notes"].body["bookId"] == "{id:/books}"


def test_another_kind_of_document_is_refused() -> None:
    with pytest.raises(RoutesError, match="no OpenAPI 3"):
        from_openapi({"swagger": "2.0"})


def test_a_route_that_the_api_does_not_have_is_named() -> None:
    with pytest.raises(SettingsError, match="the API has no GET /nodes"):
        settings_of({"routes": {"GET /nodes": {}}}, from_list("GET /notes"))


def test_a_key_that_is_none_is_named() -> None:
    with pytest.raises(SettingsError, match="no such key: bdoy"):
        settings_of({"routes": {"GET /notes": {"bdoy": {}}}}, from_list("GET /notes"))


def test_variables_stand_for_what_is_secret() -> None:
    assert expanded({"a": ["${KEY}-${NONE}"]}, {"KEY": "k"}) == {"a": ["k-"]}


@pytest.mark.parametrize("required", [True, False])
def test_a_parameter_that_searches_is_given_a_word_to_search_for(required: bool) -> None:
    parameter = {"name": "search", "in": "query", "required": required}
    document = {"openapi": "3.1.0", "paths": {"/notes": {"get": {"parameters": [parameter]}}}}

    specs = settings_of({}, from_openapi(document)).specs

    searching = specs["GET /notes" if required else "GET /notes#search"]
    assert searching.query == {"search": "{term}"}
    assert required or specs["GET /notes"].query == {}
