"""What is to be served under a key: versions, their shares of the requests, their files."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from emulator.core.errors import CloudflareError
from emulator.hosting.functions import PREFIX, version_of
from emulator.hosting.programs import entrance_of
from emulator.twin import Account
from emulator.workers.errors import VersionNotFound
from emulator.workers.models import Module, Version
from emulator.workers.runtime.program import Entrance


class Key(NamedTuple):
    """A script of an account, as deployed; one version of it alone if there is a `version`."""

    account_id: str
    script: str
    version: str = ""


class Source(NamedTuple):
    """`versions` each with its part of the requests in percent; `path` is where a module is."""

    versions: Sequence[tuple[Version, float]]
    path: Callable[[Module], Path]
    entrances: frozenset[Entrance]


def source_of(account: Account, key: Key) -> Source:
    """Without versions when nothing is deployed."""
    if key.script.startswith(PREFIX):
        return function_source(account, key)
    blobs = account.workers.blobs
    versions = deployed_versions(account, key)
    entrances = incoming(account, key.script)
    return Source(versions, lambda module: blobs.path(module.blob), entrances)


def function_source(account: Account, key: Key) -> Source:
    """Of a deployment of Pages; nothing if it is gone or has no Function."""
    pages, project = account.pages, key.script.removeprefix(PREFIX)
    try:
        deployment = pages.get_deployment(project, key.version)
    except CloudflareError:
        return Source([], lambda module: pages.blobs.path(module.blob), frozenset())
    found = deployment.function
    versions = [] if found is None else [(version_of(deployment, found), 100.0)]
    return Source(versions, lambda module: pages.blobs.path(module.blob), frozenset())


def deployed_versions(account: Account, key: Key) -> Sequence[tuple[Version, float]]:
    store = account.workers
    if key.version:
        try:
            return [(store.get_version(key.script, key.version), 100)]
        except VersionNotFound:
            return []
    active = store.active(key.script)
    shares = sorted(active.shares if active else (), key=lambda share: -share.percentage)
    return [(store.get_version(key.script, one.version_id), one.percentage) for one in shares]


def incoming(account: Account, script: str) -> frozenset[Entrance]:
    """By which entrances the account's scripts call this one."""
    return frozenset(
        entrance_of(binding)
        for _, binding in account.workers.users(script)
        if binding["type"] == "service"
    )


def version_named(account: Account, script: str, prefix: str) -> str | None:
    """The id of the script's version that begins so; none that has Durable Objects."""
    for version in account.workers.versions(script):
        kinds = {binding["type"] for binding in version.bindings}
        if version.id.startswith(prefix) and "durable_object_namespace" not in kinds:
            return version.id
    return None
