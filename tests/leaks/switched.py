"""The reference Worker on a twin, with unsafe switches to turn on, and the lab to look at it."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from e2e.settings import PROJECT
from e2e.target import Target
from e2e.twin import on_twin, started
from emulator.leaks import settings
from emulator.leaks.lab import Lab, Plan
from emulator.leaks.observations import Observation, Observations
from emulator.leaks.routes import from_list
from emulator.leaks.settings import Settings

ENVIRONMENT = "development"
SECRET = "JOBMATCH_UNSAFE"
ROUTES = PROJECT / "routes.txt"
CONFIG = PROJECT / "leaks.toml"


@dataclass(frozen=True, slots=True)
class Switched:
    target: Target
    ready: Mapping[str, Any]

    def turn_on(self, names: Iterable[str]) -> None:
        asked = {"name": SECRET, "text": ",".join(sorted(names)), "type": "secret_text"}
        with self.target.cloudflare() as api:
            place = f"/workers/scripts/{self.target.worker}/secrets"
            api.put(place, json=asked).raise_for_status()

    def looked(self, seed: str, *, by_url_alone: bool = False, **plan: Any) -> Observations:
        """What a run sees; by URL alone: without the twin's control plane and Cloudflare's API."""
        control = "" if by_url_alone else self.ready["api"].removesuffix("/client/v4")
        told = self.settings(by_url_alone)
        return Lab(Plan(self.target.api, told, seed, control=control, **plan)).run()

    def settings(self, by_url_alone: bool) -> Settings:
        variables = {
            "SUPABASE_URL": self.ready["supabase"],
            "SUPABASE_ANON_KEY": self.ready["supabase_anon_key"],
        }
        if not by_url_alone:
            variables |= {
                "SUPABASE_SERVICE_ROLE_KEY": self.ready["supabase_service_key"],
                "CLOUDFLARE_API_BASE_URL": self.ready["api"],
                "CLOUDFLARE_ACCOUNT_ID": self.ready["account_id"],
                "CLOUDFLARE_API_TOKEN": self.ready["api_token"],
            }
        return settings.read(CONFIG, from_list(ROUTES.read_text("utf-8")), variables)


@contextmanager
def switched() -> Iterator[Switched]:
    with (
        started(PROJECT / "wrangler.toml", ENVIRONMENT) as ready,
        on_twin("own", ready, ENVIRONMENT) as target,
    ):
        yield Switched(target, ready)


def line(one: Observation) -> str:
    return f"{one.severity} {one.rule} {one.actor} -> {one.owner}: {one.route}: {one.message}"
