"""Tokens and neurons: how much text a model reads and writes, and what that costs.

[guess] The models' own tokenizers are not here. A word is counted as one token for every
five characters or part of it, and every other mark as one: near enough for budgets, limits
and truncation, not for billing.
"""

import re

from emulator.ai.catalogue import Model
from emulator.ai.models import Usage

# Past this a look at the length has to do.
MAX_COUNTED_CHARACTERS = 1_000_000
TOKEN = re.compile(r"\w{1,5}|[^\w\s]")
# With the space in front of it, so that nothing is lost.
TOKENS = re.compile(r"\s*(?:\w{1,5}|[^\w\s])|\s+$")


def count_tokens(text: str) -> int:
    if len(text) > MAX_COUNTED_CHARACTERS:
        return len(text) // 4
    return sum(1 for _ in TOKEN.finditer(text))


def tokens_of(text: str) -> list[str]:
    """The text cut into its tokens; put together they are the text again."""
    return TOKENS.findall(text)


def usage_of(model: Model | None, prompt_tokens: int, completion_tokens: int) -> Usage:
    """With the neurons of the published table; a model that is not in it costs none."""
    if model is None or model.neurons is None:
        return Usage(prompt_tokens, completion_tokens)
    into, out = model.neurons
    neurons = (prompt_tokens * into + completion_tokens * out) / 1_000_000
    return Usage(prompt_tokens, completion_tokens, round(neurons, 6))
