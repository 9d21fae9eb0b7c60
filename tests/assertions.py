"""What tests say about answers."""

import httpx


def assert_failure(
    response: httpx.Response, *, status: int, code: int, message: str, result: object = None
) -> None:
    """The whole envelope of a refusal."""
    assert response.json() == {
        "result": result,
        "success": False,
        "errors": [{"code": code, "message": message}],
        "messages": [],
    }
    assert response.status_code == status
