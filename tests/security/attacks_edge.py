"""What is smuggled between the edge and a Worker: headers, and requests within requests."""

from typing import NamedTuple

FORGED = "forged"


class Smuggled(NamedTuple):
    """Header lines as they are sent. `unseen`: the Worker must not find the text anywhere."""

    name: str
    lines: tuple[str, ...]
    unseen: str = FORGED


class Malformed(NamedTuple):
    """Bytes behind the request line and `Host`: refused with 400, and no second answer."""

    name: str
    rest: bytes


SMUGGLED = (
    Smuggled("a ray", ("cf-ray: forged",)),
    Smuggled("a ray twice", ("cf-ray: forged", "CF-RAY: forged")),
    Smuggled("a visitor", ('CF-Visitor: {"scheme":"forged"}',)),
    Smuggled("a country", ("CF-IPCountry: forged",)),
    Smuggled("an address that is none", ("CF-Connecting-IP: forged",)),
    Smuggled(
        "two addresses that are none", ("CF-Connecting-IP: forged", "cf-connecting-ip: forged")
    ),
    Smuggled("a list of addresses", ("CF-Connecting-IP: 203.0.113.5, forged",)),
    Smuggled("a real address", ("X-Real-IP: forged",)),
    Smuggled("a protocol", ("X-Forwarded-Proto: forged",)),
    Smuggled("a binding's token", ("cftwin-binding: forged",)),
    Smuggled("another account", ("cftwin-account: forged",)),
    Smuggled("request.cf", ('cftwin-cf: {"country":"forged"}',)),
    Smuggled("any header of ours", ("CFTWIN-Anything: forged",)),
    Smuggled("a binding's token with underscores", ("cftwin_binding: forged",)),
    Smuggled("a ray with underscores", ("cf_ray: forged",)),
    Smuggled("an address with underscores", ("cf_connecting_ip: forged",)),
    Smuggled("a real address with underscores", ("x_real_ip: forged",)),
    Smuggled("a header of this hop", ("Connection: x-secret", "X-Secret: forged")),
    Smuggled("headers of this hop", ("Connection: close, X-A , x-b", "X-A: forged", "X-B: forged")),
    Smuggled("our header as one of this hop", ("Connection: cf-ray", "cf-ray: forged")),
    Smuggled("proxy credentials", ("Proxy-Authorization: forged",)),
    Smuggled("a proxy's connection", ("Proxy-Connection: forged",)),
    Smuggled("transfer codings", ("TE: forged",)),
    Smuggled("trailers", ("Trailer: forged",)),
    Smuggled("another protocol", ("Connection: Upgrade", "Upgrade: forged")),
    Smuggled("kept alive", ("Keep-Alive: forged",)),
)

HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: hidden.example\r\n\r\n"
MALFORMED = (
    Malformed(
        "a length and chunks",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    ),
    Malformed(
        "chunks and a length",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + HIDDEN,
    ),
    Malformed("two lengths", b"Content-Length: 0\r\nContent-Length: 44\r\n\r\n" + HIDDEN),
    Malformed("the same length twice", b"Content-Length: 0\r\nContent-Length: 0\r\n\r\n" + HIDDEN),
    Malformed("a list of lengths", b"Content-Length: 0, 44\r\n\r\n" + HIDDEN),
    Malformed("a signed length", b"Content-Length: +5\r\n\r\nhello" + HIDDEN),
    Malformed("a negative length", b"Content-Length: -1\r\n\r\n" + HIDDEN),
    Malformed("a length in hexadecimal", b"Content-Length: 0x5\r\n\r\nhello" + HIDDEN),
    Malformed("a length beyond numbers", b"Content-Length: 99999999999999999999\r\n\r\n" + HIDDEN),
    Malformed(
        "chunks that are not last",
        b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + HIDDEN,
    ),
    Malformed("an unknown coding", b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + HIDDEN),
    Malformed(
        "a folded coding",
        b"Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + HIDDEN,
    ),
    Malformed("a space before the colon", b"Content-Length : 5\r\n\r\nhello" + HIDDEN),
    Malformed(
        "a space before a coding's colon", b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + HIDDEN
    ),
    Malformed("a name that is none", b"X-\xe9(: 1\r\n\r\n" + HIDDEN),
    Malformed("no name", b": 1\r\n\r\n" + HIDDEN),
    Malformed("no colon", b"nothing\r\n\r\n" + HIDDEN),
    Malformed("a zero byte", b"X-A: a\0b\r\n\r\n" + HIDDEN),
    Malformed("a zero byte in a name", b"X-\0A: b\r\n\r\n" + HIDDEN),
    Malformed("a bare carriage return", b"X-A: a\rX-B: b\r\n\r\n" + HIDDEN),
    Malformed(
        "a chunk's size beyond numbers",
        b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n" + HIDDEN,
    ),
    Malformed("a chunk's size that is none", b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + HIDDEN),
    Malformed(
        "a chunk that is longer than it says",
        b"Transfer-Encoding: chunked\r\n\r\n1\r\nhello\r\n0\r\n\r\n" + HIDDEN,
    ),
    Malformed("a folded header", b"X-A: a\r\n b\r\n\r\n" + HIDDEN),
)
