"""A script's code as it is read back: a bare script, or a form with a part for each module."""

from hashlib import sha256

from emulator.wire.reply import Reply
from emulator.workers.models import Module, Syntax, Version
from emulator.workers.store import WorkersStore

JAVASCRIPT = b"application/javascript"
# What a header cannot hold as it is: the client undoes it, as for a file name in a form.
ESCAPES = str.maketrans({"\r": "%0D", "\n": "%0A", '"': "%22"})


def content_reply(store: WorkersStore, version: Version) -> Reply:
    """All of the code; reads it from the disk."""
    if version.syntax is Syntax.SERVICE_WORKER and len(version.code) == 1:
        data = store.blobs.path(version.code[0].blob).read_bytes()
        return Reply(data, headers=((b"content-type", JAVASCRIPT),))
    boundary = sha256(version.id.encode()).hexdigest()
    pieces = [part_of(store, module, boundary) for module in version.code]
    body = b"".join(pieces) + f"--{boundary}--\r\n".encode()
    headers = [(b"content-type", f"multipart/form-data; boundary={boundary}".encode())]
    if version.main is not None:
        entry_point = version.main.translate(ESCAPES).encode("utf-8", "replace")
        headers.append((b"cf-entrypoint", entry_point))
    return Reply(body, headers=tuple(headers))


def part_of(store: WorkersStore, module: Module, boundary: str) -> bytes:
    name = module.name.translate(ESCAPES)
    head = (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="{name}"; filename="{name}"\r\n'
        f"Content-Type: {module.content_type}\r\n\r\n"
    )
    data = store.blobs.path(module.blob).read_bytes()
    return head.encode("utf-8", "replace") + data + b"\r\n"
