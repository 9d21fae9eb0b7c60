"""The pages that one case opens, as somebody or as nobody, and what is kept of them if it fails."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Request,
    Response,
    Route,
    ViewportSize,
)

from e2e.browser.chromium import Chromium
from e2e.browser.ffmpeg import WHY_NONE
from e2e.contract import route_of
from e2e.exchanges import Exchange
from e2e.people import Person, fresh_address
from e2e.reporting.evidence import Evidence
from e2e.target import Target

HEIGHT = 900
MILLISECONDS = 15_000
# Smaller than the page, so that recording costs a case less than half a second.
FILM: ViewportSize = {"width": 800, "height": 562}
SESSION = "jobmatch-auth-token"
# What a page may say that is not a mistake of the site: it shows refusals to its users.
REFUSED = "Failed to load resource"
GONE = b"(the browser no longer has the body)"
PENDING = "(no answer yet)"


@dataclass(frozen=True, slots=True)
class Window:
    """One context: the cookies, storage and films of one visitor."""

    context: BrowserContext
    visitor: str
    pages: list[Page] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)


class Visits:
    """Of one case. What they record is thrown away unless it fails."""

    def __init__(self, target: Target, chromium: Chromium, evidence: Evidence) -> None:
        self._target = target
        self._chromium = chromium
        self._evidence = evidence
        self._windows: list[Window] = []
        evidence.witnesses.append(self.witness)

    def open(
        self, path: str, person: Person | None = None, width: int = 1280, own_address: bool = True
    ) -> Page:
        """A page of the site, signed in as a person.

        `own_address`: it comes from an address that nobody has used, as far as that can be had.
        Preflights are then answered by Playwright and not by the API.
        """
        context = self._context(width)
        window = Window(context, person.name if person else "visitor")
        self._windows.append(window)
        if self._target.guard is not None:
            self._target.guard.watch(context, preflights=not own_address)
        if own_address and self._target.control is not None:
            context.route(f"{self._target.api}/**", addressed(fresh_address()))
        if person is not None:
            context.add_init_script(signing_in(person))
        context.on("request", lambda request: window.requests.append(request))
        context.on("page", lambda page: window.pages.append(page))
        context.on("weberror", lambda error: self._evidence.mistakes.append(str(error.error)))
        context.on("console", self._said)
        context.on("dialog", lambda dialog: dialog.accept())
        page = context.new_page()
        page.goto(path)
        return page

    def witness(self) -> None:
        """What is to be seen now, and what the pages have asked the Worker; once."""
        if self.witness in self._evidence.witnesses:
            self._evidence.witnesses.remove(self.witness)
        for number, window in enumerate(self._windows, 1):
            self._evidence.asked.extend(asked(window, self._target.api))
            for page in window.pages:
                if page.is_closed():
                    continue
                name = f"window-{number}-{len(self._evidence.files)}.png"
                caption = f"{window.visitor} at {page.url}"
                self._shoot(page, self._evidence.attach("screenshot", caption, name))

    def close(self) -> None:
        failed = self._evidence.failed or bool(self._evidence.mistakes)
        if failed and not self._evidence.failed:
            # It is about to fail here.
            self.witness()
        for number, window in enumerate(self._windows, 1):
            self._close(window, number, failed)
        if failed and self._windows and self._chromium.films is None:
            self._evidence.notes.append(WHY_NONE)

    def _context(self, width: int) -> BrowserContext:
        films = self._chromium.films
        context = self._chromium.browser.new_context(
            base_url=self._target.site,
            viewport={"width": width, "height": HEIGHT},
            record_video_dir=films,
            record_video_size=None if films is None else FILM,
        )
        context.set_default_timeout(milliseconds(self._target))
        context.tracing.start(screenshots=True, snapshots=True)
        return context

    def _close(self, window: Window, number: int, failed: bool) -> None:
        films = [Path(page.video.path()) for page in window.pages if page.video]
        caption = f"{window.visitor}, window {number}"
        if failed:
            trace = self._evidence.attach("trace", caption, f"window-{number}.zip")
            window.context.tracing.stop(path=trace)
        else:
            window.context.tracing.stop()
        window.context.close()
        for film in films:
            if failed and film.exists():
                name = f"window-{number}-{len(self._evidence.files)}.webm"
                film.rename(self._evidence.attach("video", caption, name))
            film.unlink(missing_ok=True)

    def _shoot(self, page: Page, path: Path) -> None:
        try:
            page.screenshot(path=path, full_page=True, timeout=5_000)
        except Error as error:
            self._evidence.notes.append(f"There is no screenshot: {error.message}")

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(REFUSED):
            self._evidence.mistakes.append(message.text)


def asked(window: Window, api: str) -> list[Exchange]:
    """What its pages have asked the Worker, as far as the browser still knows the answers."""
    found = [one for one in window.requests if one.url.startswith(f"{api}/")]
    return [exchange(one, window.visitor) for one in found if one.method != "OPTIONS"]


def exchange(request: Request, visitor: str) -> Exchange:
    timing = request.timing
    path = httpx.URL(request.url).path
    # Waiting for an answer could take for ever: only what has come is asked for.
    response = request.response() if timing["responseEnd"] >= 0 else None
    return Exchange(
        at=timing["startTime"] / 1000,
        seconds=max(timing["responseStart"], 0) / 1000,
        method=request.method,
        url=request.url,
        path=path,
        route=route_of(request.method, path),
        person=f"{visitor}'s browser",
        request_headers=request.headers,
        request_body=request.post_data_buffer or b"",
        status=response.status if response else 0,
        headers=response.headers if response else {},
        body=body_of(response) if response else (request.failure or PENDING).encode(),
    )


def body_of(response: Response) -> bytes:
    try:
        return response.body()
    except Error:
        return GONE


def milliseconds(target: Target) -> float:
    """How long to wait for what a page is to show."""
    return max(MILLISECONDS, target.patience * 1000)


def addressed(address: str) -> Callable[[Route], None]:
    """From there, so that the limit by address is not in the way."""

    def sent(route: Route) -> None:
        route.continue_(headers={**route.request.headers, "cf-connecting-ip": address})

    return sent


def signing_in(person: Person) -> str:
    """The session as supabase-js keeps it; an empty page has nowhere to keep it."""
    session = json.dumps(json.dumps({"expires_at": 4_102_444_800, **person.session}))
    return f"if (origin !== 'null') localStorage[{SESSION!r}] ??= {session}"
