"""Where a request goes: the providers it names, one after another, and what each is sent.

Four ways lead through a gateway: a provider's own API below its name, the compatibility
endpoint with `provider/model`, the universal endpoint with a list of entries, and a model
by itself, as `/ai/run` takes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import orjson

from emulator.ai_gateway.errors import (
    InvalidProvider,
    InvalidRequest,
    ModelPrefixMissing,
    NotBuiltHere,
    NotInCompat,
)
from emulator.ai_gateway.handling import CONFIG_HEADERS
from emulator.ai_gateway.limits import (
    MAX_MODEL_CHARACTERS,
    MAX_PROVIDER_CHARACTERS,
    MAX_STEPS,
    MAX_TEXT_CHARACTERS,
)
from emulator.ai_gateway.models import HeaderList

# https://developers.cloudflare.com/ai-gateway/usage/providers/
PROVIDERS = frozenset(
    "anthropic aws-bedrock azure-openai baseten cartesia cerebras cerebras-ai cohere deepgram"
    " deepseek elevenlabs fal google-ai-studio google-vertex-ai grok groq huggingface ideogram"
    " mistral openai openrouter parallel perplexity perplexity-ai replicate saladcloud"
    " workers-ai xai".split()
)
COMPAT_ENDPOINTS = ("chat/completions", "embeddings")
# Where a provider has OpenAI's dialect below something else than its base.
COMPAT_PREFIX = {"workers-ai": "v1/", "anthropic": "v1/"}
JSON_HEADER = ("content-type", "application/json")
MODEL_TYPES = (
    ("chat/completions", "chat"),
    ("responses", "chat"),
    ("v1/messages", "chat"),
    ("embeddings", "embeddings"),
)


@dataclass(frozen=True, slots=True)
class Target:
    """One provider to be asked. `path` follows its base URL, with the query, no leading slash.

    `options` are headers in lower case that count for this target alone.
    """

    provider: str
    path: str
    headers: HeaderList
    body: bytes
    model: str = ""
    streaming: bool = False
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def model_type(self) -> str | None:
        """[guess] What kind of model the path is for."""
        path = self.path.partition("?")[0]
        return next((kind for end, kind in MODEL_TYPES if path.endswith(end)), None)


@dataclass(frozen=True, slots=True)
class Plan:
    """The targets in the order they are tried, and the way the request came."""

    targets: tuple[Target, ...]
    request_type: str


def plan_of(method: str, path: str, headers: HeaderList, body: bytes) -> Plan:
    """The plan of a request below a gateway. Raises a `GatewayError`."""
    provider, _, rest = path.partition("/")
    name = provider.partition("?")[0]
    if not name:
        return Plan(universal(method, body), "universal")
    if name == "compat":
        return Plan((compat(rest, headers, body),), "compat")
    if name == "run":
        raise NotBuiltHere(what="AI Gateway's Run API")
    return Plan((direct(name, rest, headers, body),), "provider")


def direct(provider: str, path: str, headers: HeaderList, body: bytes) -> Target:
    """A provider's own API: what is sent is passed on as it is."""
    check_provider(provider)
    model, streaming = facts_of(provider, path, json_of(body))
    return Target(provider, path, headers, body, model, streaming)


def compat(path: str, headers: HeaderList, body: bytes) -> Target:
    """OpenAI's dialect, the provider in front of the model."""
    endpoint, _, query = path.partition("?")
    if endpoint not in COMPAT_ENDPOINTS:
        # The dossier's code; the endpoint is named as Cloudflare does, without its group.
        raise NotInCompat(endpoint=endpoint)
    given = json_of(body)
    if not isinstance(given, dict):
        raise InvalidRequest(reason="the body must be a JSON object")
    named = given.get("model")
    provider, slash, model = named.partition("/") if isinstance(named, str) else ("", "", "")
    if not slash or not provider or not model or provider.startswith("@"):
        raise ModelPrefixMissing()
    if provider == "dynamic":
        raise NotBuiltHere(what="Dynamic routing")
    check_provider(provider)
    target = COMPAT_PREFIX.get(provider, "") + endpoint + (f"?{query}" if query else "")
    sent = dumped(given | {"model": model})
    shown = model[:MAX_MODEL_CHARACTERS]
    return Target(provider, target, headers, sent, shown, given.get("stream") is True)


