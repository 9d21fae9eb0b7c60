"""Scripted answers: rules that say what a model answers to which prompt.

The first rule that matches answers. One with `times` is used up after so many answers, and
those below it get their turn, so a sequence of answers is a list of rules with `times = 1`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from emulator.ai.errors import NoSuchRule, ScriptedError, TooManyRules
from emulator.ai.limits import MAX_RULES
from emulator.ai.models import Draft, ToolCall
from emulator.core.ids import Ids

if TYPE_CHECKING:
    from emulator.ai.rule_spec import RuleSpec


@dataclass(slots=True)
class Rule:
    """A rule in its place; `used` is how often it has answered."""

    id: str
    spec: "RuleSpec"
    used: int = field(default=0)

    def matches(self, provider: str, model: str, prompt: str) -> bool:
        spec = self.spec
        return (
            (spec.times is None or self.used < spec.times)
            and spec.provider in (None, provider)
            and fnmatchcase(model, spec.model)
            and (spec.prompt is None or spec.prompt.lower() in prompt.lower())
            and spec.fits(prompt)
        )

    def draft(self) -> Draft:
        """The answer. Raises `ScriptedError` if the rule says so."""
        spec = self.spec
        if spec.error is not None:
            error = spec.error
            raise ScriptedError(text=error.message, code=error.code, status=error.status)
        calls = tuple(ToolCall(call.name, call.arguments) for call in spec.tool_calls)
        return Draft(spec.pieces(), calls, "tool_calls" if calls else "stop")

    def json(self) -> dict[str, object]:
        """As the control plane shows it."""
        shown = self.spec.model_dump(by_alias=True, exclude_unset=True)
        return {**shown, "id": self.id, "used": self.used}


class Rules:
    """Rules in their order; of one account, or of all of them."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._rules: list[Rule] = []

    def all(self) -> Sequence[Rule]:
        return tuple(self._rules)

    def add(self, specs: Sequence["RuleSpec"]) -> Sequence[Rule]:
        """Behind those that are there; one whose id is known takes that one's place."""
        if len(self._rules) + len(specs) > MAX_RULES:
            raise TooManyRules(limit=MAX_RULES)
        return [self._put(Rule(spec.id or self._ids.uuid(), spec)) for spec in specs]

    def replace(self, specs: Sequence["RuleSpec"]) -> Sequence[Rule]:
        """These instead of all that are there."""
        if len(specs) > MAX_RULES:
            raise TooManyRules(limit=MAX_RULES)
        self._rules = []
        return self.add(specs)

    def remove(self, rule_id: str) -> None:
        """Raises `NoSuchRule`."""
        kept = [rule for rule in self._rules if rule.id != rule_id]
        if len(kept) == len(self._rules):
            raise NoSuchRule(rule_id=rule_id)
        self._rules = kept

    def clear(self) -> None:
        self._rules = []

    def find(
        self, provider: str, model: str, prompt: str, *, refusing: bool = False
    ) -> Rule | None:
        """The rule that answers, whose turn that counts as. `refusing`: only rules with `error`."""
        for rule in self._rules:
            if refusing and rule.spec.error is None:
                continue
            if rule.matches(provider, model, prompt):
                rule.used += 1
                return rule
        return None

    def _put(self, rule: Rule) -> Rule:
        for place, known in enumerate(self._rules):
            if known.id == rule.id:
                self._rules[place] = rule
                return rule
        self._rules.append(rule)
        return rule
