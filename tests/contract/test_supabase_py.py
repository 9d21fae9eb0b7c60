"""supabase-py against the twin's Supabase, with its default settings, and ES256 tokens."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from supabase import Client, ClientOptions, acreate_client, create_client
from supabase_auth.errors import AuthApiError, AuthWeakPasswordError

from emulator.core.settings import Settings
from emulator.standins.supabase.keys import Keys, keys_of
from emulator.testing import TwinAccount, TwinServer, serving

EMAIL, PASSWORD = "ada@example.com", "correct horse"


@pytest.fixture
def keys(twin_account: TwinAccount) -> Keys:
    return keys_of(Settings(), twin_account.id)


@contextmanager
def client_of(server: TwinServer, key: str) -> Iterator[Client]:
    """A client whose connections are closed with the test."""
    with httpx.Client(trust_env=False) as connection:
        options: Any = ClientOptions(httpx_client=connection, auto_refresh_token=False)
        yield create_client(f"{server.url}/supabase", key, options)


@pytest.fixture
def client(twin_server: TwinServer, keys: Keys) -> Iterator[Client]:
    with client_of(twin_server, keys.anon) as client:
        yield client


@pytest.fixture
def service(twin_server: TwinServer, keys: Keys) -> Iterator[Client]:
    with client_of(twin_server, keys.service_role) as client:
        yield client


def signed_up(client: Client) -> str:
    """A new user's access token."""
    answer = client.auth.sign_up({"email": EMAIL, "password": PASSWORD})
    assert answer.session is not None
    return answer.session.access_token


def mailed(server: TwinServer, account: TwinAccount) -> str:
    """The text of the newest mail to the user."""
    query = {"account_id": account.id, "to": EMAIL}
    return str(server.control.get("/_twin/inbox", params=query).json()["mails"][0]["text"])


def test_a_user_signs_up_changes_and_signs_in_again(client: Client) -> None:
    signed_up(client)
    client.auth.update_user({"data": {"name": "Ada"}})
    client.auth.sign_out()

    answer = client.auth.sign_in_with_password({"email": EMAIL, "password": PASSWORD})

    assert answer.user is not None
    assert answer.user.user_metadata["name"] == "Ada"
    assert answer.user.identities is not None
    assert [identity.provider for identity in answer.user.identities] == ["email"]


def test_a_session_is_refreshed(client: Client) -> None:
    signed_up(client)
    before = client.auth.get_session()

    after = client.auth.refresh_session().session

    assert before is not None
    assert after is not None
    assert after.refresh_token != before.refresh_token
    assert client.auth.get_user(after.access_token) is not None


def test_refusals_have_their_codes(client: Client) -> None:
    token = signed_up(client)
    client.auth.sign_out()

    with pytest.raises(AuthApiError) as wrong:
        client.auth.sign_in_with_password({"email": EMAIL, "password": "wrong"})
    with pytest.raises(AuthApiError) as ended:
        client.auth.get_user(token)
    with pytest.raises(AuthWeakPasswordError) as weak:
        client.auth.sign_up({"email": "bob@example.com", "password": "123"})

    assert (wrong.value.status, wrong.value.code) == (400, "invalid_credentials")
    assert (ended.value.status, ended.value.code) == (403, "session_not_found")
    assert weak.value.reasons == ["length"]


def test_a_forgotten_password_is_set_anew_by_the_code_of_a_mail(
    client: Client, twin_server: TwinServer, twin_account: TwinAccount
) -> None:
    signed_up(client)
    client.auth.reset_password_for_email(EMAIL)
    [code] = re.findall(r"\b\d{6}\b", mailed(twin_server, twin_account).splitlines()[-1])

    client.auth.verify_otp({"email": EMAIL, "token": code, "type": "recovery"})
    client.auth.update_user({"password": "another password"})

    answer = client.auth.sign_in_with_password({"email": EMAIL, "password": "another password"})
    assert answer.user is not None


def test_a_magic_link_is_followed_to_a_session(
    client: Client, twin_server: TwinServer, twin_account: TwinAccount
) -> None:
    client.auth.sign_in_with_otp({"email": EMAIL})
    [link] = re.findall(r"http\S+", mailed(twin_server, twin_account))

    led = httpx.URL(httpx.get(link, trust_env=False).headers["location"])
    answer: Any = client.auth.exchange_code_for_session({"auth_code": led.params["code"]})

    assert answer.user.email == EMAIL


def test_the_service_role_administers_users(service: Client, client: Client) -> None:
    admin = service.auth.admin
    attributes: Any = {"email": EMAIL, "password": PASSWORD, "email_confirm": True}
    user = admin.create_user(attributes).user
    admin.update_user_by_id(user.id, {"app_metadata": {"role": "admin"}})
    link = admin.generate_link({"type": "magiclink", "email": EMAIL})
    code: Any = {"email": EMAIL, "token": link.properties.email_otp, "type": "email"}
    signed_in = client.auth.verify_otp(code).user

    assert signed_in is not None
    assert signed_in.app_metadata["role"] == "admin"
    assert [one.id for one in admin.list_users()] == [user.id]
    admin.delete_user(user.id)
    assert admin.list_users() == []


def test_nobody_administers_with_the_public_key(client: Client) -> None:
    with pytest.raises(AuthApiError, match="User not allowed"):
        client.auth.admin.list_users()


def test_the_users_of_another_account_are_others(twin_server: TwinServer, client: Client) -> None:
    signed_up(client)
    other = twin_server.create_account("Other")

    with client_of(twin_server, keys_of(Settings(), other.id).anon) as elsewhere:
        with pytest.raises(AuthApiError, match="Invalid login credentials"):
            elsewhere.auth.sign_in_with_password({"email": EMAIL, "password": PASSWORD})
        token = client.auth.get_session()
        assert token is not None
        with pytest.raises(AuthApiError, match="signature is invalid"):
            elsewhere.auth.get_user(token.access_token)
    twin_server.delete_account(other.id)


async def test_the_asynchronous_client_signs_up_too(twin_server: TwinServer, keys: Keys) -> None:
    client = await acreate_client(f"{twin_server.url}/supabase", keys.anon)

    answer = await client.auth.sign_up({"email": EMAIL, "password": PASSWORD})

    assert answer.user is not None
    await client.auth.sign_out()
    await client.auth.close()


def test_an_asymmetric_token_is_verified_by_the_client_itself() -> None:
    with serving(Settings(supabase_es256=True)) as server:
        account = server.create_account()
        with client_of(server, keys_of(Settings(), account.id).anon) as client:
            signed_up(client)

            found: Any = client.auth.get_claims()

    assert found["claims"]["email"] == EMAIL
    assert found["headers"]["alg"] == "ES256"
