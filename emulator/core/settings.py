"""Every setting, in one table: name, default, meaning.

A setting comes from a `cftwin up` option, else from `CFTWIN_<NAME>` in the environment,
else from `[settings]` in `twin.toml`, else it has the default given here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

DEFAULT_ACCOUNT_ID = "280c58ea17d9fe3235c33bd0a52a256b"
DEFAULT_SUBDOMAIN = "twin"
DEFAULT_TOKEN = "cftwin-development-token-000000000000000"
DEFAULT_TOKEN_ID = "cf000000000000000000000000000001"
DEFAULT_SUPABASE_SECRET = "cftwin-development-supabase-secret"


def setting(default: Any, help: str) -> Any:
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True, slots=True)
class Settings:
    """How one twin runs. Handed down, never imported as a global."""

    host: str = setting("127.0.0.1", "address all listeners bind to")
    own_names: str = setting("", "more names that API and S3 are reached by: `twin.example.com …`")
    api_port: int = setting(8788, "Cloudflare API v4, control plane; 0 = a free port")
    edge_port: int = setting(8787, "Workers and Pages by Host; 0 = a free port")
    s3_port: int = setting(8789, "R2's S3 API; 0 = a free port")
    state: Path | None = setting(None, "directory that holds all data; unset = a temporary one")
    region: str = setting("WEUR", "where databases say they run: WNAM ENAM WEUR EEUR APAC OC")
    colo: str = setting("AMS", "the data centre named in `cf-ray` and in D1's `meta`")
    full_sync: bool = setting(False, "fsync every commit: writes survive a power cut too")
    events: int = setting(10_000, "how many requests `/_twin/events` remembers")
    rate_limit: bool = setting(False, "enforce the API's 1,200 requests per 5 minutes and token")
    d1_query_seconds: float = setting(30.0, "after which a D1 query or batch is interrupted")
    d1_queue: int = setting(1_000, "queries that may wait for one database before D1's overload")
    d1_history_mb: int = setting(256, "Time Travel history kept for each database, in megabytes")
    vectorize_delay_seconds: float = setting(0.0, "after which a Vectorize mutation is visible")
    ai_gateway_upstreams: str = setting("", "real providers: `openai=https://api.openai.com/v1 …`")
    ai_gateway_zero_ttl_caches: bool = setting(False, "AI Gateway: a `cache_ttl` of 0 is 5 minutes")
    r2_write_limit: bool = setting(True, "refuse a second write to one R2 key within a second")
    kv_write_limit: bool = setting(True, "refuse a second write to one KV key within a second")
    bridge_port: int = setting(0, "TLS port for remote bindings of `wrangler dev`: 443; 0 = off")
    bridge_hosts: bool = setting(False, "the hosts file leads workers.dev names to the bridge")
    ai_bge: str = setting("", "directory of real BGE models, or `huggingface`; empty = offline")
    ai_rules: Path | None = setting(None, "TOML or JSON file of scripted answers for text models")
    ai_chat_url: str = setting("", "OpenAI-compatible URL for text models, such as Ollama's")
    ai_chat_key: str = setting("", "bearer token for `ai_chat_url`")
    ai_chat_model: str = setting("", "model asked for there; empty = the one the caller named")
    ai_chat_seconds: float = setting(120.0, "after which an answer of `ai_chat_url` is given up")
    ai_free_allocation: bool = setting(False, "refuse inference past 10,000 neurons a day")
    ai_calls: int = setting(1_000, "how many inferences of an account `/_twin/ai/calls` remembers")
    supabase_secret: str = setting(DEFAULT_SUPABASE_SECRET, "what Supabase's keys are made from")
    supabase_es256: bool = setting(False, "Supabase signs tokens with a key pair, not its secret")
    supabase_confirm_email: bool = setting(False, "Supabase: confirm an address by mail first")
    supabase_anonymous: bool = setting(False, "Supabase: allow anonymous sign-ins")
    supabase_redirects: str = setting("", "Supabase: site URL, then patterns links may lead to")
    supabase_database: str = setting("", "PostgreSQL's DSN for Supabase; empty = an embedded one")
    supabase_migrations: Path | None = setting(None, "directory of Supabase's migrations, `*.sql`")
    supabase_seed: Path | None = setting(None, "directory of seed data for Supabase's database")
    allow_hosts: str = setting("", "hosts that Workers really reach: `api.example.com *.test:8080`")
    stand_in_hosts: str = setting("", "more hosts of stand-ins: `pdf_parser=pdf.example.com …`")
    apify_fixtures: Path | None = setting(None, "directory of what Apify's actors find, as JSON")
    outbox: int = setting(1_000, "how many calls to the outside `/_twin/outbox` remembers")
    guard_mode: str = setting("", "tenancy audit: off, observe, warn, enforce; empty = twin.toml")
    latency_profile: str = setting("", "latency to add: `europe-to-us` … or a file `….toml`")
    latency_seed: int = setting(1, "what the latency profile's draws begin with")
    workers_memory_mb: int = setting(512, "after which a Worker's process is ended, in megabytes")
    workers_idle_seconds: float = setting(900.0, "after which a Worker's idle process is ended")
    python_workers: Path | None = setting(None, "the Python of Python Workers; unset = the twin's")


def settings_from(*sources: Mapping[str, Any]) -> Settings:
    """The settings, each from the first source that has it. Raises `ValueError`."""
    chosen: dict[str, Any] = {}
    for item in fields(Settings):
        for source in sources:
            if source.get(item.name) is not None:
                chosen[item.name] = convert(item.name, item.default, source[item.name])
                break
    return Settings(**chosen)


def environment_source(environment: Mapping[str, str]) -> dict[str, str]:
    """The `CFTWIN_…` variables, under their settings' names."""
    names = (item.name for item in fields(Settings))
    return {
        name: environment[variable]
        for name in names
        if (variable := f"CFTWIN_{name.upper()}") in environment
    }


def convert(name: str, default: Any, value: Any) -> object:
    """`value` in the type of the setting's default; text from the environment included."""
    try:
        if isinstance(default, bool):
            return parse_boolean(value)
        if default is None:
            return Path(value)
        return type(default)(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"setting {name}: {value!r} is not valid ({error})") from None


def parse_boolean(value: object) -> bool:
    words = {"1": True, "true": True, "on": True, "0": False, "false": False, "off": False}
    if (parsed := words.get(str(value).lower())) is None:
        raise ValueError("use true or false")
    return parsed
