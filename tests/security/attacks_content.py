"""What comes in bodies and paths: bombs, depth, and names that want to be paths."""

import gzip
import io
import zipfile
import zlib
from typing import NamedTuple

MEGABYTES = 64
LAUGHS = (
    '<!DOCTYPE l [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {new} "{f"&{old};" * 10}">'
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]><Delete><Object><Key>&i;</Key></Object></Delete>"
)


class Sent(NamedTuple):
    """A body and what it says it is. No answer may be a 5xx, take long or grow the twin."""

    name: str
    body: bytes
    content_type: str = "application/json"
    encoding: str = ""
    # Of routes that read it; empty: of all.
    only: str = ""

    @property
    def headers(self) -> dict[str, str]:
        coded = {"Content-Encoding": self.encoding} if self.encoding else {}
        return {"Content-Type": self.content_type, **coded}


def zipped(size: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("index.html", "../../evil.html", "/etc/evil"):
            archive.writestr(name, bytes(size))
    return file.getvalue()


def nested(depth: int, kind: str) -> bytes:
    opened, closed = {"arrays": ("[", "]"), "objects": ('{"a":', "}")}[kind]
    return (opened * depth + "1" + closed * depth).encode()


def parts(count: int, headers: str = "", boundary: str = "x") -> bytes:
    disposition = 'Content-Disposition: form-data; name="metadata"'
    one = f"--{boundary}\r\n{disposition}\r\n{headers}\r\n{{}}\r\n"
    return (one * count + f"--{boundary}--\r\n").encode()


FORM = "multipart/form-data; boundary=x"
INNER = f"Content-Type: {FORM.replace('=x', '=y')}\r\n"
ZEROS = bytes(MEGABYTES * 1024**2)
BODIES = (
    Sent("a gzip bomb", gzip.compress(ZEROS), encoding="gzip"),
    Sent("a bomb in a bomb", gzip.compress(gzip.compress(ZEROS)), encoding="gzip, gzip"),
    Sent("a deflate bomb", zlib.compress(ZEROS), encoding="deflate"),
    Sent("what calls itself brotli", b"\x5b" * 1_000, encoding="br"),
    Sent("what calls itself zstd", b"\x28\xb5\x2f\xfd" * 100, encoding="zstd"),
    Sent("an unknown encoding", b"{}", encoding="x" * 1_000),
    Sent("a zip", zipped(1024**2), "application/zip"),
    Sent("a zip in a form", parts(1).replace(b"{}", zipped(1024**2)), FORM),
    *(
        Sent(f"{depth} {kind} in one another", nested(depth, kind))
        for depth in (300, 100_000)
        for kind in ("arrays", "objects")
    ),
    Sent("a deep value of a field", b'{"params": ' + nested(600, "arrays") + b"}"),
    Sent("brackets that nobody closes", b"[" * 100_000),
    Sent("a number beyond numbers", b'{"limit": ' + b"9" * 5_000 + b"}"),
    Sent("an exponent beyond numbers", b'{"limit": 1e999999}'),
    Sent("half a pair of surrogates", b'{"name": "\\ud800", "sql": "\\udfff"}'),
    Sent("no UTF-8", b'{"name": "\xff\xfe"}'),
    Sent("a zero byte", b'{"name": "a\\u0000b", "sql": "SELECT 1\\u0000"}'),
    Sent("one name ten thousand times", b"{" + b'"name":1,' * 10_000 + b'"name":1}'),
    Sent("ten thousand names", b"{" + b",".join(b'"n%d":1' % one for one in range(10_000)) + b"}"),
    Sent(
        "names that hash alike", b"[" + b",".join(b"%d" % (2**61 - 1) for _ in range(9_000)) + b"]"
    ),
    Sent("too many parts", parts(20_001), FORM, only="/values/"),
    Sent("a part of many headers", parts(1, "X-A: b\r\n" * 5_000), FORM),
    Sent("a part of a long header", parts(1, "X-A: " + "b" * 200_000 + "\r\n"), FORM),
    Sent("a form in a form", parts(1, INNER).replace(b"{}", parts(3, boundary="y")), FORM),
    Sent("a form without a boundary", parts(1), "multipart/form-data"),
    Sent("a form of another boundary", parts(1), FORM + "z"),
    Sent("a boundary that is a pattern", parts(1), 'multipart/form-data; boundary="' + '\\"' * 500),
    Sent("a form that does not end", b"--x\r\n", FORM),
    Sent("laughs", LAUGHS.encode(), "application/xml"),
)

# What names a file of this machine, were it a path.
TRAVERSALS = (
    "../../../../../../etc/passwd",
    "..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e%2f%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "..%252f..%252fetc%252fpasswd",
    "..%5c..%5c..%5cetc%5cpasswd",
    "....%2f%2f....%2f%2fetc%2fpasswd",
    "%2fetc%2fpasswd",
    "file:%2f%2f%2fetc%2fpasswd",
    "..%c0%af..%c0%afetc%c0%afpasswd",
    "%2e%2e",
    "%2e",
    "x%00.html",
    "%00",
    "%0d%0aX-Evil:%20yes",
    "..%2fstranger",
    "CON",
    "a" * 300,
    "%ff%fe",
    "%ed%a0%80",
    "~root",
    "$(id)",
    "%7b%7b7*7%7d%7d",
    "'%20OR%20'1'='1",
)

INSIDE = (
    "http://localhost/",
    "http://localhost./",
    "http://localhost../",
    "http://LOCALHOST/",
    "http://127.0.0.1/",
    "http://127.0.0.1../",
    "http://127.1/",
    "http://127.0.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://017700000001/",
    "http://0/",
    "http://0.0.0.0/",
    "http://[::]/",
    "http://[::1]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[fe80::1%25lo]/",
    "http://[fd00::1]/",
    "http://10.0.0.1/",
    "http://192.168.0.1/",
    "http://172.16.0.1/",
    "http://100.64.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://169.254.170.2/v2/credentials/",
    "http://2852039166/latest/meta-data/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://metadata/computeMetadata/v1/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://host.docker.internal/",
    "http://shop.localhost/",
    "http://printer.local/",
    "http://db/",
    "http://unix:/var/run/docker.sock",
    "http://%2fvar%2frun%2fdocker.sock/",
    "http://user@localhost/",
    "http://example.com#@localhost/",
    "http://example.com\\@localhost/",
    "http://１２７.0.0.1/",
    "http:///",
    "http://-/",
    "http://./",
    "http://localhost:99999/",
)
# Addresses that a name may lead to, and that a name let out by a pattern may not.
INNER_ADDRESSES = (
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.1.2.3",
    "172.31.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "198.18.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
)
