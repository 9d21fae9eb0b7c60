"""Which of a case's requests its failure is about, and what was expected of the answer."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import httpx
import pytest

from e2e.exchanges import Exchange

UNTOLD = {".venv", "site-packages"}
OURS = (Path(__file__).parent, Path(__file__).parents[1] / "browser")
Failure = pytest.ExceptionInfo[BaseException]


@dataclass(frozen=True, slots=True)
class Expected:
    """The statement that failed, and where it stands."""

    statement: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Frame:
    path: Path
    line: int
    statement: ast.stmt | None
    source: str
    names: dict[str, object]


def expected(failure: Failure, root: Path, file: Path | None = None) -> Expected | None:
    """The innermost statement of the project's own that did not hold; of one file, if named."""
    frame = next((one for one in frames(failure, root) if file in (None, one.path)), None)
    if frame is None:
        return None
    place = frame.path.relative_to(root).as_posix()
    return Expected(frame.source, place, frame.line)


def culprit(exchanges: Sequence[Exchange], failure: Failure, root: Path) -> int | None:
    """The answer that the failing statement names, else the last one that there was."""
    if not exchanges:
        return None
    for frame in frames(failure, root):
        for name in mentioned(frame.statement):
            answer = frame.names.get(name)
            if isinstance(answer, httpx.Response):
                found = place_of(answer, exchanges)
                if found is not None:
                    return found
    return last(exchanges)


def last(exchanges: Sequence[Exchange]) -> int:
    """A page may go on asking after it was refused: then it is the refusal."""
    at = len(exchanges) - 1
    if "browser" not in exchanges[at].person:
        return at
    refused = [number for number, one in enumerate(exchanges) if not 200 <= one.status < 400]
    return refused[-1] if refused else at


def place_of(answer: httpx.Response, exchanges: Sequence[Exchange]) -> int | None:
    wanted = (answer.request.method, str(answer.request.url), answer.status_code, answer.content)
    found = [
        number
        for number, one in enumerate(exchanges)
        if (one.method, one.url, one.status, one.body) == wanted
    ]
    return found[-1] if found else None


def mentioned(statement: ast.stmt | None) -> list[str]:
    if statement is None:
        return []
    return [node.id for node in ast.walk(statement) if isinstance(node, ast.Name)]


def frames(failure: Failure, root: Path) -> Iterator[Frame]:
    """Of the project's own files, the innermost first."""
    found = [*steps(failure.tb)]
    for step in reversed(found):
        path = Path(step.tb_frame.f_code.co_filename)
        if path.is_relative_to(root) and not UNTOLD & {*path.parts} and path.parent not in OURS:
            yield frame_of(path, step)


def steps(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def frame_of(path: Path, step: TracebackType) -> Frame:
    line, names = step.tb_lineno, dict(step.tb_frame.f_locals)
    try:
        text = path.read_text()
        statement = statement_at(ast.parse(text), line)
    except (OSError, SyntaxError, ValueError):
        return Frame(path, line, None, "", names)
    if statement is None:
        return Frame(path, line, None, text.splitlines()[line - 1].strip(), names)
    source = ast.get_source_segment(text, statement, padded=True) or ""
    return Frame(path, line, statement, dedented(source), names)


def statement_at(tree: ast.AST, line: int) -> ast.stmt | None:
    """The innermost simple statement that the line is part of."""
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    if not around:
        return None
    found = max(around, key=lambda node: node.lineno)
    return None if hasattr(found, "body") else found


def dedented(source: str) -> str:
    lines = source.splitlines()
    margin = min((len(one) - len(one.lstrip()) for one in lines if one.strip()), default=0)
    return "\n".join(one[margin:] for one in lines)
