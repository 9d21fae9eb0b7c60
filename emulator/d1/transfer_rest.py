"""Export and import in Cloudflare's API, and the links to their files.

https://developers.cloudflare.com/api/resources/d1/subresources/database/methods/export/
https://developers.cloudflare.com/api/resources/d1/subresources/database/methods/import/

Cloudflare's links lead to R2. Ours lead here, below `/_twin/`, and need no credentials:
whoever holds one may use it, for an hour.
"""

import asyncio
from collections.abc import AsyncGenerator
from functools import partial
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from emulator.core.errors import CloudflareError
from emulator.d1.database import D1Database
from emulator.d1.dump import DumpOptions
from emulator.d1.errors import MalformedRequest
from emulator.d1.rest import Json, answer, route
from emulator.d1.transfer import Dumped, Imported, Job, Transfers
from emulator.d1.transfer_errors import UnknownFile
from emulator.wire.api import BASE
from emulator.wire.body import parse
from emulator.wire.call import Call
from emulator.wire.reply import Reply
from emulator.wire.routing import Route

UPLOADS = "/_twin/d1/uploads"
DUMPS = "/_twin/d1/dumps"

MAX_UPLOAD_BYTES = 5 * 1024**3
BLOCK_BYTES = 1024**2


class Options(BaseModel):
    no_data: bool = False
    no_schema: bool = False
    tables: list[str] = []


class Export(BaseModel):
    output_format: Literal["polling"]
    current_bookmark: str | None = None
    dump_options: Options = Options()


class Action(BaseModel):
    action: Literal["init", "ingest", "poll"]


class Init(BaseModel):
    etag: str


class Ingest(BaseModel):
    etag: str
    filename: str


class Poll(BaseModel):
    current_bookmark: str


async def export_database(transfers: Transfers, call: Call) -> Reply:
    database = call.account.d1.open(call.params["database_id"])
    body = parse(Export, call.body, MalformedRequest)
    wanted = body.dump_options
    options = DumpOptions(wanted.no_data, wanted.no_schema, frozenset(wanted.tables))
    job = await transfers.export(database, options, body.current_bookmark)
    return answer(await export_state(job, call))


async def export_state(job: Job[Dumped], call: Call) -> Json:
    state = {"success": True, "type": "export", "at_bookmark": job.at_bookmark, "messages": []}
    try:
        dumped = await job.wait()
    except CloudflareError as error:
        return {**state, "status": "error", "error": str(error)}
    if dumped is None:
        return {**state, "status": "active"}
    url = f"{call.origin}{BASE}{DUMPS}/{dumped.token}/{dumped.filename}"
    return {
        **state,
        "status": "complete",
        "result": {"filename": dumped.filename, "signed_url": url},
    }


async def import_database(transfers: Transfers, call: Call) -> Reply:
    database = call.account.d1.open(call.params["database_id"])
    action = parse(Action, call.body, MalformedRequest).action
    if action == "init":
        return answer(await init(transfers, database, call))
    if action == "ingest":
        return answer(await ingest(transfers, database, call))
    return answer(await poll(transfers, database, call))


async def init(transfers: Transfers, database: D1Database, call: Call) -> Json:
    """Where to send the file to. One that is here already is imported at once."""
    etag = parse(Init, call.body, MalformedRequest).etag
    if transfers.has_upload(database, etag):
        return await import_state(await transfers.ingest(database, etag), database)
    token = transfers.upload_link(database)
    return {
        "filename": filename_of(database, etag),
        "upload_url": f"{call.origin}{BASE}{UPLOADS}/{token}",
    }


async def ingest(transfers: Transfers, database: D1Database, call: Call) -> Json:
    body = parse(Ingest, call.body, MalformedRequest)
    if body.filename != filename_of(database, body.etag):
        raise UnknownFile()
    return await import_state(await transfers.ingest(database, body.etag), database)


async def poll(transfers: Transfers, database: D1Database, call: Call) -> Json:
    bookmark = parse(Poll, call.body, MalformedRequest).current_bookmark
    job = transfers.importing(database, bookmark)
    if job is not None:
        return await import_state(job, database)
    return {
        "success": False,
        "type": "import",
        "at_bookmark": await database.submit(database.bookmark),
        "messages": [],
        "error": "Not currently importing anything.",
    }


def filename_of(database: D1Database, etag: str) -> str:
    # [guess] how D1 calls its files.
    return f"{database.id}.{etag}.sql"


async def import_state(job: Job[Imported], database: D1Database) -> Json:
    state = {
        "success": True,
        "type": "import",
        "at_bookmark": job.at_bookmark,
        "messages": [],
        "errors": [],
    }
    try:
        imported = await job.wait()
    except CloudflareError as error:
        return {**state, "status": "error", "errors": [str(error)]}
    if imported is None:
        return {**state, "status": "active"}
    # [guess] what D1 tells of its progress.
    messages = [f"Processed {imported.run.statements} queries."]
    result = {
        "num_queries": imported.run.statements,
        "final_bookmark": imported.final_bookmark,
        "meta": import_meta(imported, job.at_bookmark, database),
    }
    return {**state, "status": "complete", "messages": messages, "result": result}


def import_meta(imported: Imported, at_bookmark: str, database: D1Database) -> Json:
    run = imported.run
    return {
        "served_by": "v3-prod",
        "served_by_region": database.region,
        "served_by_colo": database.colo,
        "served_by_primary": True,
        "timings": {"sql_duration_ms": run.milliseconds},
        "duration": run.milliseconds,
        "changes": run.changes,
        "last_row_id": run.last_row_id,
        "changed_db": imported.final_bookmark != at_bookmark,
        "size_after": imported.size_bytes,
        "rows_read": run.rows_read,
        "rows_written": run.changes,
    }


async def receive_upload(transfers: Transfers, call: Call) -> Reply:
    """What R2 does with a PUT to a signed URL."""
    etag = await transfers.receive(call.params["token"], call.chunks())
    return Reply(headers=((b"etag", f'"{etag}"'.encode()),))


async def send_dump(transfers: Transfers, call: Call) -> Reply:
    path = transfers.dump_at(call.params["token"])
    headers = (
        (b"content-type", b"application/sql; charset=utf-8"),
        (b"content-length", b"%d" % path.stat().st_size),
    )
    return Reply(blocks_of(path), headers=headers)


async def blocks_of(path: Path) -> AsyncGenerator[bytes, None]:
    with path.open("rb") as file:
        while block := await asyncio.to_thread(file.read, BLOCK_BYTES):
            yield block


def routes(transfers: Transfers) -> tuple[Route, ...]:
    return (
        route(
            "POST",
            "/{database_id}/export",
            "export",
            partial(export_database, transfers),
            write=True,
        ),
        route(
            "POST",
            "/{database_id}/import",
            "import",
            partial(import_database, transfers),
            write=True,
        ),
        Route(
            "PUT",
            UPLOADS + "/{token}",
            "d1.import.upload",
            partial(receive_upload, transfers),
            public=True,
            stream=True,
            max_body_bytes=MAX_UPLOAD_BYTES,
        ),
        Route(
            "GET",
            DUMPS + "/{token}/{filename}",
            "d1.export.download",
            partial(send_dump, transfers),
            public=True,
        ),
    )
