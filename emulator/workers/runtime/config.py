"""A program as workerd's configuration, in Cap'n Proto's text format. Pure text.

Sockets: `edge` is what the edge proxies to, `direct` a port of the script's own, both served
by the script itself; `control` is served by a worker of ours that runs cron handlers and
answers whether the script's thread is free. By each entrance another script calls this one.
Their addresses are on the command line.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import orjson

from emulator.workers.runtime.program import (
    AbsentBinding,
    Binding,
    BlobBinding,
    Entrance,
    FetcherBinding,
    JsonBinding,
    KeyBinding,
    KVBinding,
    Module,
    ModuleKind,
    ObjectBinding,
    Program,
    R2Binding,
    ServiceBinding,
    TextBinding,
    WrappedBinding,
    Wrapping,
)

# Injected into every call of a binding; the listener knows the resource by it.
TOKEN_HEADER = "cftwin-binding"
CF_HEADER = "cftwin-cf"
PROTO_HEADER = "x-forwarded-proto"
OBJECTS = "objects"
# Who connects to it wants Cap'n Proto, by which one script calls another's methods.
RPC_HOST = "cftwin"
CONTROL_FILE = Path(__file__).with_name("control.mjs")
ABSENT_FILE = Path(__file__).with_name("absent.mjs")
TAIL_FILE = Path(__file__).with_name("tail.mjs")
ABSENT = "cftwin:absent"
# As workerd's bindings call what were files beside a script of the old syntax.
BLOBS: Mapping[ModuleKind, str] = {
    ModuleKind.WASM: "wasmModule",
    ModuleKind.TEXT: "text",
    ModuleKind.DATA: "data",
}

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
        *(outside(binding, listener) for binding in program.bindings if is_outside(binding)),
    ]
    if program.tail is not None:
        services += [
            external("listener", listener, program.tail),
            struct(("name", quoted("tail")), ("worker", tail())),
        ]
    if program.objects:
        disk = struct(("path", quoted(str(objects))), ("writable", "true"))
        services.append(struct(("name", quoted(OBJECTS)), ("disk", disk)))
    sockets = [
        socket("edge", quoted("main")),
        socket("direct", quoted("main")),
        socket("control", quoted("control")),
        *(socket(one.name, entered(one), rpc=True) for one in program.entrances),
    ]
    return (
        'using Workerd = import "/workerd/workerd.capnp";\n'
        "const config :Workerd.Config = (\n"
        f"  services = {items(services)},\n"
        f"  sockets = {items(sockets)},\n"
        f"  extensions = {items([extension()])},\n"
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
    if program.tail is not None:
        props = struct(("json", quoted(quoted_json(program.name))))
        fields.append(("tails", items([struct(("name", quoted("tail")), ("props", props))])))
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


def tail() -> str:
    """The worker that is told what the script has done, and tells the twin."""
    return struct(
        ("modules", items([module_of(TAIL_FILE)])),
        ("compatibilityDate", quoted("2026-01-01")),
        (
            "bindings",
            items([struct(("name", quoted("LISTENER")), ("service", quoted("listener")))]),
        ),
    )


def extension() -> str:
    """The module of ours that absent bindings are made of."""
    module = struct(
        ("name", quoted(ABSENT)), ("internal", "true"), ("esModule", embedded(ABSENT_FILE))
    )
    return struct(("modules", items([module])))


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
        case FetcherBinding() | ServiceBinding():
            return struct(name, ("service", quoted(service_of(binding.name))))
        case ObjectBinding():
            return struct(name, ("durableObjectNamespace", quoted(binding.class_name)))
        case KeyBinding():
            return struct(name, ("cryptoKey", key(binding)))
        case BlobBinding():
            return struct(name, (BLOBS[binding.kind], embedded(binding.path)))
        case AbsentBinding():
            inner = [inner_binding("kind", "text", binding.kind)]
            return struct(name, ("wrapped", wrapped(ABSENT, inner)))
        case WrappedBinding():
            inner = [inner_binding("fetcher", "service", service_of(binding.name))]
            if binding.wrapping is Wrapping.VECTORIZE:
                inner += [
                    inner_binding("indexId", "text", binding.index or ""),
                    inner_binding("indexVersion", "text", "v2"),
                    inner_binding("useNdJson", "json", "true"),
                ]
            return struct(name, ("wrapped", wrapped(binding.wrapping, inner)))


def wrapped(module_name: str, inner: Iterable[str]) -> str:
    return struct(("moduleName", quoted(module_name)), ("innerBindings", items(inner)))


def inner_binding(name: str, kind: str, value: str) -> str:
    return struct(("name", quoted(name)), (kind, quoted(value)))


def key(binding: KeyBinding) -> str:
    return struct(
        (binding.format, quoted(binding.data)),
        ("algorithm", struct(("json", quoted(binding.algorithm)))),
        ("usages", f"[{', '.join(binding.usages)}]"),
    )


def is_outside(binding: Binding) -> bool:
    """Whether something outside the process serves it."""
    kinds = KVBinding | R2Binding | WrappedBinding | FetcherBinding | ServiceBinding
    return isinstance(binding, kinds)


def outside(binding: Binding, listener: str) -> str:
    """The service that a binding is made of."""
    name = service_of(binding.name)
    if isinstance(binding, ServiceBinding):
        options = [*URL_AND_CF, ("capnpConnectHost", quoted(RPC_HOST))]
        return service_at(name, f"unix:{binding.path}", options)
    assert isinstance(binding, KVBinding | R2Binding | WrappedBinding | FetcherBinding)
    return external(name, listener, binding.token, whole=isinstance(binding, FetcherBinding))


def service_of(binding_name: str) -> str:
    return f"env:{binding_name}"


def external(name: str, address: str, token: str, *, whole: bool = False) -> str:
    """A service of the twin, which the token tells what is asked for; `whole` if the request's
    own scheme and `cf` matter there.
    """
    injected = struct(("name", quoted(TOKEN_HEADER)), ("value", quoted(token)))
    options = [("injectRequestHeaders", items([injected]))]
    return service_at(name, address, [*options, *(URL_AND_CF if whole else ())])


def service_at(name: str, address: str, options: Iterable[tuple[str, str]]) -> str:
    outside = struct(("address", quoted(address)), ("http", struct(*options)))
    return struct(("name", quoted(name)), ("external", outside))


def socket(name: str, service: str, *, rpc: bool = False) -> str:
    options = [*URL_AND_CF, *([("capnpConnectHost", quoted(RPC_HOST))] if rpc else ())]
    return struct(("name", quoted(name)), ("http", struct(*options)), ("service", service))


def entered(one: Entrance) -> str:
    """What is behind an entrance."""
    fields = [("name", quoted("main"))]
    if one.entrypoint is not None:
        fields.append(("entrypoint", quoted(one.entrypoint)))
    if one.props is not None:
        fields.append(("props", struct(("json", quoted(one.props)))))
    return struct(*fields)


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


def quoted_json(text: str) -> str:
    return orjson.dumps(text).decode()


URL_AND_CF = (
    ("cfBlobHeader", quoted(CF_HEADER)),
    ("forwardedProtoHeader", quoted(PROTO_HEADER)),
)
