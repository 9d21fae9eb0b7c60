"""What makes an account's scripts run: subdomain, routes, domains, schedules; and who watches.

There is no DNS in the twin: whatever a client calls a zone is one of the account's.
"""

from collections.abc import Sequence
from types import MappingProxyType

import orjson

from emulator.core.clock import Clock
from emulator.core.database import Database
from emulator.core.ids import Ids
from emulator.workers.cron import Cron
from emulator.workers.errors import (
    DomainNotFound,
    NoSubdomain,
    RouteExists,
    RouteNotFound,
    SubdomainExists,
    TailNotFound,
    TooManyCrons,
    TooManyTails,
)
from emulator.workers.limits import MAX_CRONS, MAX_TAILS, TAIL_SECONDS
from emulator.workers.models import Domain, Json, Route, Schedule, Tail, Zone
from emulator.workers.validate import check_subdomain

SUBDOMAIN, SETTINGS = "subdomain", "settings"
DEFAULT_SETTINGS: Json = MappingProxyType(
    {"default_usage_model": "standard", "green_compute": False}
)


class Triggers:
    """Of one account. That a script exists is asked before one comes here."""

    def __init__(self, database: Database, clock: Clock, ids: Ids, subdomain: str) -> None:
        self._default_subdomain = subdomain
        self._database = database
        self._clock = clock
        self._ids = ids

    def find_subdomain(self) -> str | None:
        """The account's name below workers.dev: the one it began with until that is given up."""
        row = self._database.one("SELECT value FROM account WHERE name = ?", (SUBDOMAIN,))
        return self._default_subdomain if row is None else str(row["value"]) or None

    def subdomain(self) -> str:
        """Raises `NoSubdomain`."""
        subdomain = self.find_subdomain()
        if subdomain is None:
            raise NoSubdomain()
        return subdomain

    def claim_subdomain(self, subdomain: str) -> str:
        """Raises `SubdomainExists` while there is another, and `SubdomainInvalid`."""
        check_subdomain(subdomain)
        if self.find_subdomain() not in (None, subdomain):
            raise SubdomainExists()
        self._put(SUBDOMAIN, subdomain)
        return subdomain

    def give_up_subdomain(self) -> None:
        self.subdomain()
        self._put(SUBDOMAIN, "")

    def account_settings(self) -> Json:
        row = self._database.one("SELECT value FROM account WHERE name = ?", (SETTINGS,))
        return DEFAULT_SETTINGS if row is None else orjson.loads(row["value"])

    def put_account_settings(self, settings: Json) -> None:
        self._put(SETTINGS, orjson.dumps(settings).decode())

    def schedules(self, script: str | None = None) -> Sequence[tuple[str, Schedule]]:
        """When which script is to run: of one of them or of all."""
        where, values = ("", ()) if script is None else ("WHERE script = ? ", (script,))
        rows = self._database.all(
            "SELECT script, cron, created_at, modified_at FROM schedules "
            f"{where}ORDER BY script, rowid",
            values,
        )
        return [
            (row["script"], Schedule(row["cron"], row["created_at"], row["modified_at"]))
            for row in rows
        ]

    def put_schedules(self, script: str, crons: Sequence[str]) -> Sequence[Schedule]:
        """Replace them all. Raises `InvalidCron`, `TooManyCrons`."""
        for cron in crons:
            Cron.parse(cron)
        now = self._clock.now()
        with self._database.transaction():
            known = {one.cron: one.created_at for _, one in self.schedules(script)}
            self._database.execute("DELETE FROM schedules WHERE script = ?", (script,))
            for cron in dict.fromkeys(crons):
                self._database.execute(
                    "INSERT INTO schedules (script, cron, created_at, modified_at)"
                    " VALUES (?, ?, ?, ?)",
                    (script, cron, known.get(cron, now), now),
                )
            if len(self.schedules()) > MAX_CRONS:
                raise TooManyCrons()
        return [schedule for _, schedule in self.schedules(script)]

    def domains(self) -> Sequence[Domain]:
        """Every custom domain, by host name."""
        rows = self._database.all(
            "SELECT id, hostname, script, zone_id, zone_name FROM domains ORDER BY hostname"
        )
        return [Domain(*row) for row in rows]

    def get_domain(self, domain_id: str) -> Domain:
        """Raises `DomainNotFound`."""
        for domain in self.domains():
            if domain.id == domain_id:
                return domain
        raise DomainNotFound()

    def put_domain(
        self, hostname: str, script: str, zone_id: str | None, zone_name: str | None
    ) -> Domain:
        """Lead the host to the script, wherever it led before."""
        hostname = hostname.lower().rstrip(".")
        known = {one.hostname: one.id for one in self.domains()}
        zone_name = zone_name or ".".join(hostname.split(".")[-2:])
        zone_id = zone_id or self.zone_named(zone_name).id
        domain = Domain(
            known.get(hostname) or self._ids.hex(),
            hostname,
            script,
            zone_id,
            zone_name,
        )
        self._database.execute(
            "INSERT OR REPLACE INTO domains (id, hostname, script, zone_id, zone_name)"
            " VALUES (?, ?, ?, ?, ?)",
            (domain.id, hostname, script, domain.zone_id, domain.zone_name),
        )
        return domain

    def delete_domain(self, domain_id: str) -> None:
        self.get_domain(domain_id)
        self._database.execute("DELETE FROM domains WHERE id = ?", (domain_id,))

    def zone_named(self, name: str) -> Zone:
        """The zone of that name, which is one from now on if it was not."""
        with self._database.transaction():
            self._database.execute(
                "INSERT OR IGNORE INTO zones (id, name) VALUES (?, ?)", (self._ids.hex(), name)
            )
            rows = self._database.all("SELECT id, name FROM zones WHERE name = ?", (name,))
        return Zone(*rows[0])

    def zones(self) -> Sequence[Zone]:
        """Those that were asked for by name, by name."""
        rows = self._database.all("SELECT id, name FROM zones ORDER BY name")
        return [Zone(*row) for row in rows]

    def routes(self, zone_id: str | None = None) -> Sequence[Route]:
        """Every route, or those of a zone, by pattern."""
        rows = self._database.all("SELECT id, pattern, script, zone FROM routes ORDER BY pattern")
        routes = [Route(*row) for row in rows]
        return [one for one in routes if zone_id in (None, one.zone_id)]

    def get_route(self, zone_id: str, route_id: str) -> Route:
        """Raises `RouteNotFound`."""
        for route in self.routes(zone_id):
            if route.id == route_id:
                return route
        raise RouteNotFound()

    def put_route(
        self, zone_id: str, pattern: str, script: str | None, route_id: str | None = None
    ) -> Route:
        """Lead the pattern to the script, by a new route or one that is changed.

        Raises `RouteExists`, and `RouteNotFound` for a `route_id` that the zone has not.
        """
        with self._database.transaction():
            if route_id is not None:
                self.get_route(zone_id, route_id)
            route = Route(route_id or self._ids.hex(), pattern, script, zone_id)
            if any(one.pattern == pattern and one.id != route.id for one in self.routes()):
                raise RouteExists(pattern=pattern)
            self._database.execute(
                "INSERT OR REPLACE INTO routes (id, pattern, script, zone) VALUES (?, ?, ?, ?)",
                (route.id, pattern, script, zone_id),
            )
        return route

    def delete_route(self, zone_id: str, route_id: str) -> None:
        self.get_route(zone_id, route_id)
        self._database.execute("DELETE FROM routes WHERE id = ?", (route_id,))

    def put_routes(self, script: str, patterns: Sequence[str]) -> Sequence[Route]:
        """Make these the script's routes, and all of them; one of another script moves here."""
        with self._database.transaction():
            self._database.execute("DELETE FROM routes WHERE script = ?", (script,))
            for pattern in dict.fromkeys(patterns):
                self._database.execute(
                    "INSERT INTO routes (id, pattern, script) VALUES (?, ?, ?)"
                    " ON CONFLICT (pattern) DO UPDATE SET script = excluded.script",
                    (self._ids.hex(), pattern, script),
                )
        return [route for route in self.routes() if route.script == script]

    def open_tail(self, script: str, filters: Sequence[Json]) -> Tail:
        """Somebody will watch. Raises `TooManyTails`."""
        with self._database.transaction():
            if len(self.tails(script)) >= MAX_TAILS:
                raise TooManyTails(limit=MAX_TAILS)
            expires_at = self._clock.now() + TAIL_SECONDS
            tail = Tail(self._ids.hex(), script, expires_at, filters)
            self._database.execute(
                "INSERT INTO tails (id, script, expires_at, filters) VALUES (?, ?, ?, ?)",
                (tail.id, script, expires_at, orjson.dumps(filters)),
            )
        return tail

    def tails(self, script: str | None = None) -> Sequence[Tail]:
        """Those that are still open, of one script or of all; the newest first."""
        self._database.execute("DELETE FROM tails WHERE expires_at <= ?", (self._clock.now(),))
        where, values = ("", ()) if script is None else ("WHERE script = ? ", (script,))
        rows = self._database.all(
            f"SELECT id, script, expires_at, filters FROM tails {where}ORDER BY rowid DESC", values
        )
        return [
            Tail(row["id"], row["script"], row["expires_at"], orjson.loads(row["filters"]))
            for row in rows
        ]

    def close_tail(self, script: str, tail_id: str) -> None:
        """Raises `TailNotFound`."""
        closed = self._database.execute(
            "DELETE FROM tails WHERE id = ? AND script = ?", (tail_id, script)
        )
        if not closed:
            raise TailNotFound()

    def _put(self, name: str, value: str) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO account (name, value) VALUES (?, ?)", (name, value)
        )
