"""The outside world of every account: which stand-in answers for a host, and its application."""

from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from emulator.outbound.hosts import Allowed, Target, allowed, meant, more_hosts, passing
from emulator.outbound.outbox import Outbox
from emulator.standins.all import STANDINS
from emulator.standins.standin import Asgi, Place, StandIn
from emulator.twin import Account, Twin

# Account id, host and path; the application that serves them here, if one does.
Own = Callable[[str, str, str], Asgi | None]


class Outside:
    """All stand-ins of the twin. `own` says which hosts the twin itself serves.

    Raises `ValueError` where a setting is not valid.
    """

    def __init__(self, twin: Twin, stand_ins: Sequence[StandIn] = STANDINS) -> None:
        settings = twin.settings
        self.outbox = Outbox(settings.outbox)
        # As people reach the API listener; set when its port is known.
        self.base_url = f"http://{settings.host}:{settings.api_port}"
        self.own: list[Own] = []
        self.latency = twin.latency
        self._twin = twin
        self._stand_ins = {one.name: one for one in stand_ins}
        self._more_hosts = more_hosts(settings.stand_in_hosts, tuple(self._stand_ins))
        self._allowed = allowed(settings.allow_hosts)
        self._apps: dict[tuple[str, str], Asgi] = {}
        twin.forgotten.append(self.forget)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every host or pattern that a stand-in answers for."""
        return tuple(host for one in self._stand_ins.values() for host in self._hosts_of(one))

    def named(self, name: str) -> StandIn | None:
        return self._stand_ins.get(name)

    def stand_in_for(self, host: str) -> StandIn | None:
        """The stand-in that answers for a host's name, whatever the port."""
        for one in self._stand_ins.values():
            if any(meant(pattern, host) for pattern in self._hosts_of(one)):
                return one
        return None

    def app(self, account: Account, stand_in: StandIn) -> Asgi:
        """The account's application, made when it is first asked for."""
        key = account.id, stand_in.name
        app = self._apps.get(key)
        if app is None:
            app = self._apps[key] = stand_in.open(self._place(account, stand_in))
        return app

    def own_app(self, account_id: str, host: str, path: str) -> Asgi | None:
        """What serves it in this process: Cloudflare's own hosts, and those of Workers."""
        return next((app for own in self.own if (app := own(account_id, host, path))), None)

    def is_api(self, target: Target) -> bool:
        """Whether that is the address of the API's own listener, by any name of this machine."""
        ours = urlsplit(self.base_url)
        names = ("localhost", "127.0.0.1", "[::1]", ours.netloc.rpartition(":")[0])
        return (target.scheme, target.port) == (ours.scheme, ours.port) and target.name in names

    def way_out(self, target: Target, *, stood_in: bool) -> Allowed | None:
        """What `allow_hosts` says of the target."""
        return passing(self._allowed, target, stood_in=stood_in)

    def forget(self, account_id: str) -> None:
        """The account is empty or gone: so is all that it had outside."""
        for key in [key for key in self._apps if key[0] == account_id]:
            close = getattr(self._apps.pop(key), "close", None)
            if close is not None:
                close()
        self.outbox.clear(account_id)

    def close(self) -> None:
        """The twin ends: so does what the stand-ins have running."""
        for account_id in {account_id for account_id, _ in self._apps}:
            self.forget(account_id)

    def _hosts_of(self, stand_in: StandIn) -> tuple[str, ...]:
        return (*stand_in.hosts, *self._more_hosts.get(stand_in.name, ()))

    def _place(self, account: Account, stand_in: StandIn) -> Place:
        twin = self._twin
        directory = twin.account_path(account.id) / "standins" / stand_in.name
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Place(
            account,
            directory,
            twin.clock,
            twin.ids,
            twin.settings,
            twin.inference,
            self.outbox,
            self.base_url,
        )
