"""What Apify refuses: status, type and text as its API says them."""


class ApifyError(Exception):
    status = 400
    type = "invalid-input"
    message = "The request is not valid"

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.message)


class NoToken(ApifyError):
    status, type = 401, "token-not-provided"
    message = "Authentication token was not provided"


class ActorNotFound(ApifyError):
    status, type, message = 404, "record-not-found", "Actor was not found"


class RunNotFound(ApifyError):
    status, type, message = 404, "record-not-found", "Actor run was not found"


class DatasetNotFound(ApifyError):
    status, type, message = 404, "record-not-found", "Dataset was not found"


class StoreNotFound(ApifyError):
    status, type, message = 404, "record-not-found", "Key-value Store was not found"


class PageNotFound(ApifyError):
    status, type = 404, "page-not-found"
    message = (
        "We have bad news: there is no API endpoint at this URL. Did you specify it correctly?"
    )


class NotBuilt(ApifyError):
    status, type = 501, "not-implemented"


class BadInput(ApifyError):
    status, type = 400, "invalid-input"


class BadValue(ApifyError):
    status, type = 400, "invalid-value"


class BadFixture(ApifyError):
    """The user's own file: said as what it is."""

    status, type = 500, "bad-fixture"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"the fixture {name} cannot be used: {reason}")
