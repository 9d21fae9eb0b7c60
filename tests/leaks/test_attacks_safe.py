"""On the safe reference Worker no attack succeeds. Some of its routes; all of them are attacked by
`cftwin leaks run --attacks`.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from emulator.leaks.attacks import content
from emulator.leaks.attacks.attacker import Attacker
from emulator.leaks.observations import NOBODY, Severity
from emulator.leaks.stage import Stage
from tests.leaks.attacked import attacked
from tests.leaks.switched import Switched, line, switched

COUNTED = ("POST /api/exports/pdf", "POST /api/exports/docx")
# A table with ids, a search, a file that everybody sees, and two counters of 30 an hour.
ROUTES = (
    *("GET /health", "GET /api/skills", "POST /api/skills", "DELETE /api/skills/:id"),
    *("GET /api/jobs#search", "POST /api/profile/avatar", "GET /api/files/avatar/:targetUserId"),
    *COUNTED,
)


@pytest.fixture(scope="module")
def worker() -> Iterator[Switched]:
    with switched() as found:
        yield found


def test_no_attack_on_the_safe_worker_succeeds(worker: Switched) -> None:
    worker.turn_on([])
    whole = worker.settings(by_url_alone=False)
    specs = {name: spec for name, spec in whole.specs.items() if name in ROUTES}
    # Asked for their limits only.
    specs |= {name: replace(specs[name], body=None) for name in COUNTED}
    settings = replace(whole, specs=specs)

    seen = attacked(worker.target.api, settings)

    assert [line(one) for one in seen if one.severity is not Severity.NOTE] == []


def test_an_upload_that_is_shown_as_its_sender_says_is_active_content(worker: Switched) -> None:
    worker.turn_on(["r2:avatar-type"])
    whole = worker.settings(by_url_alone=False)
    names = ("POST /api/profile/avatar", "GET /api/files/avatar/:targetUserId")
    settings = replace(whole, specs={name: whole.specs[name] for name in names})

    def uploads(stage: Stage) -> None:
        content.attack(Attacker(stage), settings.specs[names[0]])

    seen = attacked(worker.target.api, settings, "avatars", uploads)

    [found] = [one for one in seen if one.rule == "attack/active-content"]
    assert (found.route, found.actor, found.severity) == (names[0], NOBODY, Severity.ERROR)
