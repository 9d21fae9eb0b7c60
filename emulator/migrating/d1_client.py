"""A D1 database by Cloudflare's public API."""

import re
from collections.abc import Sequence
from typing import Any

from emulator.migrating.http_client import Refusal, ask, client, result
from emulator.migrating.models import TargetTable
from emulator.migrating.statements import Statement

UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
TABLES = """
SELECT m.name, m.sql, c.name, c.type FROM sqlite_master AS m, pragma_table_info(m.name) AS c
WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '\\_cf\\_%' ESCAPE '\\'
"""
WITHOUT_ROWID = re.compile(r"\)\s*[^)]*WITHOUT\s+ROWID", re.IGNORECASE)


class D1Client:
    """One database, by its id or its name."""

    def __init__(self, api: str, account_id: str, token: str, database: str) -> None:
        self._http = client(api, {"Authorization": f"Bearer {token}"})
        base = f"/accounts/{account_id}/d1/database"
        found = database if UUID.fullmatch(database) else self._named(base, database)
        self._raw = f"{base}/{found}/raw"

    def run(self, statement: Statement) -> list[list[Any]]:
        """The rows of one statement. Raises `Refusal`."""
        return self._results([statement])[0]

    def run_all(self, statements: Sequence[Statement]) -> None:
        """All of them together, or none."""
        if statements:
            self._results(statements)

    def tables(self) -> dict[str, TargetTable]:
        """What is there, by name in lower case: SQLite does not tell case apart."""
        types: dict[str, dict[str, str]] = {}
        made: dict[str, str] = {}
        for name, sql, column, type in self.run(Statement(TABLES)):
            types.setdefault(name, {})[column] = type
            made[name] = sql or ""
        return {
            name.lower(): TargetTable(name, types[name], WITHOUT_ROWID.search(sql) is None)
            for name, sql in made.items()
        }

    def close(self) -> None:
        self._http.close()

    def _results(self, statements: Sequence[Statement]) -> list[list[list[Any]]]:
        batch = [{"sql": one.sql, "params": list(one.params)} for one in statements]
        body: dict[str, Any] = batch[0] if len(batch) == 1 else {"batch": batch}
        answer = result(ask(self._http, "POST", self._raw, json=body))
        return [one["results"]["rows"] for one in answer]

    def _named(self, base: str, name: str) -> str:
        for one in result(ask(self._http, "GET", base, params={"name": name})):
            if one["name"] == name:
                return str(one["uuid"])
        raise Refusal(404, f"there is no D1 database {name}")
