"""A program as workerd's configuration, in Cap'n Proto's text format. Pure text.

Sockets: `edge` is what the edge proxies to, `direct` a port of the script's own, both served
by the script itself; `control` is served by a worker of ours that runs cron handlers and
answers whether the script's thread is free. Their addresses are on the command line.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from emulator.workers.runtime.program import (
    Binding,
    FetcherBinding,
    JsonBinding,
    KVBinding,
    Module,
    ObjectBinding,
    Program,
    R2Binding,
    TextBinding,
    Wrapping,
)

# Injected into every call of a binding; the listener knows the resource by it.
TOKEN_HEADER = "cftwin-binding"
CF_HEADER = "cftwin-cf"
PROTO_HEADER = "x-forwarded-proto"
OBJECTS = "objects"
SOCKETS = ("edge", "direct", "control")
CONTROL_FILE = Path(__file__).with_name("control.mjs")

Pairs = Iterable[tuple[str, str]]


def render(program: Program, listener: str, objects: Path) -> str:
    """The configuration's text. `listener` is where bindings are served (`unix:/…`), `objects`
    the directory of Durable Objects' data.
    """
    services = [
        struct(("name", quoted("main")), ("worker", worker(program))),
        struct(("name", quoted("control")), ("worker", control())),
        external("outbound", listener, program.outbound, whole=True),
        external("cache", listener, program.cache, whole=True),
        *(
            external(service_of(binding.name), listener, binding.token, whole=is_whole(binding))
            for binding in program.bindings
            if not isinstance(binding, TextBinding | JsonBinding | ObjectBinding)
        ),
    ]
    if program.objects:
        disk = struct(("path", quoted(str(objects))), ("writable", "true"))
        services.append(struct(("name", quoted(OBJECTS)), ("disk", disk)))
    return (
        'using Workerd = import "/workerd/workerd.capnp";\n'
        "const config :Workerd.Config = (\n"
        f"  services = {items(services)},\n"
        f"  sockets = {items(map(socket, SOCKETS))},\n"
        "  logging = (structuredLogging = true),\n"
        ");\n"
    )


def worker(program: Program) -> str:
    flags = map(quoted, program.compatibility_flags)
    fields = [
        source(program),
        ("compatibilityDate", quoted(program.compatibility_date)),
        ("compatibilityFlags", f"[{', '.join(flags)}]"),
        ("bindings", items(map(bound, program.bindings))),
        ("globalOutbound", quoted("outbound")),
        ("cacheApiOutbound", quoted("cache")),
    ]
    if program.objects:
        fields += [
            ("durableObjectNamespaces", items(map(namespace, program.objects))),
            ("durableObjectStorage", struct(("localDisk", quoted(OBJECTS)))),
        ]
    return struct(*fields)


def source(program: Program) -> tuple[str, str]:
    if program.service_worker is not None:
        return "serviceWorkerScript", embedded(program.service_worker)
    return "modules", items(map(module, program.modules))


def module(one: Module) -> str:
    return struct(("name", quoted(one.name)), (one.kind, embedded(one.path)))


def namespace(class_name: str) -> str:
    return struct(
        ("className", quoted(class_name)), ("uniqueKey", quoted(class_name)), ("enableSql", "true")
    )


def control() -> str:
    return struct(
        ("modules", items([module_of(CONTROL_FILE)])),
        ("compatibilityDate", quoted("2026-01-01")),
        ("compatibilityFlags", f"[{quoted('service_binding_extra_handlers')}]"),
        ("bindings", items([struct(("name", quoted("MAIN")), ("service", quoted("main")))])),
    )


def module_of(path: Path) -> str:
    return struct(("name", quoted(path.name)), ("esModule", embedded(path)))


def bound(binding: Binding) -> str:
    """One binding of the script's `env`."""
    name = ("name", quoted(binding.name))
    match binding:
        case TextBinding():
            return struct(name, ("text", quoted(binding.text)))
        case JsonBinding():
            return struct(name, ("json", quoted(binding.json)))
        case KVBinding():
            return struct(name, ("kvNamespace", quoted(service_of(binding.name))))
        case R2Binding():
            return struct(name, ("r2Bucket", quoted(service_of(binding.name))))
        case FetcherBinding():
            return struct(name, ("service", quoted(service_of(binding.name))))
        case ObjectBinding():
            return struct(name, ("durableObjectNamespace", quoted(binding.class_name)))
        case _:
            inner = [inner_binding("fetcher", "service", service_of(binding.name))]
            if binding.wrapping is Wrapping.VECTORIZE:
                inner += [
                    inner_binding("indexId", "text", binding.index or ""),
                    inner_binding("indexVersion", "text", "v2"),
                    inner_binding("useNdJson", "json", "true"),
                ]
            wrapped = struct(
                ("moduleName", quoted(binding.wrapping)), ("innerBindings", items(inner))
            )
            return struct(name, ("wrapped", wrapped))


def inner_binding(name: str, kind: str, value: str) -> str:
    return struct(("name", quoted(name)), (kind, quoted(value)))


def is_whole(binding: Binding) -> bool:
    """Whether the request's own URL and `cf` matter to who serves it."""
    return isinstance(binding, FetcherBinding)


def service_of(binding_name: str) -> str:
    return f"env:{binding_name}"


def external(name: str, address: str, token: str, *, whole: bool) -> str:
    """A service outside: the twin, which the token tells what is asked for."""
    injected = struct(("name", quoted(TOKEN_HEADER)), ("value", quoted(token)))
    options = [("injectRequestHeaders", items([injected]))]
    if whole:
        options += [
            ("cfBlobHeader", quoted(CF_HEADER)),
            ("forwardedProtoHeader", quoted(PROTO_HEADER)),
        ]
    http = struct(*options)
    return struct(
        ("name", quoted(name)),
        ("external", struct(("address", quoted(address)), ("http", http))),
    )


def socket(name: str) -> str:
    http = struct(
        ("cfBlobHeader", quoted(CF_HEADER)), ("forwardedProtoHeader", quoted(PROTO_HEADER))
    )
    service = "control" if name == "control" else "main"
    return struct(("name", quoted(name)), ("http", http), ("service", quoted(service)))


def embedded(path: Path) -> str:
    return f"embed {quoted(str(path))}"


def struct(*fields: tuple[str, str]) -> str:
    return f"({', '.join(f'{name} = {value}' for name, value in fields)})"


def items(values: Iterable[str]) -> str:
    return "[" + ",\n    ".join(values) + "]"


ESCAPES: Mapping[int, str] = {
    **{code: f"\\x{code:02x}" for code in (*range(32), 127)},
    ord('"'): '\\"',
    ord("\\"): "\\\\",
}


def quoted(text: str) -> str:
    """A text literal; letters beyond ASCII go as they are."""
    return f'"{text.translate(ESCAPES)}"'
