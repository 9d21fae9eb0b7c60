"""Who signed a request and what they may do: tokens with their scopes, temporary credentials.

Cloudflare's rule: the access key id is the token's id, the secret the SHA-256 of its value.
"""

from collections.abc import Callable
from typing import NamedTuple

from emulator.core.clock import Clock
from emulator.identity.models import Credential
from emulator.identity.store import Directory
from emulator.r2 import temporary
from emulator.r2.errors import AccessDenied, Unauthorized
from emulator.r2.s3.address import Address
from emulator.r2.s3.operations import Operation
from emulator.r2.s3.request import S3Request
from emulator.r2.s3.sigv4 import Signed, Verifier
from emulator.r2.temporary import Grant
from emulator.wire.auth import allows

Reach = Callable[[str, str], bool]

# What may be done with a prefix alone: its keys are looked at, none is named.
BY_PREFIX = frozenset({"ListObjects", "ListObjectsV2", "ListMultipartUploads"})


class Caller(NamedTuple):
    """A signed request's credential, its account, and its grant if it is a temporary one."""

    credential: Credential
    account_id: str
    signed: Signed
    grant: Grant | None

    def check(self, operation: Operation, request: S3Request, address: Address) -> None:
        """Raises `AccessDenied` unless all of it is permitted."""
        permission = "r2:write" if operation.is_write else "r2:read"
        scopes = self.credential.scopes(self.account_id)
        if scopes is None or not allows(scopes, permission):
            raise AccessDenied()
        grant = self.grant
        if grant is None:
            return
        if address.bucket != grant.bucket or not grant.allows(
            operation.name, is_write=operation.is_write, is_admin=operation.is_admin
        ):
            raise AccessDenied()
        if address.key is not None:
            permitted = grant.reaches(address.key)
        elif operation.name in BY_PREFIX:
            permitted = grant.reaches_prefix(request.params.get("prefix", ""))
        else:
            permitted = True
        if not permitted:
            raise AccessDenied()

    def reach(self, bucket: str, key: str) -> bool:
        """Whether a key that is named in the request may be touched."""
        return self.grant is None or (bucket == self.grant.bucket and self.grant.reaches(key))


class Gate:
    """Tells callers apart. Holds no state but the directory's."""

    def __init__(self, directory: Directory, clock: Clock) -> None:
        self._directory = directory
        self._clock = clock
        self._verifier = Verifier(self._secret)

    def admit(self, request: S3Request, address: Address) -> Caller:
        """The caller, once the signature holds. Raises the refusal R2 would answer with."""
        signed = self._verifier.verify(request, self._clock.now())
        claim = signed.claim
        credential = self._directory.by_id(claim.key_id)
        assert credential is not None
        account_id = address.account_id or next(iter(credential.grants), None)
        if account_id is None or credential.scopes(account_id) is None:
            raise Unauthorized()
        grant = None
        if claim.session_token is not None:
            grant = self._grant(credential, claim.session_token)
        return Caller(credential, account_id, signed, grant)

    def account_of(self, request: S3Request, address: Address) -> str | None:
        """The account a browser's preflight is about: nobody signs those."""
        if address.account_id is not None:
            return address.account_id
        key_id = request.params.get("X-Amz-Credential", "").partition("/")[0]
        credential = self._directory.by_id(key_id)
        if credential is not None:
            return next(iter(credential.grants), None)
        accounts = self._directory.accounts()
        return accounts[0].id if accounts else None

    def _secret(self, key_id: str, session_token: str | None) -> str | None:
        credential = self._directory.by_id(key_id)
        if credential is None:
            return None
        if session_token is not None:
            return self._grant(credential, session_token).secret_access_key
        return credential.s3_secret

    def _grant(self, credential: Credential, session_token: str) -> Grant:
        now = self._clock.now()
        return temporary.read(session_token, credential.id, credential.s3_secret, now)
