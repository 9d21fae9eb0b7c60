"""A script's files laid out, its main module imported, its handlers found."""

import importlib
import inspect
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import Any

from emulator.workers.python.asgi import AsgiServer
from emulator.workers.python.entrypoint import WorkerEntrypoint
from emulator.workers.python.invocation import Invocation
from emulator.workers.python.messages import Request, Response
from emulator.workers.python.requests import WorkerRequest

# Below it are packages that were uploaded with the script, built for another platform maybe.
VENDORED = "python_modules"


class ScriptError(Exception):
    """The script is not one that can run."""


def lay_out(modules: Iterable[Mapping[str, Any]], directory: Path) -> str:
    """Copy the files to where Python looks for them; the main module's name.

    Raises `ScriptError` for a name that leads elsewhere.
    """
    names = []
    for one in modules:
        path = PurePosixPath(one["name"])
        if path.is_absolute() or ".." in path.parts or "\0" in one["name"]:
            raise ScriptError(f"the module name {one['name']!r} leads out of the script")
        if one["python"] and path.suffix != ".py":
            path = path.with_name(f"{path.name}.py")
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(one["path"], target)
        names.append(path)
    main = names[0]
    return ".".join((*main.parts[:-1], main.stem))


def load(name: str, directory: Path) -> ModuleType:
    """Import the main module. Whatever it raises goes through."""
    # What lies where the twin was started is not the script's.
    sys.path[:] = [str(directory), *(one for one in sys.path if one not in ("", os.getcwd()))]
    # Last: what the interpreter has itself is built for it.
    sys.path.append(str(directory / VENDORED))
    importlib.invalidate_caches()
    return importlib.import_module(name)


class Script:
    """What the main module offers: `Default` and other classes, functions, or an application."""

    def __init__(self, module: ModuleType, env: Any, asgi: AsgiServer) -> None:
        self._module = module
        self._env = env
        self._asgi = asgi
        default = getattr(module, "Default", None)
        self._app = None if default or self._function("fetch") else getattr(module, "app", None)
        if default is None and self._app is None and not self._functions():
            raise ScriptError(
                "No event handlers were registered. This script does nothing: it has no class "
                "Default, no on_fetch and no application named app."
            )

    async def fetch(
        self, request: Request, ctx: Invocation, entrypoint: str | None = None
    ) -> Response:
        """Raises what the script raises, and `TypeError` for what is no answer."""
        if self._app is not None and entrypoint is None:
            return await self._asgi.fetch(self._app, request, self._env)
        function = None if entrypoint else self._function("fetch")
        if function is not None and not hasattr(self._module, "Default"):
            answer = await called(function, request, self._env, ctx)
        else:
            handler = self._method("fetch", ctx, entrypoint)
            answer = await called(handler, WorkerRequest(request), self._env, ctx)
        answer = getattr(answer, "js_object", answer)
        if not isinstance(answer, Response):
            kind = type(answer).__name__
            raise TypeError(f"the fetch handler returned no Response, but {kind}")
        return answer

    async def scheduled(self, controller: Any, ctx: Invocation) -> None:
        function = self._function("scheduled")
        if function is None or hasattr(self._module, "Default"):
            function = self._method("scheduled", ctx, None)
        await called(function, controller, self._env, ctx)

    def _functions(self) -> list[Callable[..., Any]]:
        found = [self._function(name) for name in ("fetch", "scheduled")]
        return [one for one in found if one is not None]

    def _function(self, name: str) -> Callable[..., Any] | None:
        found: Callable[..., Any] | None = getattr(self._module, f"on_{name}", None)
        return found

    def _method(self, name: str, ctx: Invocation, entrypoint: str | None) -> Callable[..., Any]:
        """The method of a new instance. Raises `AttributeError`."""
        wanted = getattr(self._module, entrypoint or "Default", None)
        if inspect.isclass(wanted) and issubclass(wanted, WorkerEntrypoint):
            wanted = wanted(ctx, self._env)
        elif inspect.isclass(wanted):
            wanted = wanted()
        if not hasattr(wanted, name):
            raise AttributeError(f"Handler does not export a {name}() function.")
        method: Callable[..., Any] = getattr(wanted, name)
        return method


async def called(function: Callable[..., Any], *given: Any) -> Any:
    """Call it with as many of these as it takes."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        parameters = ()  # type: ignore[assignment]  # nothing is known of it
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    taken = len([one for one in parameters if one.kind in kinds])
    if any(one.kind is inspect.Parameter.VAR_POSITIONAL for one in parameters):
        taken = len(given)
    result = function(*given[:taken])
    return await result if inspect.isawaitable(result) else result
