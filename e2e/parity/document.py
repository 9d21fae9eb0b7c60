"""docs/parity.md: what the committed records hold, and how the other targets differ."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from e2e.contract import ROUTES
from e2e.parity.answers import Answer
from e2e.parity.comparing import Comparison, compare
from e2e.parity.grouping import grouped, order_of_route
from e2e.parity.masks import Json, type_of
from e2e.parity.page import by_reason
from e2e.parity.record import Record, read
from e2e.parity.table import named, short, summary

# What the others are compared with.
REFERENCE = "reference.json"
# A row of the database has up to fifty.
MOST_FIELDS = 12
WIDTH = 60


def document(directory: Path) -> str:
    """The page about the records in a directory."""
    reference = read(directory / REFERENCE)
    others = [read(path) for path in sorted(directory.glob("*.json")) if path.name != REFERENCE]
    lines = [*introduction(), *recorded(reference)]
    for other in others:
        lines += compared(compare(reference, other))
    return "\n".join(lines) + "\n"


def introduction() -> Iterator[str]:
    yield "# Parity"
    yield ""
    yield (
        "What the end-to-end cases of the API were answered, and where another target answers them"
        " otherwise. `python -m e2e.parity` writes this page from `e2e/records/`; `pytest e2e"
        " --record FILE` writes a record, and `pytest e2e --compare FILE` compares another target"
        " with one."
    )
    yield ""
    yield (
        "Ids, times, tokens, addresses and what is random are masked, so two runs on one target"
        " give the same file. Of what the contract leaves free (what models write, libraries'"
        " messages, the size of a PDF) only the type counts: `e2e/parity/freedom.py` lists it."
    )


def recorded(record: Record) -> Iterator[str]:
    cases = record.cases.values()
    outcomes = [case.outcome for case in cases]
    answers = list(record.answers)
    yield from ("", "## The record", "", f"Of {named(record.about)}.", "")
    yield f"{outcomes.count('passed')} cases, {len(answers)} answers."
    yield from reasons({name: case.reason for name, case in record.cases.items() if case.reason})
    yield from ("", "| route | status | answers | fields |", "|---|---|---|---|")
    for (route, status), same in sorted(by_status(answers).items(), key=order):
        yield f"| `{route}` | {status} | {len(same)} | {fields(same)} |"
    unasked = [route for route in ROUTES if not any(one.route == route for one in answers)]
    if unasked:
        yield from ("", f"No case asks {', '.join(f'`{route}`' for route in unasked)}.")


def by_status(answers: Iterable[Answer]) -> Mapping[tuple[str, int], Sequence[Answer]]:
    found: dict[tuple[str, int], list[Answer]] = defaultdict(list)
    for answer in answers:
        found[answer.route, answer.status].append(answer)
    return found


def order(item: tuple[tuple[str, int], Sequence[Answer]]) -> tuple[int, str, int]:
    (route, status), _ = item
    return *order_of_route(route), status


def fields(answers: Sequence[Answer]) -> str:
    """The members of the bodies, those that only some have in brackets; other bodies' kind."""
    bodies = [one.body for one in answers if one.kind == "json"]
    objects = [body for body in bodies if isinstance(body, dict)]
    names = list(dict.fromkeys(name for body in objects for name in body))
    told = [member(name, objects) for name in names[:MOST_FIELDS]]
    if len(names) > MOST_FIELDS:
        told.append(f"and {len(names) - MOST_FIELDS} more")
    items = [body for body in bodies if isinstance(body, list)]
    told += [f"a list{inside(items)}"] if items else []
    return ", ".join([*told, *sorted({f"*{one.kind}*" for one in answers} - {"*json*"})])


def member(name: str, objects: Sequence[Mapping[str, Json]]) -> str:
    values = [one[name] for one in objects if name in one]
    is_list = any(type_of(value) == "list" for value in values)
    told = f"`{name}{'[]' if is_list else ''}`{inside(values)}"
    return told if len(values) == len(objects) else f"({told})"


def inside(values: Iterable[Json]) -> str:
    """How many members the objects have that are values or in lists there."""
    flat = [one for value in values for one in (value if isinstance(value, list) else [value])]
    names = {name for one in flat if isinstance(one, dict) for name in one}
    return f" of {len(names)} field{'s' * (len(names) > 1)}" if names else ""


def compared(comparison: Comparison) -> Iterator[str]:
    other = comparison.other
    yield from ("", f"## {other.target}", "", f"Of {named(other)}.", "")
    yield f"{summary(comparison)}. {comparison.note}".rstrip()
    yield from reasons(comparison.apart)
    groups = grouped(comparison.differences)
    if not groups:
        return
    yield from (
        "",
        "| route | field | recorded | other | kind | cases |",
        "|---|---|---|---|---|---|",
    )
    for one in groups:
        recorded, answered = (code(text) for text in one.texts)
        cells = (f"`{one.route}`", f"`{one.field}`", recorded, answered, one.kind, len(one.cases))
        yield f"| {' | '.join(map(str, cells))} |"


def reasons(cases: Mapping[str, str]) -> Iterator[str]:
    """Why cases are not there, in a list."""
    if cases:
        yield from ("", "Not there:", "")
    for why, names in by_reason(cases).items():
        yield f"- {len(names)}: {why}"


def code(text: str) -> str:
    """A value in a cell: no sign in it may end the cell or the code."""
    safe = short(text, WIDTH).replace("|", "\\|").replace("`", "'")
    return f"`{safe}`" if safe else ""
