"""What tests say about the answers to calls of Workers."""

from typing import Any

import httpx

from tests.assertions import assert_failure


def result(response: httpx.Response) -> Any:
    assert response.status_code == 200, response.text
    return response.json()["result"]


def assert_missing(response: httpx.Response) -> None:
    message = "This Worker does not exist on your account."
    assert_failure(response, status=404, code=10007, message=message)
