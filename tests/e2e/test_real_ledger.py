"""The ledger of a run: what is left to remove, also of a run that was killed."""

from multiprocessing import get_context
from pathlib import Path

import pytest

from e2e.real.ledger import Ledger, Run, Thing

RUN = Run("https://dev.example.com", "https://auth", "development", "w", "2026-01-01T00:00:00Z")


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    ledger = Ledger(tmp_path / "deep" / "ledger.jsonl")
    ledger.begin(RUN)
    return ledger


def test_it_knows_its_run_and_what_is_left(ledger: Ledger) -> None:
    job, user = Thing("row", "1", "u", "/api/jobs/1"), Thing("user", "u", more={"email": "a@b"})
    ledger.note(job, user, job)

    ledger.gone(job)

    again = Ledger(ledger.path)
    assert again.run() == RUN
    assert again.left() == [user]
    assert again.left()[0].more == {"email": "a@b"}
    assert again.noted() == [job, user]


def test_what_is_made_again_is_there_again(ledger: Ledger) -> None:
    file = Thing("file", "users/u/profile/avatar.png", "u")

    ledger.note(file)
    ledger.gone(file)
    ledger.note(file)

    assert ledger.left() == [file]


def test_a_line_cut_short_is_not_read(ledger: Ledger) -> None:
    ledger.note(Thing("row", "1"))
    whole = ledger.path.read_bytes()

    ledger.path.write_bytes(whole + b'{"thing": {"kind": "row", "id": "2')

    assert ledger.left() == [Thing("row", "1")]


def test_others_cannot_read_it(ledger: Ledger) -> None:
    assert ledger.path.stat().st_mode & 0o077 == 0


def test_another_file_is_no_ledger(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("bread\n")

    with pytest.raises(ValueError, match="not a ledger"):
        Ledger(path).run()


def test_processes_write_side_by_side(ledger: Ledger) -> None:
    context = get_context("spawn")
    writers = [context.Process(target=note_many, args=(ledger.path, name)) for name in ("a", "b")]

    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert len(ledger.left()) == 400


def note_many(path: Path, name: str) -> None:
    ledger = Ledger(path)
    for number in range(200):
        ledger.note(Thing("row", f"{name}-{number}", path="/" + "x" * 500))
