"""A browser's requests to the API and to Supabase by way of the traffic's rules."""

from collections.abc import Mapping

import httpx
from playwright.sync_api import BrowserContext, Error, Request, Response, Route

from e2e.real.pacing import BudgetSpent
from e2e.real.traffic import Sent, Traffic
from e2e.real.transport import Guarded
from e2e.target import SECONDS, Loopback

# Those of a connection, which is another one here.
CONNECTION = ("accept-encoding", "content-encoding", "content-length", "host", "transfer-encoding")


def route(context: BrowserContext, traffic: Traffic) -> None:
    """Requests wait for their turn. Preflights are answered by Playwright and not by the API.

    What creates something is asked on the page's behalf, so that its answer is known even if the
    page goes away. Only files a browser has to send itself: nobody else sees them.
    """

    def sent_on(route: Route) -> None:
        sent = sent_of(route.request)
        try:
            if traffic.is_noted(sent) and not has_file(sent):
                fulfill(route, asked(sent, traffic))
            else:
                traffic.admit(sent)
                route.continue_()
        except BudgetSpent:
            # The page sees a broken connection; the run ends after the case.
            route.abort()
        except Error:
            # Of a page that was closed meanwhile nobody waits for an answer.
            if context.pages:
                raise

    def answered(response: Response) -> None:
        if has_file(sent_of(response.request)):
            note(response, traffic)

    for base in (traffic.api, traffic.supabase):
        context.route(f"{base}/**", sent_on)
    context.on("response", answered)


def listen(context: BrowserContext, traffic: Traffic) -> None:
    """For what is about preflights: requests leave at once, and later ones wait for them."""

    def left(request: Request) -> None:
        if request.url.startswith((traffic.api, traffic.supabase)):
            traffic.admit(sent_of(request))

    context.on("request", left)
    context.on("response", lambda response: note(response, traffic))


def note(response: Response, traffic: Traffic) -> None:
    sent = sent_of(response.request)
    traffic.note_counter(sent, response.headers)
    if traffic.is_noted(sent):
        traffic.note(sent, response.status, response.body())


def asked(sent: Sent, traffic: Traffic) -> httpx.Response:
    headers = without_connection(sent.headers)
    with httpx.Client(timeout=SECONDS, transport=Guarded(Loopback(), traffic)) as client:
        return client.request(sent.method, sent.url, headers=headers, content=sent.body)


def fulfill(route: Route, answer: httpx.Response) -> None:
    headers = without_connection(answer.headers)
    route.fulfill(status=answer.status_code, headers=headers, body=answer.content)


def without_connection(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in headers.items() if name not in CONNECTION}


def has_file(sent: Sent) -> bool:
    return sent.headers.get("content-type", "").startswith("multipart/")


def sent_of(request: Request) -> Sent:
    body = request.post_data_buffer or b""
    return Sent(request.method, request.url, request.headers, body)
