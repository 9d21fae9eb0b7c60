"""`cftwin up`: read what there is to read, build the twin, fill it, serve it, stop it."""

import asyncio
import logging
import os
import resource
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from emulator.console_log import PlainFormatter, printer
from emulator.hosting.fleet import Fleet
from emulator.listeners import Listeners, listen
from emulator.ready import FILE_NAME, Ready
from emulator.server import Servers
from emulator.twin import Twin
from emulator.world import Plan, Progress, Report, World

# Some systems give every process 256 or 1,024, and let it have many more if it asks.
OPEN_FILES = 10_000


def ready_of(listeners: Listeners, plan: Plan) -> Ready:
    from emulator.standins.supabase.keys import keys_of

    api, keys = listeners.api.url, keys_of(plan.settings, plan.account_id)
    return Ready(
        f"{api}/client/v4",
        listeners.edge.url,
        listeners.s3.url,
        plan.account_id,
        os.getpid(),
        supabase=f"{api}/supabase",
        gateway=f"{api}/gateway/v1",
        supabase_anon_key=keys.anon,
        supabase_service_key=keys.service_role,
        bridge_ca=str(listeners.bridge_ca.absolute()) if listeners.bridge_ca else None,
    )


def log_plainly() -> None:
    """The twin's own log lines go to stderr, spelled out where requests are quoted in them."""
    handler = logging.StreamHandler()
    handler.setFormatter(PlainFormatter())
    logging.getLogger("cftwin").addHandler(handler)


def allow_connections() -> None:
    """Ask for as many open files as a thousand users need: a connection is one, and stays."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def scripts_of(twin: Twin, fleet: Fleet) -> dict[str, str]:
    """Where each script of each account answers; their own ports are open from now on."""
    urls: dict[str, str] = {}
    for record in twin.directory.accounts():
        await fleet.restore(record.id)
        workers = twin.account(record.id).workers
        subdomain = workers.triggers.find_subdomain()
        for script in workers.scripts():
            if script.on_subdomain and subdomain is not None:
                urls[script.name] = fleet.url(script.name, subdomain)
    return urls


async def serve(
    plan: Plan, report: Report, progress: Progress, announce: Callable[[Ready], None]
) -> None:
    """Run until the process is told to stop (SIGINT or SIGTERM)."""
    allow_connections()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    world = World(plan, report, progress)
    listeners: Listeners | None = None

    async def restore() -> None:
        await asyncio.to_thread(world.fill)
        if listeners is not None:
            await world.deploy(ready_of(listeners, plan), listeners.fleet)

    try:
        shown = printer(sys.stderr, os.environ)
        log_plainly()
        listeners = listen(world.twin, shown, restore, plan.default_script)
        await asyncio.to_thread(world.fill)
        servers = Servers(listeners.all)
        await servers.start()
        listeners.start()
        ready = await world.deploy(ready_of(listeners, plan), listeners.fleet)
        scripts = await scripts_of(world.twin, listeners.fleet)
        ready = replace(ready, scripts=scripts, ports=listeners.fleet.ports())
        (world.twin.path / FILE_NAME).write_bytes(ready.to_json())
        announce(ready)
        await stop.wait()
        await servers.stop()
    finally:
        (world.twin.path / FILE_NAME).unlink(missing_ok=True)
        if listeners is not None:
            await listeners.close()
        world.twin.close()
