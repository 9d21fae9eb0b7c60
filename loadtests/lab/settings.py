"""Every setting of the load lab, in one table: each is a variable of the environment.

A twin tells them all by itself; for real services they are set by hand.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class SettingsError(Exception):
    """The text names the variable."""


@dataclass(frozen=True, slots=True)
class Setting:
    variable: str
    default: str
    help: str
    secret: bool = False


SETTINGS: Mapping[str, Setting] = {
    "api": Setting("CLOUDFLARE_API_BASE_URL", "", "Cloudflare's API, …/client/v4"),
    "account_id": Setting("CLOUDFLARE_ACCOUNT_ID", "", "Cloudflare's account"),
    "api_token": Setting("CLOUDFLARE_API_TOKEN", "", "its token", secret=True),
    "database": Setting("LOAD_DATABASE", "", "the D1 database's id"),
    "namespace": Setting("LOAD_NAMESPACE", "", "the KV namespace's id"),
    "index": Setting("LOAD_INDEX", "", "the Vectorize index"),
    "bucket": Setting("LOAD_BUCKET", "", "the R2 bucket"),
    "s3": Setting("AWS_ENDPOINT_URL_S3", "", "R2's S3 API"),
    "s3_key": Setting("AWS_ACCESS_KEY_ID", "", "a key of R2"),
    "s3_secret": Setting("AWS_SECRET_ACCESS_KEY", "", "its secret", secret=True),
    "gateway": Setting("LOAD_GATEWAY", "", "AI Gateway's URL, …/v1/ACCOUNT/GATEWAY"),
    "worker": Setting("LOAD_WORKER", "", "the URL of `loadtests/worker`, deployed"),
    "worker_secret": Setting("LOAD_SECRET", "", "what it wants to hear", secret=True),
    "jobmatch": Setting("LOAD_JOBMATCH", "", "the URL of JobMatch's Worker"),
    "supabase": Setting("SUPABASE_URL", "", "Supabase's project"),
    "anon_key": Setting("SUPABASE_ANON_KEY", "", "its public key", secret=True),
    "service_key": Setting(
        "SUPABASE_SERVICE_ROLE_KEY", "", "its service key: makes and deletes people", secret=True
    ),
    "edge": Setting("LOAD_EDGE", "", "where names below `localhost` are reached"),
    "control": Setting("LOAD_CONTROL", "", "a twin's control plane; empty: real services"),
    "people": Setting("LOAD_PEOPLE", "20", "people who are made"),
    "jobs": Setting("LOAD_JOBS", "100", "jobs of each"),
    "seed": Setting("LOAD_SEED", "1", "of everything that is drawn"),
    "think": Setting("LOAD_THINK", "0.02-0.08", "seconds between two operations of a user"),
    "budget": Setting("LOAD_BUDGET", "0", "requests of the run at most; 0: no limit on a twin"),
    "pace": Setting("LOAD_PACE", "0", "requests a second at most; 0: no limit on a twin"),
    "lab": Setting("LOAD_LAB", "", "a file with people who are made already"),
    "results": Setting("LOAD_RESULTS", "", "where Locust leaves its figures"),
    "report": Setting("LOAD_REPORT", "build/load", "the directory of the report"),
}
# What real services get where nothing is said: Cloudflare's API takes 1,200 requests of a user
# in five minutes.
REAL_BUDGET, REAL_PACE = 1_000, 3.5


@dataclass(frozen=True, slots=True)
class Settings:
    """Members are as in the table. Secrets are in no text that is printed."""

    api: str
    account_id: str
    api_token: str
    database: str
    namespace: str
    index: str
    bucket: str
    s3: str
    s3_key: str
    s3_secret: str
    gateway: str
    worker: str
    worker_secret: str
    jobmatch: str
    supabase: str
    anon_key: str
    service_key: str
    edge: str
    control: str
    people: int
    jobs: int
    seed: int
    think: tuple[float, float]
    budget: int
    pace: float
    lab: str
    results: str
    report: str

    @property
    def is_real(self) -> bool:
        return not self.control

    @property
    def account(self) -> str:
        """What stands before an account's paths."""
        return f"{self.api}/accounts/{self.account_id}"

    def __repr__(self) -> str:
        return f"Settings(api={self.api!r}, supabase={self.supabase!r})"


def settings_from(environment: Mapping[str, str]) -> Settings:
    """Raises `SettingsError`."""
    told = {name: environment.get(one.variable) or one.default for name, one in SETTINGS.items()}
    read: dict[str, Any] = dict(told)
    for name in ("people", "jobs", "seed", "budget"):
        read[name] = number(name, told[name], int)
    read["pace"] = number("pace", told["pace"], float)
    read["think"] = span(told["think"])
    for name in ("api", "supabase", "worker", "jobmatch", "gateway", "s3", "control", "edge"):
        read[name] = told[name].rstrip("/")
    if not told["control"]:
        read["budget"] = read["budget"] or REAL_BUDGET
        read["pace"] = read["pace"] or REAL_PACE
    return Settings(**read)


def number(name: str, text: str, kind: type) -> Any:
    try:
        found = kind(text)
    except ValueError:
        raise SettingsError(f"{SETTINGS[name].variable}: {text!r} is not a number") from None
    if found < 0:
        raise SettingsError(f"{SETTINGS[name].variable}: {text!r} is below zero")
    return found


def span(text: str) -> tuple[float, float]:
    low, _, high = text.partition("-")
    first = number("think", low, float)
    last = number("think", high or low, float)
    if first > last:
        raise SettingsError(f"{SETTINGS['think'].variable}: {text!r} ends before it begins")
    return first, last


def variables(settings: Settings) -> dict[str, str]:
    """The environment that tells these settings."""
    told = {one.name: getattr(settings, one.name) for one in fields(settings)}
    low, high = settings.think
    texts = {name: str(value) for name, value in told.items()} | {"think": f"{low}-{high}"}
    return {SETTINGS[name].variable: text for name, text in texts.items()}


def table() -> str:
    """For the documentation."""
    lines = ["| variable | default | |", "|---|---|---|"]
    for one in SETTINGS.values():
        default = f"`{one.default}`" if one.default else ""
        lines.append(f"| `{one.variable}` | {default} | {one.help} |")
    return "\n".join(lines)
