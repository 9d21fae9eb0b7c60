"""What Locust runs: `locust -f loadtests`. Its page has every side to choose from.

Classes are users of one side each; the operations are in `loadtests/lab/doors/`.
"""

import logging
from typing import Any

from locust import events

from loadtests.lab.dispatching import ClassByClass
from loadtests.lab.locusting import Locusting, add_options, settings
from loadtests.lab.station import Station
from loadtests.lab.user import Asking


class D1(Asking):
    side = "d1"


class Worker(Asking):
    side = "worker"


class Supabase(Asking):
    side = "supabase"


class KV(Asking):
    side = "kv"


class Postgres(Asking):
    side = "postgres"


class R2(Asking):
    side = "r2"


class Storage(Asking):
    side = "storage"


class Vectorize(Asking):
    side = "vectorize"


class Pgvector(Asking):
    side = "pgvector"


class Gateway(Asking):
    side = "gateway"


class Models(Asking):
    side = "ai"


class JobMatch(Asking):
    side = "jobmatch"


class Searching(Asking):
    """JobMatch's users who do nothing but search."""

    side = "jobmatch"
    weights = {"search": 1}
    in_turn = True


class Generating(Asking):
    """JobMatch's users who have nothing but letters written."""

    side = "jobmatch"
    weights = {"generate": 1}
    in_turn = True


def options(parser: Any) -> None:
    add_options(parser)


def begin(environment: Any, **_: Any) -> None:
    logging.getLogger("httpx").setLevel(logging.WARNING)
    station = Station(environment, settings())
    station.attach()
    environment.dispatcher_class = ClassByClass
    Asking.station = station
    locusting = Locusting(environment, station)
    environment.events.test_start.add_listener(lambda **_: locusting.begin())
    environment.events.test_stop.add_listener(lambda **_: locusting.stopped())
    environment.events.quit.add_listener(lambda **_: locusting.write())


events.init_command_line_parser.add_listener(options)  # type: ignore[no-untyped-call]
events.init.add_listener(begin)  # type: ignore[no-untyped-call]
