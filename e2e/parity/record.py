"""The file of a record: what was tested, and what each case was answered.

One answer is one line, and names only those headers that are not as in most other answers.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from e2e.parity.answers import Answer
from e2e.parity.masks import Json

FORMAT = 1
Headers = Mapping[str, str]


class BadRecord(Exception):
    """The file is not a record; the text says why."""


@dataclass(frozen=True, slots=True)
class About:
    """What was tested. `twin` is the version of the twin that it ran on, if it did; `api` what
    the API says of its own.
    """

    target: str
    kind: str
    environment: str
    date: str
    twin: str = ""
    api: str = ""
    runtime: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """`outcome`: passed, failed or skipped; `reason` why it was skipped."""

    outcome: str
    answers: tuple[Answer, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    about: About
    cases: Mapping[str, Case] = field(default_factory=dict)

    @property
    def answers(self) -> Iterator[Answer]:
        for case in self.cases.values():
            yield from case.answers


def read(path: Path) -> Record:
    """Raises `BadRecord`."""
    try:
        told = json.loads(path.read_bytes())
        if told["format"] != FORMAT:
            raise BadRecord(f"{path}: of format {told['format']}; this reads {FORMAT}")
        cases = {name: case_of(case, told["headers"]) for name, case in told["cases"].items()}
        return Record(About(**told["about"]), cases)
    except OSError as error:
        raise BadRecord(f"{path}: {error.strerror}") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadRecord(f"{path}: not a record ({error})") from error


def case_of(told: Mapping[str, Any], usual: Headers) -> Case:
    answers = tuple(answer_of(one, usual) for one in told.get("answers", ()))
    return Case(told["outcome"], answers, told.get("reason", ""))


def answer_of(told: Mapping[str, Any], usual: Headers) -> Answer:
    """A header that is null is one that this answer lacks."""
    headers = {**usual, **told.get("headers", {})}
    has = {name: headers[name] for name in sorted(headers) if headers[name] is not None}
    return Answer(**{**told, "headers": has})


def text_of(record: Record) -> str:
    usual = usual_headers(list(record.answers))
    top = {"format": FORMAT, "about": asdict(record.about), "headers": usual}
    cases = ",\n".join(case_text(name, record.cases[name], usual) for name in sorted(record.cases))
    head = json.dumps(top, indent=1, ensure_ascii=False).removesuffix("\n}")
    return f'{head},\n "cases": {{\n{cases}\n }}\n}}\n'


def usual_headers(answers: Sequence[Answer]) -> Headers:
    """Those that more than half of the answers have with the same value."""
    counts = Counter(header for answer in answers for header in answer.headers.items())
    return dict(sorted(header for header, count in counts.items() if 2 * count > len(answers)))


def case_text(name: str, case: Case, usual: Headers) -> str:
    told = {"outcome": case.outcome, **({"reason": case.reason} if case.reason else {})}
    head = compact(told)
    if case.answers:
        lines = ",\n".join(f"   {compact(answer_json(one, usual))}" for one in case.answers)
        head = f'{head[:-1]}, "answers": [\n{lines}\n  ]}}'
    return f"  {compact(name)}: {head}"


def answer_json(answer: Answer, usual: Headers) -> dict[str, Json]:
    own = {
        name: answer.headers.get(name)
        for name in sorted({*usual, *answer.headers})
        if answer.headers.get(name) != usual.get(name)
    }
    told: dict[str, Json] = {
        "route": answer.route,
        "person": answer.person,
        "status": answer.status,
        "kind": answer.kind,
    }
    if own:
        told["headers"] = own
    if answer.kind == "json":
        told["body"] = answer.body
    return told


def write(path: Path, text: str) -> None:
    """Half of a surrogate pair, which JSON may hold, is written as its escape."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", errors="backslashreplace")


def compact(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)
