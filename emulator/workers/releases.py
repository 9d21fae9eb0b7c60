"""How a draft becomes a version that is served: start it, keep it, swap it in.

Of one script one thing happens at a time, so that nobody builds on a version that is just being
replaced. A script that does not start changes nothing: the old one goes on serving.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from weakref import WeakValueDictionary

from emulator.core.clock import Clock
from emulator.core.ids import Ids
from emulator.workers.drafts import Drafts
from emulator.workers.errors import ClassDropped, NoHandlers, ScriptInvalid
from emulator.workers.models import Author, Deployment, Draft, Share, StartUp, Syntax, Version
from emulator.workers.running import Resources, Runnable, Runtime, ScriptBroken
from emulator.workers.store import WorkersStore

Build = Callable[[Drafts], Draft]


@dataclass(frozen=True, slots=True)
class Site:
    """One account's scripts as the releases see them."""

    account_id: str
    store: WorkersStore
    resources: Resources


class Releases:
    """All accounts' scripts, on the event loop."""

    def __init__(self, runtime: Runtime, clock: Clock, ids: Ids) -> None:
        self.runtime = runtime
        self._clock = clock
        self._ids = ids
        self._turns: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def release(
        self,
        site: Site,
        script: str,
        author: Author,
        build: Build,
        annotations: Mapping[str, str] | None,
    ) -> Version:
        """The version that `build` drafts, if it starts; deployed if there are `annotations`.

        Raises what building raises, `ScriptInvalid` with the runtime's words, `NoHandlers`,
        `ClassDropped`.
        """
        async with self._turn(site, script):
            drafts = Drafts(site.store, site.resources, self._clock, self._ids)
            # It writes the modules to the disk.
            draft = await asyncio.to_thread(build, drafts)
            try:
                startup = await self._checked(site, draft)
                version = replace(draft.version, startup=startup)
                draft = replace(draft, version=version)
                version = site.store.commit(draft, author, annotations)
            except BaseException:
                site.store.discard(draft)
                raise
            if annotations is not None:
                await self.runtime.deployed(site.account_id, script)
            return version

    async def deploy(
        self,
        site: Site,
        script: str,
        shares: Sequence[Share],
        author: Author,
        annotations: Mapping[str, str],
        *,
        force: bool,
    ) -> Deployment:
        """Serve versions that are there. Raises what `WorkersStore.deploy` raises."""
        async with self._turn(site, script):
            deployment = site.store.deploy(script, shares, author, annotations, force=force)
            await self.runtime.deployed(site.account_id, script)
            return deployment

    async def delete(self, site: Site, script: str, *, force: bool) -> None:
        """Raises `ScriptNotFound`, `ScriptInUse`."""
        async with self._turn(site, script):
            await asyncio.to_thread(site.store.delete_script, script, force=force)
            await self.runtime.deleted(site.account_id, script)

    @asynccontextmanager
    async def _turn(self, site: Site, script: str) -> AsyncIterator[None]:
        key = (site.account_id, script)
        turn = self._turns.get(key)
        if turn is None:
            turn = self._turns[key] = asyncio.Lock()
        async with turn:
            yield

    async def _checked(self, site: Site, draft: Draft) -> StartUp:
        version = draft.version
        if version.syntax is Syntax.ASSETS_ONLY:
            return StartUp(handlers=())
        runnable = Runnable(site.account_id, draft.script, version, site.store.blobs)
        try:
            startup = await self.runtime.check(runnable)
        except ScriptBroken as error:
            raise ScriptInvalid(reason=error) from None
        if startup.handlers is not None and not startup.handlers and not startup.exports:
            raise NoHandlers()
        if startup.exports is not None:
            after = draft.namespaces
            for one in site.store.namespaces(draft.script) if after is None else after:
                if one.class_name not in startup.exports:
                    raise ClassDropped(name=one.class_name)
        return startup
