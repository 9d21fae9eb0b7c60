"""The process that holds real models: started late, shared, survived, and ended."""

import asyncio
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.ai.embedding.bge import Bge, BgeModel
from emulator.ai.errors import EmbedderFailed, OutOfCapacity

WORKER = (sys.executable, str(Path(__file__).with_name("stand_in_worker.py")))


@pytest.fixture
def bge() -> Iterator[Bge]:
    bge = Bge(WORKER, seconds=60)
    yield bge
    bge.close()


@pytest.fixture
def model(tmp_path: Path) -> BgeModel:
    return BgeModel(str(tmp_path / "died"), 4, 512, "mean")


def pid_of(bge: Bge) -> int:
    assert bge.pid is not None
    return bge.pid


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_no_process_runs_before_the_first_text(bge: Bge, model: BgeModel) -> None:
    assert bge.pid is None

    bge.embed_now(model, ["text"])

    assert is_alive(pid_of(bge))


def test_vectors_come_in_the_order_of_the_texts(bge: Bge, model: BgeModel) -> None:
    texts = ["x" * length for length in range(100)]

    vectors = bge.embed_now(model, texts)

    assert vectors.rows[:, 0].tolist() == list(range(100))
    assert vectors.tokens == sum(range(100))


def test_many_texts_go_in_pieces(bge: Bge, model: BgeModel) -> None:
    vectors = bge.embed_now(model, ["text"] * 70)

    assert vectors.rows[:, 1].tolist() == [32] * 64 + [6] * 6


async def test_texts_that_wait_together_share_a_batch(bge: Bge, model: BgeModel) -> None:
    answers = await asyncio.gather(*(bge.embed(model, ["x" * n]) for n in range(40)))

    assert [float(answer.rows[0, 0]) for answer in answers] == list(range(40))
    assert [answer.tokens for answer in answers] == list(range(40))
    assert max(answer.rows[0, 1] for answer in answers) > 1


async def test_poolings_do_not_share_a_batch(bge: Bge, model: BgeModel) -> None:
    cls = BgeModel(model.source, 4, 512, "cls")

    answers = await asyncio.gather(*(bge.embed(one, ["text"]) for one in (model, cls) * 10))

    assert [float(answer.rows[0, 3]) for answer in answers] == [0, 1] * 10


async def test_a_process_killed_while_idle_is_started_anew(bge: Bge, model: BgeModel) -> None:
    await bge.embed(model, ["text"])
    killed = pid_of(bge)

    os.kill(killed, signal.SIGKILL)

    assert (await bge.embed(model, ["text"])).rows.shape == (1, 4)
    assert pid_of(bge) != killed


def test_a_process_that_dies_over_a_text_is_asked_once_more(bge: Bge, model: BgeModel) -> None:
    vectors = bge.embed_now(model, ["die once"])

    assert Path(model.source).exists()
    assert vectors.rows[0, 0] == len("die once")


def test_a_process_that_dies_twice_is_refused_with_its_last_words(
    bge: Bge, model: BgeModel
) -> None:
    with pytest.raises(EmbedderFailed, match="its process ended with 1: out of luck"):
        bge.embed_now(model, ["die"])

    assert bge.embed_now(model, ["text"]).tokens == 4


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("babble", "it answered what is no answer"),
        ("hang up halfway", "its process ended with 0"),
        ("refuse", "OSError: no weights"),
        ("forget", "ValueError: cannot reshape"),
    ],
)
def test_what_is_no_answer_is_refused_and_the_next_text_is_answered(
    bge: Bge, model: BgeModel, text: str, reason: str
) -> None:
    with pytest.raises(EmbedderFailed, match=reason):
        bge.embed_now(model, [text])

    assert bge.embed_now(model, ["text"]).tokens == 4


def test_a_process_that_hangs_is_ended(model: BgeModel) -> None:
    bge = Bge(WORKER, seconds=0.3)

    with pytest.raises(EmbedderFailed, match=r"no answer in 0\.3 seconds"):
        bge.embed_now(model, ["hang"])

    assert bge.pid is None
    bge.close()


def test_dimensions_that_are_not_the_models_are_refused(bge: Bge, model: BgeModel) -> None:
    large = BgeModel(model.source, 1024, 512, "mean")

    with pytest.raises(EmbedderFailed, match="has 4 dimensions, not the 1024 of the model"):
        bge.embed_now(large, ["text"])


async def test_closing_ends_the_process_and_refuses_who_waits(bge: Bge, model: BgeModel) -> None:
    await bge.embed(model, ["text"])
    pid = pid_of(bge)
    waiting = [asyncio.ensure_future(bge.embed(model, ["hang"])) for _ in range(100)]
    await asyncio.sleep(0)

    bge.close()

    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert {str(answer) for answer in answers} == {
        "AiError: no embedding by ai_bge: the twin is closing"
    }
    assert not is_alive(pid)


async def test_a_caller_who_went_away_is_not_waited_for(bge: Bge, model: BgeModel) -> None:
    callers = [asyncio.ensure_future(bge.embed(model, ["text"])) for _ in range(50)]
    await asyncio.sleep(0)

    for caller in callers[::2]:
        caller.cancel()

    answers = await asyncio.gather(*callers[1::2])
    assert len(answers) == 25


async def test_more_than_a_thousand_who_wait_are_refused(bge: Bge, model: BgeModel) -> None:
    waiting = [asyncio.ensure_future(bge.embed(model, ["hang"])) for _ in range(1_200)]
    await asyncio.sleep(0)

    bge.close()

    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert 100 < sum(isinstance(answer, OutOfCapacity) for answer in answers) <= 200


def test_after_closing_texts_are_refused(bge: Bge, model: BgeModel) -> None:
    bge.close()

    with pytest.raises(EmbedderFailed, match="the twin is closing"):
        bge.embed_now(model, ["text"])


def test_the_process_ends_when_the_twin_is_killed(model: BgeModel) -> None:
    script = (
        "import sys\n"
        "from emulator.ai.embedding.bge import Bge, BgeModel\n"
        f"bge = Bge({WORKER!r})\n"
        f"bge.embed_now(BgeModel({model.source!r}, 4, 512, 'mean'), ['text'])\n"
        "print(bge.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as twin:
        assert twin.stdout is not None
        worker = os.pidfd_open(int(twin.stdout.readline()))
        twin.kill()

    # Readable once the process has ended.
    ended, _, _ = select.select([worker], [], [], 30)
    os.close(worker)
    assert ended
