"""Where the tail worker beside a script tells what the script has done: one event a line."""

import orjson

from emulator.core.errors import InvalidBody, MethodNotAllowed
from emulator.wire.binding import BindingCall, Door, refused_in_text
from emulator.wire.reply import Reply
from emulator.workers.tails import MAX_EVENTS_BYTES, Json, Watchers


def door(watchers: Watchers) -> Door:
    """The door; the token's resource is the script."""

    async def handle(call: BindingCall) -> Reply:
        if call.scope["method"] != "POST":
            raise MethodNotAllowed()
        call.operation = "tail.events"
        events = events_in(await call.body(MAX_EVENTS_BYTES))
        binding = call.binding
        for event in events:
            # What ran by another entrance of the script is the script's, too.
            named = {**event, "scriptName": binding.resource}
            watchers.publish(binding.account_id, binding.resource, named)
        call.detail = {"script": binding.resource, "events": len(events)}
        return Reply(status=204, headers=())

    return Door(handle, refused_in_text)


def events_in(body: bytes) -> list[Json]:
    """Raises `InvalidBody`."""
    try:
        events = [orjson.loads(line) for line in body.splitlines() if line]
        # What cannot be sent on, for it is too deep, is refused here.
        orjson.dumps(events)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError) as error:
        raise InvalidBody(reason=error) from None
    if not all(isinstance(event, dict) for event in events):
        raise InvalidBody(reason="an event is a JSON object")
    return events
