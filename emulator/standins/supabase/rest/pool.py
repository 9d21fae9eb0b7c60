"""Connections to one database, and transactions on them."""

import asyncio
import contextlib
import select
from collections.abc import AsyncIterator, Awaitable, Callable

import psycopg
from psycopg import AsyncConnection

from emulator.standins.supabase.rest.errors import pool_timeout, unavailable

Dsn = Callable[[], Awaitable[str]]

SIZE = 10
WAIT_SECONDS = 10
# Of statements that PostgreSQL keeps parsed: requests of an application are much alike.
PREPARE_AFTER = 3


class Pool:
    """At most `SIZE` connections; the one that was used last is used next."""

    def __init__(self, dsn: Dsn) -> None:
        self._dsn = dsn
        self._free: list[AsyncConnection] = []
        self._places = asyncio.Semaphore(SIZE)

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """One nobody else has. It is closed if what was done with it did not end well."""
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._places.acquire()
        except TimeoutError:
            raise pool_timeout() from None
        try:
            connection = await self._taken()
            try:
                yield connection
            finally:
                await self._given_back(connection)
        finally:
            self._places.release()

    def close(self) -> None:
        """End those that nobody uses. Their server is about to end the others."""
        free, self._free = self._free, []
        for connection in free:
            connection.pgconn.finish()

    async def _taken(self) -> AsyncConnection:
        while self._free:
            connection = self._free.pop()
            if is_alive(connection):
                return connection
            connection.pgconn.finish()
        try:
            connection = await AsyncConnection.connect(await self._dsn(), autocommit=True)
        except psycopg.OperationalError as error:
            raise unavailable(str(error)) from None
        connection.prepare_threshold = PREPARE_AFTER
        return connection

    async def _given_back(self, connection: AsyncConnection) -> None:
        if connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE:
            self._free.append(connection)
        else:
            await connection.close()


def is_alive(connection: AsyncConnection) -> bool:
    """Of one that nobody uses: a server says nothing of itself, except that it ends."""
    if connection.closed:
        return False
    readable, _, _ = select.select([connection.fileno()], [], [], 0)
    return not readable
