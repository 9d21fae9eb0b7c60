"""Servers that can be filled and emptied again, each in the fastest way that it offers."""

import os
import re
import signal
from dataclasses import replace
from threading import Event
from time import perf_counter
from typing import Protocol

import httpx

from loadtests.bench.api import Api
from loadtests.bench.corpus import ITEMS, fill_items
from loadtests.bench.peers import WORKER, explorer, miniflare_bucket, moto_bucket
from loadtests.bench.process import POLL_SECONDS, READY_SECONDS, Server, ServerFailed
from loadtests.bench.s3 import Bucket
from loadtests.bench.twin import bucket_of, open_account, s3_listener
from loadtests.bench.wrk import LoadFailed

KEYS, ROWS, OBJECTS, OBJECT_BYTES = 1_000, 1_000, 100, 1_024


class World(Protocol):
    """`reset` gives the seconds until the server is empty and answers."""

    name: str

    def fill(self) -> None: ...
    def reset(self) -> float: ...


class Twin:
    """Keys, rows and objects; emptied by one request."""

    name = "twin"

    def __init__(self, server: Server) -> None:
        self._port = server.port
        self._server = server
        self._bucket = bucket_of(s3_listener(server))

    def fill(self) -> None:
        fill_api(open_account(self._server))
        self._bucket.create()
        self._bucket.fill(OBJECT_BYTES, OBJECTS)

    def reset(self) -> float:
        seconds = post(self._port, "/_twin/reset")
        must_be_gone(self.name, self._bucket.port, an_object(self._bucket))
        return seconds


class Moto:
    """Objects, in memory; emptied by one request."""

    name = "moto"

    def __init__(self, server: Server) -> None:
        self._port = server.port
        self._server = server

    def fill(self) -> None:
        moto_bucket(self._server).fill(OBJECT_BYTES, OBJECTS)

    def reset(self) -> float:
        path = an_object(Bucket(self._port, "bench", "bench", region="us-east-1"))
        seconds = post(self._port, "/moto-api/reset")
        must_be_gone(self.name, self._port, path)
        return seconds


class Miniflare:
    """Keys, rows and objects; emptied by a signal, upon which it may take another port."""

    name = "miniflare"

    def __init__(self, server: Server) -> None:
        self._server = server
        self._resets = 0

    def fill(self) -> None:
        fill_api(explorer(self._server))
        miniflare_bucket(self._server).fill(OBJECT_BYTES, OBJECTS)

    def reset(self) -> float:
        self._resets += 1
        os.kill(self._server.pid, signal.SIGUSR2)
        found = said(self._server, rf"^reset {self._resets} in ([\d.]+) ms http://[^:]+:(\d+)")
        self._server = replace(self._server, port=int(found[2]))
        must_be_gone(self.name, self._server.port, f"{WORKER}/objects/{OBJECT_BYTES}-0")
        return float(found[1]) / 1e3


def fill_api(api: Api) -> None:
    api.execute(ITEMS)
    fill_items(api, 1, ROWS)
    api.put_many([f"k{number}" for number in range(KEYS)], "x" * 100)


def an_object(bucket: Bucket) -> str:
    return bucket.get(OBJECT_BYTES, 1).terms[0]


def post(port: int, path: str) -> float:
    """Seconds."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=READY_SECONDS) as client:
        client.get(path)  # so that the connection is open, as a test's is
        started = perf_counter()
        client.post(path).raise_for_status()
        return perf_counter() - started


def must_be_gone(name: str, port: int, path: str) -> None:
    status = httpx.get(f"http://127.0.0.1:{port}{path}", timeout=READY_SECONDS).status_code
    if status != 404:
        raise LoadFailed(f"{name}: {status} for an object after the reset")


def said(server: Server, pattern: str) -> re.Match[str]:
    """The line of its log, once it is there."""
    started = perf_counter()
    while perf_counter() - started < READY_SECONDS:
        text = server.log.read_text(errors="replace")
        if found := re.search(pattern, text, re.MULTILINE):
            return found
        Event().wait(POLL_SECONDS)
    raise ServerFailed(f"{server.name} did not say {pattern!r}")
