"""The directory: accounts and credentials, kept in memory for look-ups and on disk for good."""

import json
from collections.abc import Mapping
from types import MappingProxyType

from emulator.core.database import Database
from emulator.identity.models import AccountRecord, Credential

SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (id TEXT PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS credentials (
    id TEXT PRIMARY KEY, value TEXT NOT NULL UNIQUE, email TEXT, grants TEXT NOT NULL
) WITHOUT ROWID;
"""


class Directory:
    """All accounts of the twin and everyone who may reach them. Knows nothing of HTTP."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._accounts: dict[str, AccountRecord] = {}
        self._credentials: dict[str, Credential] = {}
        self._by_authorization: dict[bytes, Credential] = {}
        self._by_key: dict[tuple[str, str], Credential] = {}
        self._load()

    def put_account(self, account_id: str, name: str) -> AccountRecord:
        """Add the account, or rename it."""
        record = AccountRecord(account_id, name)
        self._db.execute(
            "INSERT INTO accounts VALUES (?, ?)"
            " ON CONFLICT (id) DO UPDATE SET name = excluded.name",
            (account_id, name),
        )
        self._accounts[account_id] = record
        return record

    def delete_account(self, account_id: str) -> None:
        """Remove the account, and the credentials that reach nothing else."""
        self._db.execute("DELETE FROM accounts WHERE id = ?", (account_id,))
        self._accounts.pop(account_id, None)
        for credential in list(self._credentials.values()):
            if account_id not in credential.grants:
                continue
            grants = {key: scopes for key, scopes in credential.grants.items() if key != account_id}
            self._forget(credential)
            if grants:
                self.put_credential(credential.id, credential.value, grants, email=credential.email)

    def put_credential(
        self,
        credential_id: str,
        value: str,
        grants: Mapping[str, frozenset[str]],
        *,
        email: str | None = None,
    ) -> Credential:
        """Add or replace a token; with `email`, a global API key."""
        if (old := self._credentials.get(credential_id)) is not None:
            self._forget(old)
        credential = Credential(credential_id, value, MappingProxyType(dict(grants)), email)
        stored = json.dumps({account: sorted(scopes) for account, scopes in grants.items()})
        self._db.execute(
            "INSERT OR REPLACE INTO credentials VALUES (?, ?, ?, ?)",
            (credential_id, value, email, stored),
        )
        self._remember(credential)
        return credential

    def by_authorization(self, header: bytes) -> Credential | None:
        """The token of an `Authorization` header; the scheme's case does not matter."""
        known = self._by_authorization.get(header)
        if known is not None:
            return known
        scheme, _, token = header.partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        return self._by_authorization.get(b"Bearer " + token)

    def by_id(self, credential_id: str) -> Credential | None:
        return self._credentials.get(credential_id)

    def by_key(self, email: str, key: str) -> Credential | None:
        return self._by_key.get((email, key))

    def account(self, account_id: str) -> AccountRecord:
        return self._accounts[account_id]

    def knows(self, account_id: str) -> bool:
        return account_id in self._accounts

    def accounts(self) -> list[AccountRecord]:
        return list(self._accounts.values())

    def accounts_of(self, credential: Credential) -> list[AccountRecord]:
        """The accounts the credential reaches, in the order they were added."""
        return [record for record in self._accounts.values() if record.id in credential.grants]

    def close(self) -> None:
        self._db.close()

    def _load(self) -> None:
        for row in self._db.all("SELECT id, name FROM accounts ORDER BY rowid"):
            self._accounts[row["id"]] = AccountRecord(row["id"], row["name"])
        for row in self._db.all("SELECT id, value, email, grants FROM credentials"):
            grants = {key: frozenset(scopes) for key, scopes in json.loads(row["grants"]).items()}
            self._remember(
                Credential(row["id"], row["value"], MappingProxyType(grants), row["email"])
            )

    def _remember(self, credential: Credential) -> None:
        self._credentials[credential.id] = credential
        if credential.email is None:
            self._by_authorization[b"Bearer " + credential.value.encode()] = credential
        else:
            self._by_key[credential.email, credential.value] = credential

    def _forget(self, credential: Credential) -> None:
        self._db.execute("DELETE FROM credentials WHERE id = ?", (credential.id,))
        self._credentials.pop(credential.id, None)
        self._by_authorization.pop(b"Bearer " + credential.value.encode(), None)
        if credential.email is not None:
            self._by_key.pop((credential.email, credential.value), None)
