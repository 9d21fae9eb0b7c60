"""Models: asked directly, each time with another text; and through AI Gateway, which caches."""

from loadtests.lab.exchange import Exchange, Wrong
from loadtests.lab.picks import Picks
from loadtests.lab.settings import Settings

EMBEDDER = "@cf/baai/bge-base-en-v1.5"
WRITER = "@cf/meta/llama-3.1-8b-instruct"
TOKENS = 64
HIT = "HIT"


class Models:
    """Workers AI over REST."""

    def __init__(self, settings: Settings) -> None:
        self._url = f"{settings.account}/ai/run"
        self._headers = {"authorization": f"Bearer {settings.api_token}"}

    def text(self, picks: Picks) -> str:
        return picks.fresh_text()

    def embedding(self, exchange: Exchange, picks: Picks) -> None:
        self._ask(exchange, EMBEDDER, {"text": [self.text(picks)]})

    def generation(self, exchange: Exchange, picks: Picks) -> None:
        prompt = f"Write a sentence about {self.text(picks)}."
        self._ask(exchange, WRITER, {"prompt": prompt, "max_tokens": TOKENS})

    def _ask(self, exchange: Exchange, model: str, body: dict[str, object]) -> None:
        answer = exchange.ask("POST", f"{self._url}/{model}", self._headers, body)
        if not answer.json().get("success"):
            raise Wrong("the model did not succeed")
        status = answer.headers.get("cf-aig-cache-status")
        if status:
            exchange.is_hit = status == HIT


class Gateway(Models):
    """The same through a gateway; three texts of four are among forty."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._url = f"{settings.gateway}/workers-ai"
        self._headers = {**self._headers, "cf-aig-cache-ttl": "3600"}

    def text(self, picks: Picks) -> str:
        return picks.text()
