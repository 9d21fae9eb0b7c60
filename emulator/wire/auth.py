"""Who calls, and may they: from headers to a credential, from a credential to an account."""

from collections.abc import Iterable

from emulator.core.errors import (
    InvalidIdentifier,
    MalformedAuthorization,
    MissingCredentials,
    NotPermitted,
    UnknownCredentials,
)
from emulator.identity.models import ACCOUNT_ID, Credential
from emulator.identity.store import Directory
from emulator.twin import Account, Twin
from emulator.wire.routing import Route

RawHeaders = Iterable[tuple[bytes, bytes]]


def authenticate(directory: Directory, headers: RawHeaders) -> Credential:
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
        return credential if credential is not None else refuse_authorization(authorization)
    if email is None or key is None:
        raise MissingCredentials()
    credential = directory.by_key(email.decode("latin-1"), key.decode("latin-1"))
    if credential is None:
        raise UnknownCredentials()
    return credential


def refuse_authorization(authorization: bytes) -> Credential:
    scheme, _, token = authorization.partition(b" ")
    if scheme.lower() != b"bearer" or not token.strip() or b" " in token.strip():
        raise MalformedAuthorization()
    raise UnknownCredentials()


def authorize(twin: Twin, credential: Credential, route: Route, account_id: str) -> Account:
    """The account, if the credential may do this there; else it looks like an unknown one."""
    if ACCOUNT_ID.fullmatch(account_id) is None:
        raise InvalidIdentifier(path=f"/client/v4{route.path}".format(account_id=account_id))
    scopes = credential.scopes(account_id)
    if scopes is None:
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
