"""`twin.toml`: settings, accounts and tokens beyond the ones every twin has, and what indexes are.

[settings]
kv_write_limit = false

[[accounts]]
id = "0123456789abcdef0123456789abcdef"
name = "Second tenant"

[[tokens]]
value = "a-token-of-forty-characters-or-any-length"
[tokens.accounts]
0123456789abcdef0123456789abcdef = ["kv:read", "d1:write"]

# wrangler.toml names its indexes only. Without a table here: the preset of bge-base-en-v1.5.
[[vectorize]]
name = "goods"
dimensions = 384                             # and metric, or a preset
metric = "euclidean"
metadata_indexes = { shop = "string" }       # in place before a seed is loaded

# AI Gateways, without a cache if they do not say otherwise.
[[ai_gateways]]
id = "shop"
cache_ttl = 300

# Whose rows, keys and vectors are whose, for the tenancy audit (`guard/README.md`).
[guard]
mode = "observe"                             # off, observe, warn, enforce
owners = { notes = "user_id" }               # beside those that are found
shared = ["countries"]

# Secrets of the Workers, all of them or one environment's. `deploying.py` says what ${…} may be.
[secrets]
STRIPE_KEY = "sk_test"
APP_URL = "${site}"
[secrets.staging]
STRIPE_KEY = "sk_staging"

# Sites to deploy, each with files that a build would have written into it.
[[pages]]
project = "shop-staging"
directory = "site"                           # from where this file is
environment = "staging"                      # whose Worker ${worker} is
files = { "config.json" = '{"api": "${worker}"}' }
"""

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from hashlib import sha256
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from emulator.core.settings import DEFAULT_ACCOUNT_ID, DEFAULT_TOKEN, DEFAULT_TOKEN_ID, Settings
from emulator.identity.store import Directory
from emulator.vectorize.limits import PRESETS
from emulator.vectorize.models import Kind, Metric
from emulator.wire.body import first_reason
from emulator.wrangler import ConfigError

FILE_NAME = "twin.toml"
DEFAULT_KEY_EMAIL = "developer@example.com"
DEFAULT_KEY = "cftwin-development-key-00000000000000"
DEFAULT_PRESET = "@cf/baai/bge-base-en-v1.5"
EVERYTHING = frozenset({"*"})


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AccountTable(Strict):
    id: str = Field(pattern="^[0-9a-f]{32}$")
    name: str


class TokenTable(Strict):
    value: str = Field(min_length=8)
    id: str | None = None
    accounts: dict[str, list[str]]


class IndexTable(Strict):
    """One index: dimensions and metric, or the preset that says both."""

    name: str
    dimensions: int | None = None
    metric: Metric | None = None
    preset: str | None = None
    metadata_indexes: dict[str, Kind] = {}

    @model_validator(mode="after")
    def check_shape(self) -> "IndexTable":
        if self.preset is not None and (self.dimensions or self.metric):
            raise ValueError("a preset says dimensions and metric itself")
        if self.preset is not None and self.preset not in PRESETS:
            raise ValueError(f"preset is one of {', '.join(PRESETS)}")
        if self.metric is not None and self.dimensions is None:
            raise ValueError("a metric needs dimensions")
        return self

    @property
    def shape(self) -> tuple[int, Metric]:
        if self.dimensions is None:
            return PRESETS[self.preset or DEFAULT_PRESET]
        return self.dimensions, self.metric or Metric.COSINE


class GatewayTable(Strict):
    """An AI Gateway, which wrangler's configuration has no word for. Times are seconds."""

    id: str
    cache_ttl: int = Field(default=0, ge=0)
    collect_logs: bool = True
    authentication: bool = False


class PagesTable(Strict):
    """A site that `up` deploys, and files that a build would have written into it."""

    project: str
    directory: str
    # Whose Worker `${worker}` is in the files; None: the top level's.
    environment: str | None = None
    files: dict[str, str] = {}


class GuardTable(Strict):
    """Of the tenancy audit; `guard/README.md` says what each is. Read further in `guard/`."""

    mode: Literal["off", "observe", "warn", "enforce"] = "off"
    owners: dict[str, str | list[str]] = {}
    grants: dict[str, str | list[str]] = {}
    shared: list[str] = []
    allow: list[str] = []
    kv: dict[str, str | list[str]] = {}
    r2: dict[str, str | list[str]] = {}
    public: list[str] = []
    vectorize: dict[str, list[str]] = {}
    doors: list[Literal["api", "binding"]] = []
    user_claim: str = "sub"


class TwinToml(Strict):
    settings: dict[str, object] = {}
    accounts: list[AccountTable] = []
    tokens: list[TokenTable] = []
    vectorize: list[IndexTable] = []
    secrets: dict[str, str | dict[str, str]] = {}
    pages: list[PagesTable] = []
    ai_gateways: list[GatewayTable] = []
    guard: GuardTable | None = None

    def secrets_of(self, environment: str | None) -> dict[str, str]:
        """Every Worker's secrets, and those of the environment's, which win."""
        common = {name: text for name, text in self.secrets.items() if isinstance(text, str)}
        own = self.secrets.get(environment or "")
        return common | (own if isinstance(own, dict) else {})


def read(path: Path) -> TwinToml:
    """The file, or an empty one where there is none. Raises `ConfigError`."""
    if not path.is_file():
        return TwinToml()
    try:
        return TwinToml.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}") from None
    except ValidationError as error:
        raise ConfigError(f"{path}: {first_reason(error)}") from None


def placed(settings: Mapping[str, object], home: Path) -> dict[str, object]:
    """Settings with their files and directories found from where `twin.toml` is."""
    paths = {item.name for item in fields(Settings) if item.default is None}
    found = {
        name: home / value if name in paths and isinstance(value, str) else value
        for name, value in settings.items()
    }
    # A name, or a file.
    profile = found.get("latency_profile")
    if isinstance(profile, str) and profile.endswith(".toml"):
        found["latency_profile"] = str(home / profile)
    return found


def enrol(directory: Directory, twin_toml: TwinToml, account_ids: Mapping[str, str]) -> None:
    """Put the default account, those of the projects and those of `twin.toml` in place.

    `account_ids` names the accounts that projects ask for; the default token reaches them.
    """
    mine = {DEFAULT_ACCOUNT_ID: "Cloudflare Twin", **account_ids}
    for account_id, name in mine.items():
        directory.put_account(account_id, name)
    grants = {account_id: EVERYTHING for account_id in mine}
    directory.put_credential(DEFAULT_TOKEN_ID, DEFAULT_TOKEN, grants)
    key_id = sha256(DEFAULT_KEY.encode()).hexdigest()[:32]
    directory.put_credential(key_id, DEFAULT_KEY, grants, email=DEFAULT_KEY_EMAIL)
    for account in twin_toml.accounts:
        directory.put_account(account.id, account.name)
    for token in twin_toml.tokens:
        token_id = token.id or sha256(token.value.encode()).hexdigest()[:32]
        scopes = {key: frozenset(names) for key, names in token.accounts.items()}
        directory.put_credential(token_id, token.value, scopes)
