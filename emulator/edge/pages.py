"""Error pages as Cloudflare's edge shows them: text for programs, HTML for people.

https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-1xxx-errors/
"""

from dataclasses import dataclass
from html import escape

from emulator.wire.reply import Reply

TEXT = ((b"content-type", b"text/plain; charset=UTF-8"),)
HTML = ((b"content-type", b"text/html; charset=UTF-8"),)


@dataclass(frozen=True, slots=True)
class Problem:
    """A code of Cloudflare's; `cause` is ours to say, for whoever develops the Worker."""

    code: int
    status: int
    title: str
    what: str


THREW = Problem(1101, 500, "Worker threw exception", "Its log says which.")
EXCEEDED = Problem(
    1102, 503, "Worker exceeded resource limits", "It used too much CPU time or memory."
)
BROKEN = Problem(
    1104, 500, "The twin has failed", "A bug of Cloudflare Twin's own; its log has the reason."
)
NOTHING = Problem(
    1042, 404, "There is nothing here yet", "No Worker is deployed under this host name."
)


def page(problem: Problem, ray: str, host: str, accept: bytes, detail: str = "") -> Reply:
    """The page, in HTML if the client asks for it."""
    if b"text/html" not in accept:
        text = f"error code: {problem.code}"
        return Reply(text.encode(), status=problem.status, headers=TEXT)
    title = f"{problem.title} | {host} | Cloudflare Twin"
    detail = f"<p>{escape(detail)}</p>" if detail else ""
    body = f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 12vh auto; max-width: 38rem;
  padding: 0 1.5rem; color: #1f2328; background: #fff }}
h1 {{ font-size: 1.6rem; margin: 0 0 .5rem }} small {{ color: #59636e }}
@media (prefers-color-scheme: dark) {{ body {{ color: #e6edf3; background: #0d1117 }}
  small {{ color: #9198a1 }} }}
</style>
<h1>Error {problem.code}</h1><h2>{escape(problem.title)}</h2>
<p>{escape(problem.what)}</p>{detail}
<small>Ray ID: {escape(ray)} &middot; {escape(host)}</small></html>
"""
    return Reply(body.encode(), status=problem.status, headers=HTML)
