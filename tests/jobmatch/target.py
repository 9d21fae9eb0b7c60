"""The deployments to test: three environments on a twin, or one elsewhere."""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from e2e.settings import ENVIRONMENTS, PROJECT
from e2e.target import Target
from e2e.twin import on_twin, started


def elsewhere(environment: Mapping[str, str] = os.environ) -> Target | None:
    """The deployment that the suites' variables name, such as a real one; None without them."""
    url = environment.get("E2E_API")
    if url is None:
        return None
    return Target(
        kind="real",
        environment=environment.get("E2E_ENVIRONMENT", "production"),
        api=url.rstrip("/"),
        site=environment.get("E2E_SITE"),
        supabase=environment["E2E_SUPABASE_URL"].rstrip("/"),
        anon_key=environment["E2E_SUPABASE_ANON_KEY"],
        worker="",
        service_key=environment.get("E2E_SUPABASE_SERVICE_KEY"),
    )


@contextmanager
def deployed(config: Path = PROJECT / "wrangler.toml") -> Iterator[Mapping[str, Target]]:
    """All three environments at once, on a twin of their own."""
    with ExitStack() as stack:
        ready = stack.enter_context(started(config, "*"))
        yield {name: stack.enter_context(on_twin("own", ready, name)) for name in ENVIRONMENTS}
