"""How fast the offline embedder is, on prose of this project: one thread, its own CPU time."""

from pathlib import Path
from time import thread_time

from emulator.ai.embedding.offline import OfflineEmbedder
from loadtests.bench.figures import spread
from loadtests.bench.report import Part, Table
from loadtests.bench.session import Session
from loadtests.bench.verdict import at_least, below

TITLE = "The offline embedder"
SPACE, DIMENSIONS, MAX_TOKENS = "bench", 768, 512
TEXT_CHARS, QUERY_WORDS = 1_000, 6
ROUNDS, TEXTS = 5, 300
TEXTS_A_SECOND, QUERY_MS = 700, 0.2


def run(session: Session) -> Part:
    texts = prose(TEXTS)
    queries = [" ".join(text.split()[:QUERY_WORDS]) for text in texts]
    embedder = OfflineEmbedder()
    cold = TEXTS / seconds_for(embedder, texts)
    warm = [TEXTS / seconds_for(embedder, texts) for _ in range(ROUNDS)]
    query_ms = [1_000 * seconds_one_by_one(embedder, queries) / TEXTS for _ in range(ROUNDS)]
    session.say(f"embedder: {warm[-1]:,.0f} texts/s, a query {query_ms[-1]:.3f} ms")
    verdicts = (
        at_least("texts of 1 KB, words met before", TEXTS_A_SECOND, "/s", spread(warm)),
        below(f"a query of {QUERY_WORDS} words", QUERY_MS, "ms", spread(query_ms)),
    )
    rows = (("texts of 1 KB, first met", f"{cold:,.0f} /s"),)
    return Part(TITLE, verdicts=verdicts, tables=(Table(("figure", "measured"), rows),))


def prose(count: int) -> list[str]:
    """So many different texts of `TEXT_CHARS`, out of the project's pages and programs."""
    root = Path(__file__).parents[3]
    files = [*sorted(root.glob("*.md")), *sorted(root.glob("emulator/**/*.md"))]
    files += sorted(root.glob("emulator/**/*.py"))
    whole = "\n".join(file.read_text() for file in files)
    return [whole[at : at + TEXT_CHARS] for at in range(0, count * TEXT_CHARS, TEXT_CHARS)]


def seconds_for(embedder: OfflineEmbedder, texts: list[str]) -> float:
    started = thread_time()
    embedder.embed(SPACE, DIMENSIONS, MAX_TOKENS, texts)
    return thread_time() - started


def seconds_one_by_one(embedder: OfflineEmbedder, texts: list[str]) -> float:
    started = thread_time()
    for text in texts:
        embedder.embed(SPACE, DIMENSIONS, MAX_TOKENS, [text])
    return thread_time() - started