def universal(method: str, body: bytes) -> tuple[Target, ...]:
    """The entries of the universal endpoint; one by itself is a list of one [guess]."""
    if method != "POST":
        raise InvalidRequest(reason="the universal endpoint takes POST")
    given = json_of(body)
    entries = [given] if isinstance(given, dict) else given
    if not isinstance(entries, list) or not entries:
        raise InvalidRequest(reason="the body must be an array of provider requests")
    if len(entries) > MAX_STEPS:
        raise InvalidRequest(reason=f"more than {MAX_STEPS} provider requests")
    return tuple(entry_of(index, entry) for index, entry in enumerate(entries))


def entry_of(index: int, entry: object) -> Target:
    if not isinstance(entry, dict):
        raise InvalidRequest(reason=f"entry {index} must be an object")
    provider, endpoint = entry.get("provider"), entry.get("endpoint")
    if not isinstance(provider, str) or not isinstance(endpoint, str):
        raise InvalidRequest(reason=f"entry {index} must have a provider and an endpoint")
    check_provider(provider)
    if len(endpoint) > MAX_TEXT_CHARACTERS:
        raise InvalidRequest(reason=f"the endpoint of entry {index} is too long")
    headers = headers_of(index, entry)
    query = entry.get("query", {})
    path = endpoint.lstrip("/")
    model, streaming = facts_of(provider, path, query)
    options = config_of(index, entry.get("config")) | dict(headers)
    if not any(name == "content-type" for name, _ in headers):
        headers = (*headers, JSON_HEADER)
    return Target(provider, path, headers, dumped(query), model, streaming, options)


def headers_of(index: int, entry: Mapping[str, Any]) -> HeaderList:
    """An entry's headers; `authorization` beside them is the older way to say it."""
    given = entry.get("headers", {})
    if not isinstance(given, dict):
        raise InvalidRequest(reason=f"the headers of entry {index} must be an object")
    if "authorization" in entry:
        given = {"authorization": entry["authorization"]} | given
    headers = []
    for name, value in given.items():
        text = scalar_text(value)
        if text is None or not is_token(name) or not is_header_text(text):
            raise InvalidRequest(reason=f"a header of entry {index} is not one: {name[:64]!r}")
        headers.append((name.lower(), text))
    return tuple(headers)


def config_of(index: int, config: object) -> dict[str, str]:
    if config is None:
        return {}
    if not isinstance(config, dict):
        raise InvalidRequest(reason=f"the config of entry {index} must be an object")
    options = {}
    for name, value in config.items():
        if name not in CONFIG_HEADERS or value is None:
            continue
        text = scalar_text(value)
        if text is None:
            raise InvalidRequest(reason=f"config.{name} of entry {index} must be a number or text")
        options[CONFIG_HEADERS[name]] = text
    return options


def scalar_text(value: object) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, str | int | float) else None


def is_token(name: str) -> bool:
    """Whether HTTP lets it be a header's name."""
    return bool(name) and name.isascii() and all(one.isalnum() or one in "-_." for one in name)


def is_header_text(text: str) -> bool:
    return len(text) <= MAX_TEXT_CHARACTERS and all(ord(letter) >= 32 for letter in text)


def check_provider(provider: str) -> None:
    # A setting may lead to a provider that this list does not know: `custom-…` names those.
    known = provider in PROVIDERS or provider.startswith("custom-")
    if not known or len(provider) > MAX_PROVIDER_CHARACTERS:
        raise InvalidProvider()


def facts_of(provider: str, path: str, given: object) -> tuple[str, bool]:
    """The model that is asked and whether it is to stream, as far as the request says so."""
    members = given if isinstance(given, dict) else {}
    model = members.get("model")
    if not isinstance(model, str):
        bare = path.partition("?")[0]
        is_model = provider == "workers-ai" and not bare.startswith("v1/")
        model = bare.replace("%40", "@") if is_model else ""
    return model[:MAX_MODEL_CHARACTERS], members.get("stream") is True


def json_of(body: bytes) -> object:
    """The body as JSON; None where it is none, which is the provider's to judge."""
    try:
        return orjson.loads(body) if body else None
    except orjson.JSONDecodeError:
        return None


def dumped(value: object) -> bytes:
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError as error:
        raise InvalidRequest(reason=str(error)) from None
