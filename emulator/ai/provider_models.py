"""The models the stand-ins of OpenAI and Anthropic list. Any other name is answered as well."""

from collections.abc import Sequence

from emulator.ai.rules import Rules

OPENAI_MODELS = (
    "gpt-4o",
    "gpt-4o-mini",
    "gpt-4.1",
    "gpt-4.1-mini",
    "gpt-5",
    "gpt-5-mini",
    "text-embedding-3-small",
    "text-embedding-3-large",
    "text-embedding-ada-002",
)
ANTHROPIC_MODELS = ("claude-opus-4-1", "claude-sonnet-4-5", "claude-haiku-4-5")


def listed(rules: Rules, provider: str, usual: Sequence[str]) -> list[str]:
    """The usual models, and those a rule answers for by their whole name."""
    scripted = [
        rule.spec.model
        for rule in rules.all()
        if rule.spec.provider == provider and not set("*?[") & set(rule.spec.model)
    ]
    return list(dict.fromkeys([*usual, *scripted]))
