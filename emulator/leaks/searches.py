"""Searches for words of others: what has such a word has more of them, and tells itself by those.

Words that were searched for are known to who searched, so this comes after what looks for them.
"""

from emulator.leaks.calls import is_search
from emulator.leaks.stage import Stage

# Of one user, each from another place.
MAX_WORDS = 60


def searches(stage: Stage) -> None:
    owner, second, _ = stage.users
    words = stage.markers.of(owner.name)[:MAX_WORDS]
    for spec in stage.settings.called:
        if is_search(spec):
            for word in words:
                stage.ask(second, spec, term=word)
