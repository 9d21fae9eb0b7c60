"""The v4 envelope: the only file that builds it (`cloudflare-behaviour` §1.1)."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from emulator.core.errors import CloudflareError
from emulator.wire.reply import JSON, Reply

Message = Mapping[str, object]


def ok(
    result: object,
    result_info: Mapping[str, object] | None = None,
    *,
    messages: Sequence[Message] = (),
) -> Reply:
    """A success with `result`; lists pass their `result_info` as well."""
    body: dict[str, Any] = {
        "result": result,
        "success": True,
        "errors": [],
        "messages": list(messages),
    }
    if result_info is not None:
        body["result_info"] = result_info
    return Reply(orjson.dumps(body))


def failure(error: CloudflareError, result: object = None) -> Reply:
    """A refusal. `result` is what the product puts there on failure: null, `[]` or `{}`."""
    items = [item_of(error), *map(item_of, error.others)]
    body = {"result": result, "success": False, "errors": items, "messages": []}
    headers = JSON
    if error.retry_after_seconds is not None:
        headers = (*JSON, (b"retry-after", b"%d" % error.retry_after_seconds))
    return Reply(orjson.dumps(body), status=error.status, headers=headers)


def item_of(error: CloudflareError) -> dict[str, Any]:
    item: dict[str, Any] = {"code": error.code, "message": str(error)}
    if error.chain:
        item["error_chain"] = [{"code": code, "message": text} for code, text in error.chain]
    return item
