"""D1's refusals around Time Travel, import and export (`cloudflare-behaviour` §2.5, §2.8)."""

from emulator.d1.errors import MalformedRequest, QueryFailed


class NoHistory(QueryFailed):
    # [guess] the code and the fact are observed, the wording is not.
    message = "Time Travel: no history available for {point}"


class TooManyRestores(QueryFailed):
    # [guess] the limit is documented, what D1 says past it is not.
    status = 429
    message = "Time Travel: a database may be restored 10 times in 10 minutes; try again later"


class InvalidBookmark(MalformedRequest):
    # [guess] the code is observed, the wording is not.
    message = "The request is malformed: Invalid property: bookmark => Invalid bookmark"


class InvalidTimestamp(MalformedRequest):
    # [guess] as above.
    message = "The request is malformed: Invalid property: timestamp => Invalid timestamp"


class NoRestorePoint(MalformedRequest):
    # [guess] as above.
    message = "The request is malformed: Either bookmark or timestamp is required"


class VirtualTables(QueryFailed):
    message = "D1 Export error: cannot export databases with Virtual Tables (fts5)"


class UnknownFile(MalformedRequest):
    # [guess] both the code and the text.
    message = "The request is malformed: Invalid property: filename => No such file was uploaded"


class LinkExpired(MalformedRequest):
    # Cloudflare's signed URLs lead to R2, which answers in XML; the status is the same.
    status = 403
    message = "The request is malformed: this URL has expired or was never given out"


class ImportInProgress(QueryFailed):
    # [guess] what D1 says to a second import is not known.
    message = "Currently processing a long-running import."


class InvalidEtag(MalformedRequest):
    # [guess] the code is observed, the wording is not.
    message = "The request is malformed: Invalid property: etag => Invalid MD5"
