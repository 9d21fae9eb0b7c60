"""`leaks.toml`: what a list of routes does not say of an API.

`${NAME}` in a text is the environment's variable, and empty where there is none.
"""

import os
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from emulator.leaks.declared import Json, made
from emulator.leaks.declared import SettingsError as SettingsError
from emulator.leaks.routes import Route
from emulator.leaks.sign_in import SignIn, sign_in_of

VARIABLE = re.compile(r"\$\{(\w+)\}")
LIKE_AN_ID = re.compile(r"^(.*?)_?(?:[iI]ds?|[kK]eys?)$")
USER = "user"


@dataclass(frozen=True, slots=True)
class Spec:
    """How a route is called.

    `ids`: which kind of thing a path variable names. `makes`: the kind that it makes, whose id
    stands at `id` in the answer and is removed by the route `undo`. `public`: for everybody;
    `open`: what is written by it is for everybody to see. `expect`: statuses, besides 2xx and
    3xx, that are right for its owner. `then`: routes that the same actor calls after a foreign
    id was given. `quota`: it counts calls, so few are made. `foreign_only`: it is of no use with
    one's own ids. `name#word` in the file is one more way to call a route.
    """

    route: Route
    ids: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    form: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    makes: str = ""
    id: str = ""
    undo: str = ""
    public: bool = False
    open: bool = False
    admin: bool = False
    quota: bool = False
    skip: str = ""
    expect: Sequence[int] = ()
    then: Sequence[str] = ()
    foreign_only: bool = False
    variant: str = ""

    @property
    def name(self) -> str:
        return self.route.name


@dataclass(frozen=True, slots=True)
class Cloudflare:
    """Through which rows are planted that no route makes."""

    api: str = ""
    account: str = ""
    token: str = ""

    @property
    def is_there(self) -> bool:
        return bool(self.api and self.account and self.token)


@dataclass(frozen=True, slots=True)
class Settings:
    """`crowds`, `shared`, `signed`, `active` and `flows` are the probes of those names."""

    specs: Mapping[str, Spec]
    sign_in: SignIn = SignIn()
    cloudflare: Cloudflare = Cloudflare()
    address_header: str = ""
    rows: Sequence[Json] = ()
    crowds: Sequence[Json] = ()
    shared: Sequence[Json] = ()
    signed: Sequence[Json] = ()
    active: Sequence[Json] = ()
    flows: Sequence[Json] = ()

    @property
    def called(self) -> tuple[Spec, ...]:
        return tuple(spec for spec in self.specs.values() if not spec.skip)

    def makers_of(self, kind: str) -> tuple[Spec, ...]:
        return tuple(one for one in self.called if one.makes == kind and not one.route.reads)


def read(
    path: Path | None, routes: Iterable[Route], env: Mapping[str, str] = os.environ
) -> Settings:
    """Raises `SettingsError`."""
    told: Json = {}
    if path is not None:
        try:
            told = expanded(tomllib.loads(path.read_text(encoding="utf-8")), env)
        except (OSError, ValueError) as error:
            raise SettingsError(f"{path}: {error}") from None
    return settings_of(told, tuple(routes))


def expanded(value: Any, env: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return VARIABLE.sub(lambda found: env.get(found[1], ""), value)
    if isinstance(value, list):
        return [expanded(one, env) for one in value]
    if isinstance(value, dict):
        return {name: expanded(one, env) for name, one in value.items()}
    return value


def settings_of(told: Json, routes: Sequence[Route]) -> Settings:
    rest = dict(told)
    declared, signing = rest.pop("routes", {}), rest.pop("sign_in", {})
    cloudflare = rest.pop("cloudflare", {})
    known = {route.name for route in routes}
    if unknown := sorted({name.partition("#")[0] for name in declared} - known):
        raise SettingsError(f"routes: the API has no {', '.join(unknown)}")
    specs = {}
    for route in routes:
        specs[route.name] = spec = spec_of(route, declared.get(route.name, {}), known)
        if route.search:
            asked = {**spec.query, route.search: "{term}"}
            specs[f"{route.name}#search"] = replace(spec, query=asked, variant="search")
        for name in declared:
            base, _, variant = name.partition("#")
            if variant and base == route.name:
                whole = {**declared.get(base, {}), **declared[name], "variant": variant}
                specs[name] = spec_of(route, whole, known)
    settings: Settings = made(
        Settings,
        {
            **rest,
            "specs": with_kinds(specs),
            "sign_in": sign_in_of(signing),
            "cloudflare": made(Cloudflare, cloudflare, "cloudflare"),
        },
        "leaks.toml",
    )
    return settings


def spec_of(route: Route, told: Json, known: set[str]) -> Spec:
    """What is declared, with what can be guessed of the rest."""
    files = {name: {"name": "{marker}.txt", "text": "{marker}"} for name in route.files}
    guessed: Json = {
        "query": route.query,
        "body": route.body,
        "form": route.form,
        "files": files,
        "public": route.is_public,
        "ids": {one: collection_of(route.path, one) for one in route.variables},
    }
    item = next((name for name in known if re.fullmatch(rf"DELETE {route.path}/:\w+", name)), "")
    if route.method == "POST" and item:
        guessed |= {"makes": route.path, "undo": item}
    if "ids" in told:
        told = {**told, "ids": {**guessed["ids"], **told["ids"]}}
    spec: Spec = made(Spec, {"route": route, **guessed, **told}, f'routes."{route.name}"')
    return spec


def collection_of(path: str, variable: str) -> str:
    """`/api/jobs` for the `id` of `/api/jobs/:id/analyze`."""
    return path.partition(f"/:{variable}")[0]


def with_kinds(specs: Mapping[str, Spec]) -> dict[str, Spec]:
    """Members of bodies that are named like the id of something known hold such an id."""
    kinds = {spec.makes for spec in specs.values() if spec.makes}
    return {
        name: replace(spec, body=with_ids(spec.body, kinds)) if spec.body else spec
        for name, spec in specs.items()
    }


def with_ids(body: Any, kinds: Iterable[str]) -> Any:
    if not isinstance(body, dict):
        return body
    return {
        name: f"{{id:{kind}}}"
        if value == "{marker}" and (kind := kind_named(name, kinds))
        else with_ids(value, kinds)
        for name, value in body.items()
    }


def kind_named(member: str, kinds: Iterable[str]) -> str:
    """`jobId` and `job_id` name what `/api/jobs` makes."""
    found = LIKE_AN_ID.match(member)
    stem = found[1].lower().replace("_", "") if found else ""
    if stem in ("user", "owner", "account", "u"):
        return USER
    for kind in kinds:
        last = kind.rpartition("/")[2].lower().replace("-", "").replace("_", "")
        if stem and last in (stem, f"{stem}s", f"{stem[:-1]}ies"):
            return kind
    return ""


def with_body(spec: Spec, body: Json) -> Spec:
    return replace(spec, body=body, form={}, files={})
