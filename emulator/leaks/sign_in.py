"""`[sign_in]` of `leaks.toml`: who the three users are, and what their sessions travel as."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from emulator.leaks.cookies import jar_of
from emulator.leaks.declared import SettingsError, made

LOGINS = ("sign_up", "sign_in", "sign_out", "remove")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
USERS = 3


@dataclass(frozen=True, slots=True)
class Login:
    """A request of the API's own login. `token` is its place in the answer; cookies are taken
    from `Set-Cookie`. `{email}`, `{password}` and `{id}` are the user's.
    """

    request: str = ""
    body: Any = None
    form: Mapping[str, str] = field(default_factory=dict)
    token: str = ""

    def __bool__(self) -> bool:
        return bool(self.request)


@dataclass(frozen=True, slots=True)
class SignIn:
    """By Supabase Auth, by the API's own login, or with tokens and cookies that are given.

    `old` has expired. `header` and `scheme` are how a token travels. `id` is where the own login
    tells the user's id; `ids` are those of given users.
    """

    supabase: str = ""
    anon_key: str = ""
    service_key: str = ""
    tokens: Sequence[str] = ()
    cookies: Sequence[str] = ()
    ids: Sequence[str] = ()
    old: str = ""
    header: str = "authorization"
    scheme: str = "Bearer"
    sign_up: Login = Login()
    sign_in: Login = Login()
    sign_out: Login = Login()
    remove: Login = Login()
    id: str = ""


def sign_in_of(told: Any) -> SignIn:
    """Raises `SettingsError`."""
    if not isinstance(told, dict):
        raise SettingsError("sign_in: a table is wanted")
    logins = {name: login_of(name, told[name]) for name in LOGINS if name in told}
    how: SignIn = made(SignIn, {**told, **logins}, "sign_in")
    if "header" in told and "scheme" not in told:
        how = replace(how, scheme="")
    for name in ("header", "scheme", "old", "id"):
        if not isinstance(getattr(how, name), str):
            raise SettingsError(f"sign_in: {name} is a text")
    check_users(how)
    check_logins(how)
    return how


def check_users(how: SignIn) -> None:
    for name in ("tokens", "cookies", "ids"):
        value = getattr(how, name)
        is_list = isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)
        if not is_list or len(value) not in (0, USERS):
            raise SettingsError(f"sign_in: {name} are of three users")
    for place, text in enumerate(how.cookies, 1):
        if not jar_of(text):
            raise SettingsError(f'sign_in: cookies: number {place} is not "name=value; …"')
    if not how.header:
        raise SettingsError("sign_in: header has no name")


def check_logins(how: SignIn) -> None:
    """Which of them go together."""
    if (how.sign_in or how.sign_out or how.remove or how.id) and not how.sign_up:
        raise SettingsError("sign_in: sign_up is missing, by which the API makes its users")
    ways = [bool(how.supabase), bool(how.tokens or how.cookies), bool(how.sign_up)]
    if sum(ways) > 1:
        raise SettingsError("sign_in: one of supabase, tokens and cookies, or sign_up")
    if how.ids and not (how.tokens or how.cookies):
        raise SettingsError("sign_in: ids are those of tokens or cookies")


def login_of(name: str, told: Any) -> Login:
    where = f"sign_in: {name}"
    if not isinstance(told, dict):
        raise SettingsError(f'{where}: a table is wanted, as {{ request = "POST /api/…" }}')
    login: Login = made(Login, told, where)
    method, _, path = str(login.request).partition(" ")
    if method not in METHODS or not path.startswith("/"):
        raise SettingsError(f'{where}: request is not "POST /api/…"')
    if not isinstance(login.token, str) or not is_form(login.form):
        raise SettingsError(f"{where}: token is a text, and form a table of texts")
    if login.form and login.body is not None:
        raise SettingsError(f"{where}: body or form, not both")
    return login


def is_form(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())
