"""The people of a run and what they own: the same on both sides, drawn from the seed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid5

import numpy as np
import orjson

NAMESPACE = UUID("5f2a1f0c-0c52-5d0e-9a34-3d1b8c1f6a11")
DIMENSIONS = 768
TITLES = (
    "Backend Engineer",
    "Data Analyst",
    "Night Nurse",
    "Content Strategist",
    "Shift Lead",
    "Platform Engineer",
    "Machine Learning Engineer",
    "Ward Sister",
    "Copy Editor",
    "Picker",
)
COMPANIES = ("Northwind Rail", "Harbour Clinic", "Blue Fjord", "Paper Lantern", "Orchard Labs")
TASKS = (
    "design services in Python and keep them running",
    "care for patients through the night",
    "plan content for three markets",
    "lead a shift in the warehouse and train newcomers",
    "measure what customers do and explain it",
    "review text and keep one voice",
    "run databases and watch their queries",
    "work remotely with a small team",
)
WORDS = (
    "python",
    "services",
    "patients",
    "content",
    "warehouse",
    "customers",
    "databases",
    "python services",
    "small team",
    "night patients",
    "three markets",
    "queries",
)
TYPES = ("full-time", "part-time", "contract", "internship", "temporary", "remote")
DAY = "2026-01-{:02d}T09:00:{:02d}.000Z"
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Person:
    """`jobs` are the ids of what they own before anybody makes load."""

    number: int
    id: str
    email: str
    token: str
    jobs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lab:
    """What a run begins with. `run` marks everything it makes."""

    run: str
    seed: int
    people: tuple[Person, ...]
    budget: int = 0

    def plain(self) -> dict[str, Any]:
        return asdict(self)

    def save(self, path: Path) -> None:
        """Readable by its owner alone: it holds tokens."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(orjson.dumps(self.plain()))


def lab_of(told: Mapping[str, Any]) -> Lab:
    people = tuple(Person(**(one | {"jobs": tuple(one["jobs"])})) for one in told["people"])
    return Lab(told["run"], told["seed"], people, told["budget"])


def load_lab(path: Path) -> Lab:
    return lab_of(orjson.loads(path.read_bytes()))


def job_ids(run: str, number: int, count: int) -> tuple[str, ...]:
    return tuple(str(uuid5(NAMESPACE, f"{run}:{number}:{place}")) for place in range(count))


def rows_of(person: Person, seed: int) -> list[Row]:
    """A person's jobs."""
    dice = Random(f"{seed}:{person.number}")
    return [row(dice, id, person.id, "load") for id in person.jobs]


def row(dice: Random, id: str, user: str, source: str) -> Row:
    at = DAY.format(dice.randint(1, 28), dice.randint(0, 59))
    return {
        "id": id,
        "user_id": user,
        "title": dice.choice(TITLES),
        "company": dice.choice(COMPANIES),
        "location": "Lisbon",
        "description": " ".join(f"You {task}." for task in dice.sample(TASKS, 4)),
        "source": source,
        "job_type": dice.choice(TYPES),
        "salary_min": float(dice.randrange(20_000, 90_000, 500)),
        "created_at": at,
        "updated_at": at,
    }


def vectors(seed: int, count: int) -> list[list[float]]:
    """Of length one, with five places: a body has what a client would send."""
    drawn = np.random.default_rng(seed).standard_normal((count, DIMENSIONS))
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    rounded: list[list[float]] = np.round(drawn, 5).tolist()
    return rounded


def chunks(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [items[at : at + size] for at in range(0, len(items), size)]
