"""Which Worker or Pages site a Host and path mean.

`<script>.<subdomain>.workers.dev` and `<site>.pages.dev` mean what they mean at Cloudflare, and
so do the same names below `workers.localhost` and `pages.localhost`, which browsers lead to this
machine. What has a custom domain or a route goes by that; every other Host means the script
that `up` serves, or the only one there is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from emulator.core.settings import DEFAULT_ACCOUNT_ID
from emulator.pages.models import Project
from emulator.sites.first import wild
from emulator.twin import Account, Twin

WORKERS_SUFFIXES = (".workers.localhost", ".workers.dev")
PAGES_SUFFIXES = (".pages.localhost", ".pages.dev")
# `<first digits of a version's id>-<script>`: that version alone.
PREVIEW = re.compile(r"(?P<version>[0-9a-f]{8})-(?P<script>.+)")


@dataclass(frozen=True, slots=True)
class ScriptTarget:
    """A script; `version` is what a version's id begins with, if one alone is meant."""

    account: Account
    script: str
    version: str | None = None


@dataclass(frozen=True, slots=True)
class PagesTarget:
    """A site of Pages: what is live, or the deployment of a short id or a branch (`label`)."""

    account: Account
    project: Project
    label: str | None = None


Target = ScriptTarget | PagesTarget


def host_name(header: str) -> str:
    """The name in a Host header: lower case, without port and final dot."""
    name = header.strip().lower()
    if name.startswith("["):
        return name.partition("]")[0] + "]"
    return name.partition(":")[0].rstrip(".")


class Hosts:
    """Looks hosts up in all accounts; the default one wins where two have the same."""

    def __init__(self, twin: Twin, default_script: str | None) -> None:
        self._twin = twin
        self._default_script = default_script
        # By subdomain; asked anew when the account has changed it.
        self._accounts: dict[str, str] = {}

    def find(self, host: str, path: str) -> Target | None:
        """None: nothing is there. `host` is as `host_name` gives it."""
        return self.named(host, path) or self._default(host)

    def serves(self, host: str, path: str) -> bool:
        """Whether the host is one of this twin's, and not led to the default script."""
        return is_own(host) or self._configured(host, path) is not None

    def named(self, host: str, path: str) -> Target | None:
        """What has this name; never the default script."""
        for suffix in PAGES_SUFFIXES:
            if host.endswith(suffix):
                return self._site(host.removesuffix(suffix))
        for suffix in WORKERS_SUFFIXES:
            if host.endswith(suffix):
                return self._below_subdomain(host.removesuffix(suffix))
        return self._configured(host, path)

    def _below_subdomain(self, labels: str) -> ScriptTarget | None:
        name, _, subdomain = labels.rpartition(".")
        account = self._account_named(subdomain)
        if account is None or not name:
            return None
        if (script := account.workers.find_script(name)) is not None:
            return ScriptTarget(account, name) if script.on_subdomain else None
        if (preview := PREVIEW.fullmatch(name)) is not None:
            script = account.workers.find_script(preview["script"])
            if script is not None and script.previews:
                return ScriptTarget(account, script.name, preview["version"])
        return None

    def _account_named(self, subdomain: str) -> Account | None:
        known = self._accounts.get(subdomain)
        if known is not None and self._twin.directory.knows(known):
            account = self._twin.account(known)
            if account.workers.triggers.find_subdomain() == subdomain:
                return account
        for account in self._all():
            if account.workers.triggers.find_subdomain() == subdomain:
                self._accounts[subdomain] = account.id
                return account
        return None

    def _site(self, labels: str) -> PagesTarget | None:
        label, _, subdomain = labels.rpartition(".")
        for account in self._all():
            if (project := account.pages.project_at(subdomain)) is not None:
                return PagesTarget(account, project, label or None)
        return None

    def _configured(self, host: str, path: str) -> Target | None:
        """By custom domain, else by the most specific route."""
        best: tuple[int, ScriptTarget] | None = None
        for account in self._all():
            for domain in account.workers.triggers.domains():
                if domain.hostname == host:
                    return ScriptTarget(account, domain.script)
            if (site := account.pages.domain_named(host)) is not None:
                return PagesTarget(account, account.pages.get_project(site.project))
            for route in account.workers.triggers.routes():
                if route.script is not None and matches(route.pattern, host, path):
                    weight = len(route.pattern)
                    if best is None or weight > best[0]:
                        best = weight, ScriptTarget(account, route.script)
        return None if best is None else best[1]

    def _default(self, host: str) -> ScriptTarget | None:
        if is_own(host):
            return None
        account = self._twin.account(DEFAULT_ACCOUNT_ID)
        if self._default_script is not None:
            if account.workers.find_script(self._default_script) is not None:
                return ScriptTarget(account, self._default_script)
            return None
        scripts = account.workers.scripts()
        return ScriptTarget(account, scripts[0].name) if len(scripts) == 1 else None

    def _all(self) -> Iterator[Account]:
        ids = [record.id for record in self._twin.directory.accounts()]
        for account_id in sorted(ids, key=lambda one: one != DEFAULT_ACCOUNT_ID):
            yield self._twin.account(account_id)


def is_own(host: str) -> bool:
    """Whether the host is below a name that only Workers and Pages have."""
    return host.endswith(PAGES_SUFFIXES + WORKERS_SUFFIXES)


def matches(pattern: str, host: str, path: str) -> bool:
    """Whether a route's pattern means the host and path: `*.example.com/api/*`.

    https://developers.cloudflare.com/workers/configuration/routing/routes/#matching-behavior —
    `*` is any text, and a host that begins with `*` without a dot means the name itself, too.
    """
    pattern = re.sub(r"^https?://", "", pattern.lower(), flags=re.IGNORECASE)
    host_pattern, slash, path_pattern = pattern.partition("/")
    wanted = slash + path_pattern or "/"
    return wild(host_pattern, host) and wild(wanted, path.lower())
