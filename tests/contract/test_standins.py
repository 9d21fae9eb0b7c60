"""The official clients of OpenAI, SendGrid and Apify against the stand-ins, at `/_outside/`."""

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from apify_client import ApifyClient
from apify_client.errors import ApifyApiError
from openai import OpenAI
from python_http_client.exceptions import BadRequestsError
from sendgrid import SendGridAPIClient
from sendgrid.helpers.mail import Mail

from emulator.testing import TwinAccount, TwinServer

LINKEDIN = "bebity/linkedin-jobs-scraper"


class Outside:
    """Where stand-ins are, and what they were sent."""

    def __init__(self, server: TwinServer, account: TwinAccount) -> None:
        self._server = server
        self.headers = {"cftwin-account": account.id}
        self._account_id = account.id

    def url(self, host: str) -> str:
        return f"{self._server.url}/_outside/{host}"

    def listed(self, name: str, **filters: str) -> list[dict[str, Any]]:
        query = {"account_id": self._account_id, **filters}
        found = self._server.control.get(f"/_twin/{name}", params=query).raise_for_status().json()
        return list(found[{"outbox": "calls", "inbox": "mails"}[name]])


@pytest.fixture
def outside(twin_server: TwinServer, twin_account: TwinAccount) -> Outside:
    return Outside(twin_server, twin_account)


@pytest.fixture
def gpt(outside: Outside) -> Iterator[OpenAI]:
    with OpenAI(
        api_key="sk-x",
        base_url=f"{outside.url('api.openai.com')}/v1",
        default_headers=outside.headers,
        max_retries=0,
    ) as client:
        yield client


@pytest.fixture
def apify(outside: Outside) -> ApifyClient:
    url = outside.url("api.apify.com")
    return ApifyClient("apify_api_x", api_url=url, max_retries=0, headers=outside.headers)


def test_openai_chats_streams_and_embeds(gpt: OpenAI, outside: Outside) -> None:
    messages: Any = [{"role": "user", "content": "Hello"}]

    answer = gpt.chat.completions.create(model="gpt-4o-mini", messages=messages)
    parts = list(gpt.chat.completions.create(model="gpt-4o-mini", messages=messages, stream=True))
    vectors = gpt.embeddings.create(model="text-embedding-3-small", input=["a", "b"])

    assert answer.choices[0].message.content
    assert parts[-1].choices[0].finish_reason == "stop"
    assert [len(one.embedding) for one in vectors.data] == [1536, 1536]
    paths = [call["url"].rpartition("/v1/")[2] for call in outside.listed("outbox")]
    assert paths == ["embeddings", "chat/completions", "chat/completions"]


def test_openai_does_not_know_every_model(gpt: OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as refused:
        gpt.models.retrieve("gpt-0")

    assert refused.value.code == "model_not_found"


def test_sendgrid_sends_a_mail(outside: Outside) -> None:
    client = SendGridAPIClient("SG.x", host=outside.url("api.sendgrid.com"))
    client.client.request_headers |= outside.headers
    mail = Mail("shop@example.com", ["a@example.com", "b@example.com"], "Hello", "Hello Ada")

    sent = client.send(mail)

    assert sent.status_code == 202
    mails = outside.listed("inbox", to="a@example.com")
    assert [one["message_id"] for one in mails] == [sent.headers["x-message-id"]]
    with pytest.raises(BadRequestsError) as refused:
        client.send(Mail("shop@example.com", "a@example.com", "", "text"))
    assert refused.value.to_dict["errors"][0]["field"] == "subject"


def test_apify_runs_an_actor_and_reads_what_it_found(apify: ApifyClient) -> None:
    run = apify.actor(LINKEDIN).call(run_input={"keywords": "python", "maxItems": 3}, logger=None)
    assert run is not None
    assert run.status == "SUCCEEDED"

    items = apify.dataset(run.default_dataset_id).list_items().items
    assert [item["company"] for item in items] == [
        "Northwind Rail",
        "Harbour Analytics",
        "Meadow Health",
    ]
    with pytest.raises(ApifyApiError, match="Actor was not found"):
        apify.actor("no/body").start()
