"""Every route with ids of others: is anything told, changed, or only admitted to exist?"""

from collections.abc import Iterator

from emulator.leaks.actors import Actor, bad_actors, mixed_actors
from emulator.leaks.calls import Slot, slots_of
from emulator.leaks.masking import shape
from emulator.leaks.observations import Kind, Severity
from emulator.leaks.planting import again
from emulator.leaks.rereading import Seen, Witnesses
from emulator.leaks.sessions import is_served, session_cookies, tells_of, undecided
from emulator.leaks.settings import USER, Spec
from emulator.leaks.stage import Stage
from emulator.leaks.wire import Exchange

BUSY = 429
REFUSED = (401, 403)
ORDER = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Crossing:
    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._witnesses = Witnesses(stage)

    def foreign_ids(self) -> None:
        """The second user gives the first one's ids wherever an id may stand; the third reads."""
        owner, second, third = self._stage.users
        for spec in self._specs():
            for slot in slots_of(spec):
                for kind in slot.kind.split(","):
                    if not self._stage.holdings.of(owner.name, kind):
                        continue
                    self._foreign(second, owner, spec, slot, kind)
                    if spec.route.reads and not spec.quota:
                        id = self._stage.holdings.of(owner.name, kind)[-1]
                        self._stage.ask(third, spec, {slot: id})

    def claims(self) -> None:
        """The second user says in query, headers and body to be the first."""
        owner, second, _ = self._stage.users
        for spec in self._specs():
            if spec.quota or spec.foreign_only or spec.route.method == "DELETE" or not owner.id:
                continue
            exchange = self._stage.ask(second, spec, claim=owner.id, aimed_at=owner.name, term="x")
            self._stage.keep(second, spec, exchange)

    def bad_sessions(self, old: Actor | None) -> None:
        """Nobody, and whoever has a token or cookie that is not good, with ids that are."""
        owner, second, _ = self._stage.users
        bad = tuple(bad_actors(owner, second, old, session_cookies(self._stage, owner)))
        for spec in self._specs():
            if spec.variant or spec.public:
                continue
            for actor in bad:
                if not actor.session_of or is_harmless(spec):
                    self._believed(actor, owner, spec)

    def mixed_sessions(self) -> None:
        """A good session beside another user's cookie or token: the data is of one of them."""
        owner, second, _ = self._stage.users
        names = session_cookies(self._stage, owner)
        pairs = [(one, owner) for one in mixed_actors(owner, second, names)]
        pairs += undecided(self._stage, owner, second)
        for actor, victim in pairs:
            for spec in self._specs():
                if not (spec.variant or spec.public or spec.quota or spec.admin):
                    self._cross(actor, victim, spec)

    def privileges(self) -> None:
        for spec in self._specs():
            if spec.admin:
                user = self._stage.users[1]
                exchange = self._stage.ask(user, spec)
                if exchange.status not in REFUSED:
                    message = f"a user without the role is answered {exchange.status}"
                    self._stage.findings.add(
                        Kind.PRIVILEGE, spec.name, user.name, "everybody", message, exchange
                    )

    def _specs(self) -> Iterator[Spec]:
        """What reads before what writes, and what deletes last."""
        called = self._stage.settings.called
        yield from sorted(called, key=lambda spec: ORDER.index(spec.route.method))

    def _believed(self, actor: Actor, owner: Actor, spec: Spec) -> None:
        aimed = owner.name if actor.session_of else ""
        exchange = self._stage.ask(actor, spec, holder=owner, aimed_at=aimed)
        if not is_served(exchange):
            return
        self._stage.keep(actor if actor.session_of else owner, spec, exchange)
        if actor.session_of and not tells_of(self._stage, owner, exchange):
            return
        how = f": {actor.how}" if actor.how else ""
        message = f"{actor.name} is served ({exchange.status}){how}"
        self._stage.findings.add(
            Kind.CREDENTIAL, spec.name, actor.name, owner.name, message, exchange
        )

    def _cross(self, actor: Actor, victim: Actor, spec: Spec) -> None:
        slots = [
            (slot, kind)
            for slot in slots_of(spec)
            for kind in slot.kind.split(",")
            if self._stage.holdings.of(victim.name, kind)
        ]
        for slot, kind in slots:
            self._foreign(actor, victim, spec, slot, kind)
        if not slots and is_harmless(spec):
            exchange = self._stage.ask(actor, spec, aimed_at=victim.name, term="x")
            self._stage.keep(actor, spec, exchange)

    def _foreign(self, actor: Actor, owner: Actor, spec: Spec, slot: Slot, kind: str) -> None:
        stage = self._stage
        id = stage.holdings.of(owner.name, kind)[-1]
        none = stage.unknown(id)
        writes = not spec.route.reads
        before = self._witnesses.look(owner, kind, id) if writes and kind != USER else {}
        aimed = owner.name if slot.place == "path" else ""
        if spec.route.method == "POST" and slot.place == "path":
            # What its owner has asked for may be kept for whoever asks next.
            stage.ask(owner, spec, {slot: id})
        missed = stage.ask(actor, spec, {slot: none}, term="x")
        stage.keep(actor, spec, missed)
        hit = stage.ask(actor, spec, {slot: id}, aimed_at=aimed, term="x")
        stage.keep(actor, spec, hit)
        self._compare(actor, owner, spec, hit, missed, (id, none), slot)
        if writes:
            self._reread(actor, owner, spec, hit, kind, id, before)
        for name in spec.then:
            following = stage.settings.specs[name]
            last = stage.ask(actor, following)
            if not following.route.reads:
                self._reread(actor, owner, following, last, kind, id, before)

    def _compare(
        self,
        actor: Actor,
        owner: Actor,
        spec: Spec,
        hit: Exchange,
        missed: Exchange,
        ids: tuple[str, str],
        slot: Slot,
    ) -> None:
        if spec.public or BUSY in (hit.status, missed.status):
            return
        place = f"{slot.place} {slot.name}"
        findings = self._stage.findings
        if hit.is_served and not missed.is_served:
            message = (
                f"an id of {owner.name} is served ({hit.status}), an unknown one is not"
                f" ({missed.status})"
            )
            findings.add(Kind.ACCESS, spec.name, actor.name, owner.name, message, hit, where=place)
        elif shape(hit, *ids) != shape(missed, *ids) and not hit.is_served:
            message = (
                f"an id of {owner.name} is answered {hit.status}, an unknown one"
                f" {missed.status}, or in other words"
            )
            findings.add(
                Kind.EXISTENCE, spec.name, actor.name, owner.name, message, hit,
                severity=Severity.WARNING, where=place,
            )  # fmt: skip

    def _reread(
        self,
        actor: Actor,
        owner: Actor,
        spec: Spec,
        written: Exchange,
        kind: str,
        id: str,
        before: Seen,
    ) -> None:
        changed = self._witnesses.changed(owner, kind, id, before) if before else {}
        if not changed:
            return
        seen = ", ".join(f"{key} ({one.status})" for key, one in changed.items())
        message = f"a request of {actor.name} changed what {owner.name} has: {seen}"
        self._stage.findings.add(
            Kind.WRITE, spec.name, actor.name, owner.name, message,
            next(iter(changed.values())), request=written.request,
        )  # fmt: skip
        self._stage.holdings.drop(owner.name, kind, id)
        again(self._stage, owner, kind)


def is_harmless(spec: Spec) -> bool:
    """For whoever has a good session: nothing of theirs is lost by it."""
    return spec.route.method != "DELETE" or bool(spec.route.variables)
