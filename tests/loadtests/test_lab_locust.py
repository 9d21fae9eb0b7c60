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


GATHERING = """
import json, sys
import gevent
from gevent.event import Event
from locust import User
from locust.env import Environment
from loadtests.lab import station
from loadtests.lab.settings import settings_from

class Nobody(User):
    pass

workers, expected = map(int, sys.argv[1:])
station.PATIENCE_SECONDS = 20.0 if workers == expected else 1.5
environment = Environment(user_classes=[Nobody])
runner = environment.create_master_runner("127.0.0.1", 0)
master = station.Station(environment, settings_from({}))
master.attach()
master.processes = expected
heard, go = Event(), Event()

def ask(one):
    with one.asking():
        go.wait()
        one.recorder.add(1, "d1", "insert", 5.0)

for number in range(workers):
    environment = Environment(user_classes=[Nobody])
    worker = environment.create_worker_runner("127.0.0.1", runner.server.port)
    one = station.Station(environment, settings_from({}))
    one.attach()
    listening, concurrent = worker.custom_messages[station.REST]
    def hear(listening=listening, **told):
        listening(**told)
        heard.set()
    worker.custom_messages[station.REST] = (hear, concurrent)
    gevent.spawn(ask, one)
while runner.worker_count < workers:
    gevent.idle()
gathering = gevent.spawn(master.gather)
heard.wait()
go.set()
silent = gathering.get()
[*_, told] = master.recorder.take()["times"]
print(json.dumps({"silent": silent, "told": sum(told[-1]["buckets"][1::2])}))
"""


WIRED = """
import json
from locust import events
from locust.env import Environment
import loadtests.locustfile as file

environment = Environment(events=events, user_classes=[file.D1])
runner = environment.create_local_runner()
events.init.fire(environment=environment, runner=runner, web_ui=None)
print(json.dumps({"dealt": environment.dispatcher_class.__name__}))
"""
ENDING = """
import json
import gevent
from gevent.event import Event
from locust import User
from locust.env import Environment
from loadtests.lab.conductor import Conductor
from loadtests.lab.gates import OVER
from loadtests.lab.settings import settings_from
from loadtests.lab.station import Station
from loadtests.lab.timings import Timings

class Nobody(User):
    pass

environment = Environment(user_classes=[Nobody])
environment.create_local_runner()
station = Station(environment, settings_from({}))
go, seen = Event(), []

def ask():
    with station.asking():
        go.wait()
        station.recorder.add(1, "d1", "insert", 5.0)

gevent.spawn(ask)
over = lambda: seen.extend(station.recorder.take()["times"])
running = gevent.spawn(Conductor(station, [], 0.0, 0, Timings(""), over).run)
while station.gates.round != OVER:
    gevent.idle()
go.set()
running.get()
print(json.dumps({"seen": len(seen)}))
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


def test_the_lab_has_its_users_dealt_out_so() -> None:
    assert told(WIRED) == {"dealt": "ClassByClass"}


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


@pytest.mark.parametrize("workers", [1, 2])
def test_what_is_under_way_at_the_end_is_waited_for_and_told_by_every_worker(workers: int) -> None:
    assert told(GATHERING, workers, workers) == {"silent": 0, "told": workers}


def test_a_run_is_over_when_what_was_under_way_is_recorded() -> None:
    assert told(ENDING) == {"seen": 1}


def test_a_worker_that_tells_nothing_is_missed() -> None:
    assert told(GATHERING, 1, 2) == {"silent": 1, "told": 1}
