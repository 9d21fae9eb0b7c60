"""One deployment of JobMatch, and where to find what belongs to it."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from emulator.loopback import Loopback as Loopback

if TYPE_CHECKING:
    from e2e.real.guard import Guard

SECONDS = 60.0
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Target:
    """`control` is the control plane of the twin that it runs on; None: it runs elsewhere, and
    then there may be no `service_key`, no site and no access to the account either.

    `guard` stands between the suites and a real deployment. `patience` is how long work in the
    background may take until it shows, in seconds.
    """

    kind: str
    environment: str
    api: str
    site: str | None
    supabase: str
    anon_key: str
    worker: str
    service_key: str | None = field(default=None, repr=False)
    control: httpx.Client | None = None
    cloudflare_api: str = ""
    account_id: str = ""
    api_token: str = field(default="", repr=False)
    guard: "Guard | None" = None
    patience: float = 5.0

    def transport(self) -> httpx.BaseTransport:
        """How everything of it is reached."""
        return Loopback() if self.guard is None else self.guard.transport()

    def client(self) -> httpx.Client:
        """For the Worker; what it answers is given as it is, redirects too."""
        return httpx.Client(
            base_url=self.api,
            timeout=SECONDS,
            transport=self.transport(),
            follow_redirects=False,
        )

    @property
    def has_account(self) -> bool:
        """Whether Cloudflare's API can be asked for what lies behind."""
        return bool(self.account_id and self.api_token and self.cloudflare_api)

    def cloudflare(self) -> httpx.Client:
        """Cloudflare's API, for what the application's own has no way to see."""
        assert self.has_account
        base_url = f"{self.cloudflare_api}/accounts/{self.account_id}"
        headers = {"Authorization": f"Bearer {self.api_token}"}
        return httpx.Client(base_url=base_url, headers=headers, timeout=SECONDS, trust_env=False)

    def resource(self, kind: str, binding: str) -> str:
        """The id or name of what the Worker is bound to, such as `d1` by `DB`."""
        with self.cloudflare() as api:
            asked = f"/workers/scripts/{self.worker}/settings"
            bindings = api.get(asked).raise_for_status().json()["result"]["bindings"]
        [found] = [one for one in bindings if one["name"] == binding and one["type"] == kind]
        return str(next(found[name] for name in NAMED_BY[kind] if name in found))


# Which member of a binding says what it is bound to.
NAMED_BY = {
    "d1": ("id", "database_id"),
    "kv_namespace": ("namespace_id",),
    "r2_bucket": ("bucket_name",),
    "vectorize": ("index_name",),
}
