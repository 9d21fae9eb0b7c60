"""The API with users on it: asks as one of them, and looks through every answer."""

import random
from collections.abc import Mapping

from emulator.leaks.actors import Actor
from emulator.leaks.calls import Call, Filling, Slot, call_of
from emulator.leaks.findings import Findings
from emulator.leaks.holdings import Holdings, harvested, unknown
from emulator.leaks.markers import Marker, Markers
from emulator.leaks.observations import Kind
from emulator.leaks.reading import layers
from emulator.leaks.settings import USER, Settings, Spec
from emulator.leaks.wire import Exchange, Wire

# Of a kind that nobody has anything of.
UNUSED = "7d3f0c1e-5b7a-4f2d-9c48-0f6a2b9d1e55"
MANY = 1_000
Given = Mapping[Slot, str]


class Stage:
    def __init__(
        self, api: str, settings: Settings, wire: Wire, findings: Findings, seed: str
    ) -> None:
        self.api = api.rstrip("/")
        self.settings = settings
        self.wire = wire
        self.findings = findings
        self.markers = Markers(seed)
        self.holdings = Holdings()
        self.users: tuple[Actor, ...] = ()
        self._dice = random.Random(seed)
        # Values of headers that hold no word of anybody's.
        self._plain: set[str] = set()
        self._aimed: list[tuple[Actor, Spec, Exchange, Marker, str]] = []
        # Of each user: it is in lists of sessions, and in logs.
        self._agents: dict[str, str] = {}

    def ask(
        self,
        actor: Actor,
        spec: Spec,
        given: Given | None = None,
        *,
        holder: Actor | None = None,
        claim: str = "",
        aimed_at: str = "",
        term: str = "",
    ) -> Exchange:
        """Calls a route with the ids of `holder`, who is the actor unless said otherwise, but for
        those that are given. Raises `Spent`, `httpx.TransportError`.
        """
        filling = self._filling(actor, holder or actor, spec, given or {}, aimed_at, term)
        return self.send(actor, spec, call_of(spec, filling, claim))

    def send(self, actor: Actor, spec: Spec, call: Call) -> Exchange:
        headers = {**actor.headers, **call.headers, "user-agent": self._agent(actor)}
        exchange = self.wire.send(call.method, self.api + call.target, headers, call.body)
        self.markers.sent(actor.who, exchange.request)
        self.findings.matrix.called(spec.name, actor.name, exchange.status)
        self.look(actor, spec, exchange)
        return exchange

    def keep(self, actor: Actor, spec: Spec, exchange: Exchange) -> None:
        """Remembers what a route has made."""
        if spec.makes and exchange.is_served:
            self.holdings.add(actor.who, spec.makes, harvested(spec, exchange))

    def look(self, actor: Actor, spec: Spec, exchange: Exchange) -> None:
        """For words of others in an answer's headers and body."""
        news: dict[str, tuple[Marker, str]] = {}
        texts = [
            (f"header {name}", value.encode())
            for name, value in exchange.headers
            if value not in self._plain
        ]
        for where, data in (*texts, ("body", exchange.body)):
            if not data:
                continue
            before = len(news)
            for layer in layers(where, data):
                for marker in self.markers.in_text(layer.text):
                    if self.markers.is_news(actor.who, marker):
                        news.setdefault(marker.word, (marker, layer.where))
            if len(news) == before and where != "body" and len(self._plain) < MANY:
                self._plain.add(data.decode())
        for marker, where in news.values():
            if marker.aimed_at == actor.who:
                self._aimed.append((actor, spec, exchange, marker, where))
            else:
                self._found(actor, spec, exchange, marker, where)

    def conclude(self) -> None:
        """Who aimed words at somebody has written to their data, unless the route on which they
        are seen shows all of the writer's data anyway.
        """
        shown = {(one.route, one.actor, one.owner) for one in self.findings.all}
        for actor, spec, exchange, marker, where in self._aimed:
            if (spec.name, actor.name, marker.owner) not in shown:
                route = marker.place.partition("|")[0]
                message = f"{marker.owner} wrote to the data of {actor.name}: see {spec.name}"
                self.findings.add(
                    Kind.WRITE, route, marker.owner, actor.name, message, exchange,
                    request=marker.request, marker=marker.word, where=where,
                )  # fmt: skip
        self._aimed.clear()

    def unknown(self, id: str) -> str:
        return unknown(id, self._dice)

    def _found(
        self, actor: Actor, spec: Spec, exchange: Exchange, marker: Marker, where: str
    ) -> None:
        member = marker.place.partition("|")[2]
        message = f"the answer holds `{member}` of {marker.owner}"
        self.findings.add(
            Kind.MARKER, spec.name, actor.name, marker.owner, message, exchange,
            marker=marker.word, where=where,
        )  # fmt: skip

    def _filling(
        self, actor: Actor, holder: Actor, spec: Spec, given: Given, aimed_at: str, term: str
    ) -> Filling:
        def id_of(slot: Slot) -> str:
            if slot in given:
                return given[slot]
            held = self.holdings.of(holder.who, slot.kind)
            return held[-1] if held else UNUSED

        def marker(place: str) -> str:
            whole = f"{spec.name}|{place}"
            return self.markers.new(actor.who, whole, is_open=spec.open, aimed_at=aimed_at).word

        return Filling(id_of, marker, holder.id, holder.email, term)

    def _agent(self, actor: Actor) -> str:
        known = [user.name for user in self.users]
        if actor.name not in known or not actor.is_signed_in:
            return "cftwin-leaks"
        if actor.name not in self._agents:
            self._agents[actor.name] = self.markers.new(actor.name, "|user-agent").word
        return f"cftwin-leaks {self._agents[actor.name]}"

    def enter(self, users: tuple[Actor, ...]) -> None:
        self.users = users
        for user in users:
            self.findings.secrets.update((user.token, *(value for _, value in user.cookies)))
            if user.id:
                self.holdings.add(user.name, USER, [user.id])
