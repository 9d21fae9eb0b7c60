"""What a request costs: the providers' list prices, in dollars for a million tokens.

An estimate, as Cloudflare's is. A name counts for all that begin with it, the longest first.
"""

from emulator.ai_gateway.handling import CustomCost
from emulator.ai_gateway.usage import Usage

MILLION = 1_000_000
# https://developers.cloudflare.com/workers-ai/platform/pricing/
DOLLARS_PER_NEURON = 0.011 / 1_000

PRICES: dict[str, dict[str, tuple[float, float]]] = {
    "openai": {
        "gpt-5-nano": (0.05, 0.40),
        "gpt-5-mini": (0.25, 2.00),
        "gpt-5": (1.25, 10.00),
        "gpt-4.1-nano": (0.10, 0.40),
        "gpt-4.1-mini": (0.40, 1.60),
        "gpt-4.1": (2.00, 8.00),
        "gpt-4o-mini": (0.15, 0.60),
        "gpt-4o": (2.50, 10.00),
        "gpt-4-turbo": (10.00, 30.00),
        "gpt-4": (30.00, 60.00),
        "gpt-3.5-turbo": (0.50, 1.50),
        "o1": (15.00, 60.00),
        "o3-mini": (1.10, 4.40),
        "o3": (2.00, 8.00),
        "o4-mini": (1.10, 4.40),
        "text-embedding-3-small": (0.02, 0.0),
        "text-embedding-3-large": (0.13, 0.0),
        "text-embedding-ada-002": (0.10, 0.0),
    },
    "anthropic": {
        "claude-opus-4-5": (5.00, 25.00),
        "claude-opus-4": (15.00, 75.00),
        "claude-sonnet-4": (3.00, 15.00),
        "claude-haiku-4-5": (1.00, 5.00),
        "claude-3-7-sonnet": (3.00, 15.00),
        "claude-3-5-sonnet": (3.00, 15.00),
        "claude-3-5-haiku": (0.80, 4.00),
        "claude-3-opus": (15.00, 75.00),
        "claude-3-haiku": (0.25, 1.25),
    },
}


def cost_of(provider: str, model: str, usage: Usage, custom: CustomCost | None) -> float:
    """Dollars; 0 for a model whose price is not known."""
    if custom is not None:
        return usage.tokens_in * custom.per_token_in + usage.tokens_out * custom.per_token_out
    if usage.neurons is not None:
        return usage.neurons * DOLLARS_PER_NEURON
    prices = PRICES.get(provider, {})
    names = [name for name in prices if model.startswith(name)]
    if not names:
        return 0.0
    price_in, price_out = prices[max(names, key=len)]
    return (usage.tokens_in * price_in + usage.tokens_out * price_out) / MILLION
