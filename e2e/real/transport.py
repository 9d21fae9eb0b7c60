"""A client's requests by way of the traffic's rules."""

import httpx

from e2e.real.traffic import Sent, Traffic

# Longer refusals are those of a user's own counters: waiting would not end within a case.
PATIENT_SECONDS = 90.0
ATTEMPTS = 3


class Guarded(httpx.BaseTransport):
    """Paces, counts and notes. Where an address has asked too often, it waits as long as it is
    told and asks again; not where limits are what the case is about.
    """

    def __init__(self, inner: httpx.BaseTransport, traffic: Traffic) -> None:
        self._inner = inner
        self._traffic = traffic

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = request.read()
        sent = Sent(request.method, str(request.url), request.headers, body)
        for attempt in range(1, ATTEMPTS + 1):
            self._traffic.admit(sent)
            response = self._inner.handle_request(request)
            seconds = retry_after(response)
            if seconds is None or self._traffic.about_limits or attempt == ATTEMPTS:
                break
            response.close()
            self._traffic.pacer.pause(seconds)
        return self._noted(sent, response)

    def close(self) -> None:
        self._inner.close()

    def _noted(self, sent: Sent, response: httpx.Response) -> httpx.Response:
        """The same answer, to be read once more."""
        self._traffic.note_counter(sent, response.headers)
        if not self._traffic.is_noted(sent) or response.status_code >= 300:
            return response
        assert isinstance(response.stream, httpx.SyncByteStream)
        raw = b"".join(response.stream)
        response.close()
        again = httpx.Response(
            response.status_code,
            headers=response.headers,
            stream=httpx.ByteStream(raw),
            extensions=response.extensions,
        )
        read = httpx.Response(response.status_code, headers=response.headers, content=raw)
        self._traffic.note(sent, response.status_code, read.content)
        return again


def retry_after(response: httpx.Response) -> float | None:
    """How long to wait until asking again makes sense; None where it does not."""
    told = response.headers.get("retry-after", "")
    if response.status_code != 429 or not told.isdigit():
        return None
    seconds = float(told)
    return seconds if seconds <= PATIENT_SECONDS else None
