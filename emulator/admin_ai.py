"""`/_twin/ai/`: scripted answers, the history of calls and the neurons spent.

Rules and calls belong to the account that `account_id` names. Rules without one count for
every account, behind its own.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import Body, FastAPI, Query

from emulator.ai.rule_spec import specs_of
from emulator.ai.rules import Rule, Rules
from emulator.ai.store import AIStore
from emulator.core.errors import NotPermitted
from emulator.twin import Twin

NewRules = Annotated[Any, Body()]


def add_ai(app: FastAPI, twin: Twin) -> None:
    add_rules(app, twin)
    add_calls(app, twin)


def add_rules(app: FastAPI, twin: Twin) -> None:
    @app.get("/_twin/ai/rules")
    async def list_rules(account_id: str | None = None) -> dict[str, object]:
        """The rules in their order, and how often each has answered."""
        return shown(rules_of(twin, account_id).all())

    @app.post("/_twin/ai/rules")
    async def add(body: NewRules, account_id: str | None = None) -> dict[str, object]:
        """Add one rule or a list, behind the others; a known id takes that rule's place."""
        return shown(rules_of(twin, account_id).add(specs_of(body)))

    @app.put("/_twin/ai/rules")
    async def replace(body: NewRules, account_id: str | None = None) -> dict[str, object]:
        """These rules instead of those that are there."""
        return shown(rules_of(twin, account_id).replace(specs_of(body)))

    @app.delete("/_twin/ai/rules")
    async def clear(account_id: str | None = None) -> dict[str, object]:
        """No rules any more."""
        rules = rules_of(twin, account_id)
        count = len(rules.all())
        rules.clear()
        return {"deleted": count}

    @app.delete("/_twin/ai/rules/{rule_id}")
    async def remove(rule_id: str, account_id: str | None = None) -> dict[str, object]:
        """One rule less."""
        rules_of(twin, account_id).remove(rule_id)
        return {"deleted": 1}


def add_calls(app: FastAPI, twin: Twin) -> None:
    @app.get("/_twin/ai/calls")
    async def calls(
        account_id: str,
        limit: Annotated[int, Query(ge=1, le=100_000)] = 100,
        model: str = "*",
        provider: str | None = None,
        task: str | None = None,
        rule: str | None = None,
        backend: str | None = None,
    ) -> dict[str, object]:
        """The newest inferences of the account, newest first. `model` may be a glob."""
        found = store_of(twin, account_id).calls.recent(
            limit, model=model, provider=provider, task=task, rule=rule, backend=backend
        )
        return {"calls": [asdict(record) for record in found]}

    @app.delete("/_twin/ai/calls")
    async def forget(account_id: str) -> dict[str, object]:
        """Begin the history anew."""
        store_of(twin, account_id).calls.clear()
        return {"calls": []}

    @app.get("/_twin/ai/neurons")
    async def neurons(account_id: str) -> dict[str, object]:
        """What the account has spent today, and each day and model of it."""
        store = store_of(twin, account_id)
        return {"today": store.neurons_today(), "days": store.usage()}


def store_of(twin: Twin, account_id: str) -> AIStore:
    if account_id not in [record.id for record in twin.directory.accounts()]:
        raise NotPermitted()
    return twin.account(account_id).ai


def rules_of(twin: Twin, account_id: str | None) -> Rules:
    return twin.inference.rules if account_id is None else store_of(twin, account_id).rules


def shown(rules: Sequence[Rule]) -> dict[str, object]:
    return {"rules": [rule.json() for rule in rules]}
