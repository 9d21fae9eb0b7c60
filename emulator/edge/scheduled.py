"""`/cdn-cgi/handler/scheduled`: a script's cron handler, run at once, as `wrangler dev` has it."""

from urllib.parse import parse_qs

import orjson

from emulator.hosting.scheduler import Scheduler
from emulator.wire.reply import JSON, Headers, Reply

PATH = "/cdn-cgi/handler/scheduled"
TEXT: Headers = ((b"content-type", b"text/plain;charset=UTF-8"),)
MAX_DIGITS = 15


async def run_now(
    scheduler: Scheduler, account_id: str, script: str, query: bytes, now: float
) -> Reply:
    """`?cron=` is what the handler is told, `time` is in milliseconds; `format=json` says more."""
    asked = parse_qs(query.decode("latin-1"))
    time = asked.get("time", [""])[0]
    if time and not (time.isascii() and time.isdigit() and len(time) <= MAX_DIGITS):
        return Reply(b"time is no number of milliseconds", status=400, headers=TEXT)
    at = int(time) / 1000 if time else now
    ran = await scheduler.run(account_id, script, asked.get("cron", [""])[0], at)
    status = 200 if ran["outcome"] == "ok" else 500
    if asked.get("format") == ["json"]:
        return Reply(orjson.dumps(ran), status=status, headers=JSON)
    return Reply(str(ran.get("error") or ran["outcome"]).encode(), status=status, headers=TEXT)
