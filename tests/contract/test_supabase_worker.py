"""A Worker on real workerd whose project is the twin's: it never leaves the machine."""

from collections.abc import Iterator

import httpx
import pytest

from emulator.core.settings import Settings
from emulator.standins.supabase.keys import keys_of
from emulator.testing import TwinAccount, TwinServer
from tests.deployed import Deployed

pytestmark = pytest.mark.workerd

# What an application does with each request: ask Auth whose token it has been given.
WHOSE = """
export default {
  async fetch(request, env) {
    const answer = await fetch(`${env.SUPABASE_URL}/auth/v1/user`, {
      headers: {
        apikey: env.SUPABASE_ANON_KEY,
        authorization: request.headers.get("authorization"),
        "x-supabase-api-version": "2024-01-01",
      },
    });
    const { email, code } = await answer.json();
    return Response.json({ status: answer.status, email, code });
  },
};
"""


@pytest.fixture
def deployed(twin_server: TwinServer, twin_account: TwinAccount) -> Iterator[Deployed]:
    deployed = Deployed(twin_server, twin_account)
    yield deployed
    deployed.close()


@pytest.mark.parametrize("url", ["https://project.supabase.co", "{api}/supabase"])
def test_a_worker_asks_auth_whose_token_it_has(
    twin_server: TwinServer, twin_account: TwinAccount, deployed: Deployed, url: str
) -> None:
    key = keys_of(Settings(), twin_account.id).anon
    named = {"SUPABASE_URL": url.format(api=twin_server.url), "SUPABASE_ANON_KEY": key}
    texts = [{"type": "plain_text", "name": name, "text": text} for name, text in named.items()]
    deployed.deploy("whose", WHOSE, *texts)
    signed_up = httpx.post(
        f"{twin_server.url}/supabase/auth/v1/signup",
        json={"email": "ada@example.com", "password": "correct horse"},
        headers={"apikey": key},
        trust_env=False,
    ).json()

    known = deployed.get("whose", headers={"authorization": f"Bearer {signed_up['access_token']}"})
    unknown = deployed.get("whose", headers={"authorization": "Bearer a.b.c"})

    assert known.json() == {"status": 200, "email": "ada@example.com"}
    assert unknown.json() == {"status": 403, "code": "bad_jwt"}
