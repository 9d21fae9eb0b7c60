"""langchain-cloudflare through a gateway: its base URL and `ai_gateway`, nothing else."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cloudflare import Cloudflare
from langchain_cloudflare import ChatCloudflareWorkersAI, CloudflareWorkersAIEmbeddings

from emulator.testing import TwinAccount, TwinServer

MODEL = "@cf/meta/llama-3.1-8b-instruct"
SETTINGS: dict[str, Any] = {
    "cache_invalidate_on_update": False,
    "cache_ttl": 3600,
    "collect_logs": True,
    "rate_limiting_interval": 0,
    "rate_limiting_limit": 0,
}


@pytest.fixture(autouse=True)
def gateway(cloudflare: Cloudflare, twin_account: TwinAccount) -> str:
    """A gateway that caches."""
    return cloudflare.ai_gateway.create(account_id=twin_account.id, id="shop", **SETTINGS).id


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def logs(cloudflare: Cloudflare, account: TwinAccount, gateway: str) -> list[Any]:
    """The newest first."""
    return list(cloudflare.ai_gateway.logs.list(account_id=account.id, gateway_id=gateway))


@pytest.fixture
def chat_of(
    twin_server: TwinServer, twin_account: TwinAccount, gateway: str
) -> Iterator[Callable[..., ChatCloudflareWorkersAI]]:
    """Makes chats that go through the gateway. They do not close what they open."""
    made: list[ChatCloudflareWorkersAI] = []

    def make(**options: Any) -> ChatCloudflareWorkersAI:
        given: dict[str, Any] = {
            "model": MODEL,
            "cloudflare_account_id": twin_account.id,
            "cloudflare_api_token": twin_account.token,
            "cloudflare_api_base": twin_server.api,
            "cloudflare_ai_gateway": gateway,
        }
        made.append(ChatCloudflareWorkersAI(**given, **options))
        return made[-1]

    yield make
    for chat in made:
        chat.client.close()


@pytest.mark.parametrize("endpoint_format", ["workers_ai", "openai_compatible"])
def test_a_chat_goes_through_the_gateway(
    chat_of: Callable[..., ChatCloudflareWorkersAI],
    twin_account: TwinAccount,
    cloudflare: Cloudflare,
    gateway: str,
    endpoint_format: str,
) -> None:
    chat = chat_of(endpoint_format=endpoint_format, aig_max_attempts=2)

    first, second = chat.invoke("What is Cloudflare?"), chat.invoke("What is Cloudflare?")

    hit, miss = logs(cloudflare, twin_account, gateway)
    assert first.content
    assert second.content == first.content
    assert (hit.cached, miss.cached, miss.model) == (True, False, MODEL)


def test_a_streamed_chat_is_logged(
    chat_of: Callable[..., ChatCloudflareWorkersAI],
    twin_account: TwinAccount,
    cloudflare: Cloudflare,
    gateway: str,
) -> None:
    chunks = list(chat_of().stream("What is Cloudflare?"))

    [log] = logs(cloudflare, twin_account, gateway)
    assert "".join(str(chunk.content) for chunk in chunks)
    assert (log.success, log.response_content_type) == (True, "text/event-stream")


def test_embeddings_go_through_the_gateway(
    twin_server: TwinServer, twin_account: TwinAccount, cloudflare: Cloudflare, gateway: str
) -> None:
    embeddings = CloudflareWorkersAIEmbeddings(
        api_base_url=f"{twin_server.api}/accounts",
        account_id=twin_account.id,
        api_token=twin_account.token,
        model_name="@cf/baai/bge-base-en-v1.5",
        ai_gateway=gateway,
    )

    vectors = embeddings.embed_documents(["python", "sql"])

    [log] = logs(cloudflare, twin_account, gateway)
    assert [len(vector) for vector in vectors] == [768, 768]
    assert (log.provider, log.path) == ("workers-ai", "@cf/baai/bge-base-en-v1.5")
