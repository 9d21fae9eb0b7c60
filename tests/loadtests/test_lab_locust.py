"""Locust as the lab sets it up: every worker asks for every side; its page is on this machine."""

import json
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

# In a process of its own: Locust patches the one that imports it.
DEALING = """
import json, sys
from locust import User
from locust.runners import WorkerNode
from loadtests.lab.dispatching import ClassByClass

workers, classes, *targets = map(int, sys.argv[1:])
users = [type(f"Side{number}", (User,), {}) for number in range(classes)]
dealing = ClassByClass([WorkerNode(str(number)) for number in range(workers)], users)
for target in targets:
    dealing.new_dispatch(target, spawn_rate=1000)
    *_, dealt = dealing
print(json.dumps(dealt))
"""


OPTIONS = """
import json
from locust.argument_parser import get_parser
import loadtests.locustfile

print(json.dumps(vars(get_parser().parse_args([]))))
"""


def dealt(workers: int, classes: int, *targets: int) -> dict[str, dict[str, int]]:
    """Of each worker how many users of each class."""
    return told(DEALING, workers, classes, *targets)


def told(program: str, *arguments: int) -> dict[str, Any]:
    command = [sys.executable, "-c", program, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(("workers", "classes"), [(1, 12), (2, 12), (3, 12), (2, 5), (8, 12)])
def test_each_worker_has_its_part_of_each_class(workers: int, classes: int) -> None:
    found = dealt(workers, classes, 8 * classes)

    for one in found["0"]:
        counts = [users[one] for users in found.values()]
        assert sum(counts) == 8
        assert max(counts) - min(counts) <= 1


def test_users_who_come_later_go_where_users_are_missing() -> None:
    found = dealt(2, 4, 10, 6, 13)

    whole = Counter[str]()
    for users in found.values():
        whole.update(users)
    assert sorted(whole.values()) == [3, 3, 3, 4]


def test_locusts_page_is_this_machines_alone_unless_told_otherwise() -> None:
    options = told(OPTIONS)

    assert options["web_host"] == "127.0.0.1"
    assert options["class_picker"] is True
    assert (options["rounds"], options["seconds"]) == (0, 60)
