"""The logs of one account's gateways: written with the answer, read at once."""

import orjson

from emulator.ai_gateway.errors import LogNotFound, PayloadNotFound
from emulator.ai_gateway.filters import order, where
from emulator.ai_gateway.limits import MAX_HEAD_CHARACTERS, MAX_LOG_BYTES, MAX_LOGS
from emulator.ai_gateway.models import (
    GatewayRecord,
    Log,
    LogPage,
    LogQuery,
    NewLog,
    Payload,
    Scalar,
)
from emulator.ai_gateway.schema import (
    ADD_LOG,
    ADD_PAYLOAD,
    COUNT,
    COUNTED,
    LOG,
    LOG_COLUMNS,
    LOG_NUMBER,
    OLDEST,
    PAYLOAD,
)
from emulator.core.storage import Row, Storage

NOTHING = Payload(b"")
METERS = ("cost", "duration", "tokens_in", "tokens_out", "total_tokens")


class LogStore:
    """Knows a log's rules and nothing of HTTP. Writes belong in a transaction."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def add(self, gateway: GatewayRecord, new: NewLog) -> bool:
        """Store the log; False where it may not be: the gateway is full, or the log too large."""
        request, response = new.request or NOTHING, new.response or NOTHING
        if len(request.body) + len(response.body) > MAX_LOG_BYTES:
            return False
        with self._storage.transaction():
            if not self._make_room(gateway):
                return False
            self._storage.execute(ADD_LOG, row_of(gateway, new, request, response))
            if new.request is not None:
                number = self._storage.last_number()
                payload = (number, request.body, request.content_type)
                kept = (*payload, response.body, response.content_type)
                self._storage.execute(ADD_PAYLOAD, kept)
            self._storage.execute(COUNTED, (1, gateway.number))
        return True

    def get(self, gateway: GatewayRecord, log_id: str) -> Log:
        rows = self._storage.read(LOG, (gateway.number, log_id))
        if not rows:
            raise LogNotFound()
        return log_of(rows[0])

    def payloads(self, gateway: GatewayRecord, log_id: str) -> tuple[Payload, Payload]:
        """What was sent and answered; raises `PayloadNotFound` where that was not kept."""
        rows = self._storage.read(PAYLOAD, (gateway.number, log_id))
        if not rows:
            self.get(gateway, log_id)
            raise PayloadNotFound()
        [(request, request_type, response, response_type)] = rows
        return Payload(request, request_type), Payload(response, response_type)

    def page(self, gateway: GatewayRecord, query: LogQuery, start: int, count: int) -> LogPage:
        """`count` logs from `start` on, and how many there are in all."""
        condition, values = where(query)
        values.insert(0, gateway.number)
        sql = f"SELECT {LOG_COLUMNS} FROM logs WHERE {condition} ORDER BY {order(query)}"
        rows = self._storage.read(f"{sql} LIMIT ? OFFSET ?", (*values, count, start))
        [(total,)] = self._storage.read(f"SELECT count(*) FROM logs WHERE {condition}", values)
        return LogPage([log_of(row) for row in rows], total)

    def extremes(self, gateway: GatewayRecord, query: LogQuery) -> dict[str, float]:
        """`min_cost`, `max_cost` and so on, over all logs the query means."""
        condition, values = where(query)
        columns = [name.replace("total_tokens", "tokens_in + tokens_out") for name in METERS]
        wanted = ", ".join(f"min({one}), max({one})" for one in columns)
        sql = f"SELECT {wanted} FROM logs WHERE {condition}"
        [row] = self._storage.read(sql, (gateway.number, *values))
        names = [f"{end}_{name}" for name in METERS for end in ("min", "max")]
        return {name: value or 0 for name, value in zip(names, row, strict=True)}

    def change(
        self,
        gateway: GatewayRecord,
        log_id: str,
        *,
        feedback: int | None = None,
        score: float | None = None,
        metadata: dict[str, Scalar] | None = None,
    ) -> None:
        """Set what is given and leave the rest."""
        changes = {
            "feedback": feedback,
            "score": score,
            "metadata": None if metadata is None else orjson.dumps(metadata).decode(),
        }
        given = {name: value for name, value in changes.items() if value is not None}
        if not self._storage.read_for_write(LOG_NUMBER, (gateway.number, log_id)):
            raise LogNotFound()
        if given:
            wanted = ", ".join(f"{name} = ?" for name in given)
            sql = f"UPDATE logs SET {wanted} WHERE gateway = ? AND id = ?"
            self._storage.execute(sql, (*given.values(), gateway.number, log_id))

    def delete(self, gateway: GatewayRecord, query: LogQuery, limit: int) -> int:
        """Delete the first `limit` logs of the query; how many they were."""
        condition, values = where(query)
        sql = f"SELECT number FROM logs WHERE {condition} ORDER BY {order(query)} LIMIT ?"
        with self._storage.transaction():
            found = self._storage.read_for_write(sql, (gateway.number, *values, limit))
            self._remove(gateway, found)
        return len(found)

    def _make_room(self, gateway: GatewayRecord) -> bool:
        """Whether one more log fits; the oldest go where the gateway says so."""
        limit = gateway.configuration.log_management or MAX_LOGS
        [(count,)] = self._storage.read_for_write(COUNT, (gateway.number,)) or [(limit,)]
        if count < limit:
            return True
        if gateway.configuration.log_management_strategy != "DELETE_OLDEST":
            return False
        surplus = count - limit + 1
        self._remove(gateway, self._storage.read_for_write(OLDEST, (gateway.number, surplus)))
        return True

    def _remove(self, gateway: GatewayRecord, numbers: list[Row]) -> None:
        for (number,) in numbers:
            self._storage.execute("DELETE FROM payloads WHERE log = ?", (number,))
            self._storage.execute("DELETE FROM logs WHERE number = ?", (number,))
        self._storage.execute(COUNTED, (-len(numbers), gateway.number))


def row_of(
    gateway: GatewayRecord, new: NewLog, request: Payload, response: Payload
) -> tuple[str | int | float | None, ...]:
    return (
        gateway.number,
        new.user_agent,
        new.authentication,
        new.compat,
        new.id,
        new.created_at,
        new.provider,
        new.model,
        new.model_type,
        new.path,
        new.duration_ms,
        new.status_code,
        new.success,
        new.cached,
        new.step,
        new.tokens_in,
        new.tokens_out,
        new.cost,
        new.custom_cost,
        None if new.metadata is None else orjson.dumps(new.metadata).decode(),
        new.request_type,
        new.request_content_type,
        new.response_content_type,
        new.event_id,
        None,
        None,
        len(request.body),
        len(response.body),
        head_of(new.request),
        head_of(new.response),
    )


def head_of(payload: Payload | None) -> str | None:
    """The beginning of a payload as text."""
    if payload is None:
        return None
    return payload.body[: 4 * MAX_HEAD_CHARACTERS].decode("utf-8", "replace")[:MAX_HEAD_CHARACTERS]


def log_of(row: Row) -> Log:
    (
        log_id,
        created_at,
        provider,
        model,
        model_type,
        path,
        duration,
        status_code,
        success,
        cached,
        step,
        tokens_in,
        tokens_out,
        cost,
        custom_cost,
        metadata,
        request_type,
        request_content_type,
        response_content_type,
        event_id,
        feedback,
        score,
        request_size,
        response_size,
        request_head,
        response_head,
    ) = row
    return Log(
        id=log_id,
        created_at=created_at,
        provider=provider,
        model=model,
        model_type=model_type,
        path=path,
        duration_ms=duration,
        status_code=status_code,
        success=bool(success),
        cached=bool(cached),
        step=step,
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        cost=cost,
        custom_cost=bool(custom_cost),
        metadata=None if metadata is None else orjson.loads(metadata),
        request_type=request_type,
        request_content_type=request_content_type,
        response_content_type=response_content_type,
        event_id=event_id,
        feedback=feedback,
        score=score,
        request_size=request_size,
        response_size=response_size,
        request_head=request_head,
        response_head=response_head,
    )
