"""What a statement came to, as an HTTP answer."""

from dataclasses import dataclass

import orjson

from emulator.standins.supabase.rest.errors import RestError, out_of_range
from emulator.standins.supabase.rest.plans import Plan
from emulator.standins.supabase.rest.requests import JSON, RestRequest, Wanted, content_range
from emulator.standins.supabase.rest.statements import Outcome

# Which of a client's preferences each kind of request heeds, beside those that all do.
HEEDED = {
    "read": (),
    "insert": ("resolution", "missing", "return"),
    "update": ("missing", "return", "max-affected"),
    "delete": ("return", "max-affected"),
    "call": ("max-affected",),
}


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: str


def answer_of(request: RestRequest, wanted: Wanted, plan: Plan, outcome: Outcome) -> Answer:
    """Raises `PGRST103` for an offset beyond the last row."""
    heeded = HEEDED[plan.kind]
    if not plan.resolves:
        heeded = tuple(one for one in heeded if one != "resolution")
    applied = request.preferences.applied(*heeded)
    headers = {"preference-applied": applied} if applied else {}
    match plan.kind:
        case "read" | "call":
            answer = answer_read(plan, outcome, headers)
        case "insert":
            answer = answer_insert(request, plan, outcome, headers)
        case _:
            answer = answer_change(request, plan, outcome, headers)
    if answer.body or plan.kind == "read":
        answer.headers["content-type"] = wanted.content_type
    if request.headers.get("accept-profile") or request.headers.get("content-profile"):
        answer.headers["content-profile"] = request.schema
    return overridden(answer, outcome)


def answer_read(plan: Plan, outcome: Outcome, headers: dict[str, str]) -> Answer:
    lower = plan.query.offsets.get((), 0)
    headers["content-range"] = content_range(lower, outcome.rows, outcome.total)
    if plan.function is not None and plan.function.kind == "void":
        return Answer(204, headers, "")
    total = outcome.total
    if total is not None and lower > total:
        raise out_of_range(f"An offset of {lower} was requested, but there are only {total} rows.")
    status = 206 if total is not None and outcome.rows < total else 200
    return Answer(status, headers, outcome.body or "")


def answer_insert(
    request: RestRequest, plan: Plan, outcome: Outcome, headers: dict[str, str]
) -> Answer:
    counted = outcome.rows if request.preferences.count else None
    headers["content-range"] = f"*/{'*' if counted is None else counted}"
    if outcome.location:
        headers["location"] = f"/{request.name}?{'&'.join(outcome.location)}"
    merging = request.preferences.resolution == "merge-duplicates"
    only_updated = merging and plan.resolves and (outcome.inserted or 0) <= 0
    return Answer(200 if only_updated else 201, headers, outcome.body or "")


def answer_change(
    request: RestRequest, plan: Plan, outcome: Outcome, headers: dict[str, str]
) -> Answer:
    total = outcome.rows if request.preferences.count else None
    rows = outcome.rows if plan.kind == "update" else 0
    headers["content-range"] = content_range(0, rows, total)
    return Answer(200 if plan.shows else 204, headers, outcome.body or "")


def overridden(answer: Answer, outcome: Outcome) -> Answer:
    """What a function has set as `response.status` and `response.headers`."""
    status, headers = answer.status, answer.headers
    if outcome.status is not None:
        if not (outcome.status.isdecimal() and 200 <= int(outcome.status[:9]) < 600):
            raise RestError(500, "PGRST112", "response.status guc must be a valid status code")
        status = int(outcome.status)
    if outcome.headers is not None:
        headers = {**headers, **given_headers(outcome.headers)}
    return Answer(status, headers, answer.body)


def given_headers(text: str) -> dict[str, str]:
    wrong = RestError(
        500,
        "PGRST111",
        "response.headers guc must be a JSON array composed of objects with a single key and a"
        " string value",
    )
    try:
        listed = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise wrong from None
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise wrong
    found = {key.lower(): value for one in listed for key, value in one.items()}
    if not all(is_header(key) and is_header(value) for key, value in found.items()):
        raise wrong
    return found


def is_header(text: object) -> bool:
    return isinstance(text, str) and text.isascii() and text.isprintable()


def refusal(error: RestError) -> Answer:
    headers = {
        "content-type": JSON,
        "proxy-status": f"PostgREST; error={error.code}",
        **error.headers,
    }
    return Answer(error.status, headers, orjson.dumps(error.json()).decode())
