"""D1's refusals (`cloudflare-behaviour` §2.5). Every error of the SQL engine has code 7500."""

from emulator.core.errors import CloudflareError


class MalformedRequest(CloudflareError):
    code, message = 7400, "The request is malformed: {reason}"


class AccountNotAuthorized(CloudflareError):
    code, status = 7403, 403
    message = "The given account is not valid or is not authorized to access this service"


class DatabaseNotFound(CloudflareError):
    code, status, message = 7404, 404, "The database {database_id} could not be found"


class TooManyDatabases(CloudflareError):
    # [guess] the code is observed, the text is not.
    code, message = 7406, "This account has reached its limit of {limit} databases"


class DatabaseExists(CloudflareError):
    # [guess] the code is observed, the text is not.
    code, message = 7502, "A database with the name '{name}' already exists"


class QueryFailed(CloudflareError):
    """What the SQL engine said no to, in its words."""

    code, message = 7500, "{text}"


class WrongParameters(QueryFailed):
    message = "Wrong number of parameter bindings for SQL query."


class NoStatement(QueryFailed):
    message = "No SQL statements detected."


class QueryTimedOut(QueryFailed):
    # [guess] the text is documented for this case, HTTP 400 is not.
    message = "D1 DB storage operation exceeded timeout which caused object to be reset."


class ResultTooLarge(QueryFailed):
    # [guess] the text is documented, its threshold is not.
    message = "D1 DB exceeded its memory limit and was reset."


class DatabaseFull(QueryFailed):
    message = "Exceeded maximum DB size."


class Overloaded(CloudflareError):
    # [guess] the text is documented, the number is not.
    code, status, message = 7429, 429, "D1 DB is overloaded. Too many requests queued."
