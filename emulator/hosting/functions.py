"""A deployment of Pages as a version that a process runs, like a Worker's."""

from collections.abc import Mapping

from emulator.pages.models import Deployment, Function
from emulator.workers.models import Kind, Module, Syntax, Version

# In a script's place; a Worker's name has no colon.
PREFIX = "pages:"
DEFAULT_DATE = "2021-11-02"
KINDS: Mapping[str, Kind] = {
    "application/javascript+module": Kind.ES_MODULE,
    "application/javascript": Kind.SCRIPT,
    "application/wasm": Kind.WASM,
    "application/octet-stream": Kind.DATA,
    "text/plain": Kind.TEXT,
    "text/javascript": Kind.ES_MODULE,
}


def script_of(project: str) -> str:
    return f"{PREFIX}{project}"


def version_of(deployment: Deployment, function: Function) -> Version:
    modules = [
        Module(
            one.name,
            KINDS.get(one.content_type.partition(";")[0].strip(), Kind.DATA),
            one.content_type,
            "",
            0,
            one.blob,
        )
        for one in function.modules
    ]
    return Version(
        deployment.id,
        deployment.number,
        deployment.created_at,
        "pages",
        "",
        Syntax.MODULES,
        function.main,
        modules,
        function.bindings,
        function.compatibility_date or DEFAULT_DATE,
        function.compatibility_flags,
    )
