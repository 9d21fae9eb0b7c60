"""Heads and targets as no client makes them, for sockets: strategies of hypothesis."""

from dataclasses import dataclass

from hypothesis import strategies as st

from tests.security.attacks_content import TRAVERSALS
from tests.security.attacks_edge import SMUGGLED
from tests.security.raw import request_bytes

LISTENERS = ("api", "edge", "s3", "runtime")
# The end of a chunked body, and five bytes of any other.
BODY = b"0\r\n\r\n"

ANY = st.text(st.characters(max_codepoint=255), max_size=30)
VISIBLE = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)
NAMES = st.sampled_from(
    "host accept accept-encoding authorization connection content-encoding content-type cookie"
    " cf-connecting-ip cf-ray cf-visitor x-real-ip x-forwarded-for x-forwarded-host forwarded"
    " cftwin-binding cftwin-account cftwin-cf expect if-match if-none-match if-modified-since"
    " origin range referer sec-fetch-site te trailer upgrade x-amz-date x-amz-content-sha256"
    " x-amz-copy-source x-auth-key x-auth-email apikey cf-aig-metadata cf-aig-authorization"
    " cf-r2-jurisdiction mf-binding mf-url x-http-method-override".split()
)
LENGTHS = st.sampled_from(["5", "0", "-1", "+5", "0x5", "5, 5", "five", "", "9" * 30])
CODINGS = st.sampled_from(["chunked", "Chunked", "identity", "gzip, chunked", "x", ""])
TOKENS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=20)
USUAL = st.sampled_from(
    ["127.0.0.1", "localhost", "evil.example", "null", "bytes=0-", "bytes=-1,9-", "*", '"x"']
    + ["application/json", "multipart/form-data; boundary=x", "gzip", "100-continue", "websocket"]
    + ["Bearer x", "Basic x", "AWS4-HMAC-SHA256 Credential=a/b/c/d/e", "{}", "203.0.113.5", "::1"]
)
HEADERS = st.lists(
    st.tuples(NAMES | TOKENS, USUAL | VISIBLE)
    | st.tuples(NAMES | TOKENS, USUAL)
    | st.sampled_from([tuple(row.lines[0].split(": ", 1)) for row in SMUGGLED]),
    max_size=8,
)
# What no parser should let through; now and then, or nothing else would be seen.
BROKEN = st.one_of(
    st.tuples(VISIBLE, ANY),
    st.tuples(st.just("content-length"), LENGTHS),
    st.tuples(st.just("transfer-encoding"), CODINGS),
)
HEADS = HEADERS | HEADERS | st.builds(lambda some, one: [*some, one], HEADERS, BROKEN)
METHODS = st.sampled_from("GET HEAD POST PUT PATCH DELETE OPTIONS PROPFIND".split())
ROOTS = {
    "api": ("/client/v4", "/client/v4/accounts/{account}", "/gateway/v1/{account}/shop")
    + ("/_twin", "/_outside/api.openai.com/v1", "/supabase/auth/v1", "/supabase/storage/v1", ""),
    "edge": ("", "/cdn-cgi"),
    "s3": ("", "/shop"),
    "runtime": ("", "/k"),
}
ESCAPED = st.integers(0, 255).map(lambda byte: f"%{byte:02x}")
SEGMENTS = (
    st.sampled_from(
        [*TRAVERSALS, "", ".", "..", ";", "shop", "k", "%", "%4", "%zz", "?", "#", "\\"]
    )
    | st.lists(ESCAPED, max_size=6).map("".join)
    | st.text(st.characters(min_codepoint=33, max_codepoint=126))
)
KNOWN = (
    "d1 database storage kv namespaces r2 buckets objects vectorize v2 indexes ai run workers"
    " scripts pages projects deployments ai-gateway gateways assets upload events outbox clock"
).split()


@dataclass(frozen=True, slots=True)
class Request:
    """One to send to a listener; `{account}` in it is still to be filled in."""

    listener: str
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]

    def bytes_for(self, account_id: str, token: str) -> bytes:
        headers = list(self.headers)
        names = {name.lower() for name, _ in headers}
        if "authorization" not in names:
            headers.append(("authorization", f"Bearer {token}"))
        if not names & {"content-length", "transfer-encoding"}:
            headers.append(("content-length", str(len(BODY))))
        target = self.target.replace("{account}", account_id)
        return request_bytes(self.method, target, headers, BODY)


def target_of(root: str, segments: list[str], query: str) -> str:
    path = "/".join((root, *segments)) or "/"
    return f"{path}?{query}" if query else path


WITH_HEADERS = st.builds(
    lambda listener, method, target, headers: Request(listener, method, target, tuple(headers)),
    st.sampled_from(LISTENERS),
    METHODS,
    st.sampled_from(
        ["/", "/k", "/shop/k", "/client/v4/user", "/_twin/health", "/supabase/rest/v1/"]
    ),
    HEADS,
)
WITH_PATHS = st.sampled_from(LISTENERS).flatmap(
    lambda listener: st.builds(
        lambda method, root, segments, query: Request(
            listener, method, target_of(root, segments, query), ()
        ),
        METHODS,
        st.sampled_from(ROOTS[listener]),
        st.lists(st.sampled_from(KNOWN) | SEGMENTS, min_size=1, max_size=6),
        SEGMENTS,
    )
)
