"""A database to ask things of, by its methods or through the API."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from emulator import Account
from emulator.d1.database import D1Database

Ask = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def database(account: Account) -> D1Database:
    return account.d1.open(account.d1.create_database("shop").id)


@pytest.fixture
def files(tmp_path: Path, account: Account) -> Path:
    """Where the account's databases are."""
    return tmp_path / "state" / "accounts" / account.id / "d1"


@pytest.fixture
def ask(rest: httpx.AsyncClient, database: D1Database) -> Ask:
    """POST a body to the database's `/query`, or to another door of its."""

    async def post(body: Any, door: str = "query") -> httpx.Response:
        return await rest.post(f"/d1/database/{database.id}/{door}", json=body)

    return post
