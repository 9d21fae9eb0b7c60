"""What `up` tells the world once it answers: a line of JSON, or a table with lines to paste."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from hashlib import sha256
from shlex import quote
from types import MappingProxyType

import orjson

from emulator.core.settings import DEFAULT_TOKEN, DEFAULT_TOKEN_ID

FILE_NAME = "ready.json"


@dataclass(frozen=True, slots=True)
class R2Keys:
    """Cloudflare's rule: the token's id, and the SHA-256 of its value."""

    access_key_id: str = DEFAULT_TOKEN_ID
    secret_access_key: str = sha256(DEFAULT_TOKEN.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Ready:
    """Base URLs as clients need them, and credentials. None: not built yet.

    `gateway` is what stands before `/{account}/{gateway}/{provider}`, `bridge_ca` the file of
    the authority that `wrangler dev` has to trust. `scripts` are their URLs at the edge,
    `ports` those of their own ports, past it: for load tests. `sites` are the URLs of Pages
    projects, `sign_in` an address and a password that the seed knows.
    """

    api: str
    edge: str
    s3: str
    account_id: str
    pid: int
    api_token: str = DEFAULT_TOKEN
    r2: R2Keys = R2Keys()
    supabase: str | None = None
    gateway: str | None = None
    supabase_anon_key: str | None = None
    supabase_service_key: str | None = None
    scripts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    ports: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    bridge_ca: str | None = None
    sites: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    sign_in: tuple[str, str] | None = None

    def to_json(self) -> bytes:
        plain = {item.name: getattr(self, item.name) for item in fields(self)}
        mappings = {name: dict(plain[name]) for name in ("scripts", "ports", "sites")}
        return orjson.dumps(plain | mappings | {"r2": asdict(self.r2)})

    @classmethod
    def from_json(cls, text: bytes) -> "Ready":
        """What `to_json` has written."""
        told = orjson.loads(text)
        sign_in = tuple(told["sign_in"]) if told.get("sign_in") else None
        return cls(**(told | {"r2": R2Keys(**told["r2"]), "sign_in": sign_in}))

    def environment(self) -> dict[str, str]:
        """The variables that point wrangler, the SDKs and S3 clients here."""
        more = {
            "SUPABASE_URL": self.supabase,
            "SUPABASE_ANON_KEY": self.supabase_anon_key,
            "SUPABASE_SERVICE_ROLE_KEY": self.supabase_service_key,
            "NODE_EXTRA_CA_CERTS": self.bridge_ca,
        }
        return {
            "CLOUDFLARE_API_BASE_URL": self.api,
            "CLOUDFLARE_BASE_URL": self.api,
            "CLOUDFLARE_ACCOUNT_ID": self.account_id,
            "CLOUDFLARE_API_TOKEN": self.api_token,
            "AWS_ENDPOINT_URL_S3": self.s3,
            "AWS_ACCESS_KEY_ID": self.r2.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.r2.secret_access_key,
            # boto3 and the aws CLI read the first, AWS's other SDKs the second.
            "AWS_DEFAULT_REGION": "auto",
            "AWS_REGION": "auto",
            "WRANGLER_SEND_METRICS": "false",
            **{name: value for name, value in more.items() if value is not None},
        }

    def table(self) -> str:
        """For a person: where everything listens and the lines to paste."""
        rows = {
            "Cloudflare API": self.api,
            "Workers, Pages": self.edge,
            **{f"  site {name}": url for name, url in self.sites.items()},
            **({"  sign in as": " / ".join(self.sign_in)} if self.sign_in else {}),
            **{f"  Worker {name}": url for name, url in self.scripts.items()},
            "R2, S3 API": self.s3,
            "AI Gateway": f"{self.gateway}/{self.account_id}/default",
            **({"Supabase": self.supabase} if self.supabase else {}),
            "Control plane": f"{self.api.removesuffix('/client/v4')}/_twin/docs",
            "Account": self.account_id,
            "API token": self.api_token,
        }
        width = max(map(len, rows))
        listing = "\n".join(f"  {name:<{width}}  {value}" for name, value in rows.items())
        return f"{listing}\n\n{exports(self.environment())}\n"


def exports(variables: Mapping[str, str]) -> str:
    """Shell lines for `eval`."""
    return "\n".join(f"export {name}={quote(value)}" for name, value in variables.items())


def assignments(variables: Mapping[str, str]) -> str:
    """Lines as they are in an `.env` file. No value has a line break."""
    return "\n".join(f"{name}={value}" for name, value in variables.items())
