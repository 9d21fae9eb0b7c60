"""Who calls, and may they: from headers to a credential, from a credential to an account."""

from collections.abc import Iterable

from emulator.core.errors import (
    CloudflareError,
    InvalidIdentifier,
    MalformedAuthorization,
    MissingCredentials,
    NotPermitted,
)
from emulator.identity.models import ACCOUNT_ID, Credential
from emulator.identity.store import Directory
from emulator.twin import Account, Twin
from emulator.wire.routing import Route

RawHeaders = Iterable[tuple[bytes, bytes]]


def authenticate(
    directory: Directory, headers: RawHeaders, unknown: type[CloudflareError]
) -> Credential:
    """The credential the headers carry: a bearer token, or an e-mail and its global key."""
    authorization = email = key = None
    for name, value in headers:
        if name == b"authorization":
            authorization = value
        elif name == b"x-auth-email":
            email = value
        elif name == b"x-auth-key":
            key = value
    if authorization is not None:
        credential = directory.by_authorization(authorization)
        if credential is None:
            raise refusal_of(authorization, unknown)
        return credential
    if email is None or key is None:
        raise MissingCredentials()
    credential = directory.by_key(email.decode("latin-1"), key.decode("latin-1"))
    if credential is None:
        raise unknown()
    return credential


def refusal_of(authorization: bytes, unknown: type[CloudflareError]) -> CloudflareError:
    scheme, _, token = authorization.partition(b" ")
    if scheme.lower() != b"bearer" or not token.strip() or b" " in token.strip():
        return MalformedAuthorization()
    return unknown()


def authorize(
    twin: Twin, credential: Credential, route: Route, account_id: str, path: str
) -> Account:
    """The account, if the credential may do this there; else it looks like an unknown one."""
    scopes = credential.scopes(account_id)
    if scopes is None:
        if ACCOUNT_ID.fullmatch(account_id) is None:
            raise InvalidIdentifier(path=path)
        raise route.wrong_account()
    if route.permission is not None and not allows(scopes, route.permission):
        raise NotPermitted()
    return twin.account(account_id)


def allows(scopes: frozenset[str], permission: str) -> bool:
    """`kv:write` includes `kv:read`, and `*` everything."""
    if "*" in scopes or permission in scopes:
        return True
    product, _, verb = permission.partition(":")
    return verb == "read" and f"{product}:write" in scopes
