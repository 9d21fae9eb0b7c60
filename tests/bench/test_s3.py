from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from emulator.core.settings import DEFAULT_ACCOUNT_ID, Settings
from emulator.twin import Twin
from loadtests.bench.figures import Sample
from loadtests.bench.parts.s3 import Operation, did_not_run, judge
from loadtests.bench.peers import PeersAbsent
from loadtests.bench.rounds import Cell
from loadtests.bench.s3 import Bucket
from loadtests.bench.s3_corpus import fill, key_of


def cell(contestant: str, requests: int) -> Cell:
    return Cell("GET", contestant, (Sample(requests, 1.0, 1.0, p99_ms=1.0, foreign_cores=0.0),))


def test_request_is_signed_for_its_host_below_the_base() -> None:
    bucket = Bucket(4000, "key", "secret", region="auto", base="/below")

    url = urlsplit(bucket.get(1_024, objects=1).terms[0])

    assert (url.netloc, url.path) == ("", "/below/bench/1024-0")
    assert parse_qs(url.query)["X-Amz-SignedHeaders"] == ["host"]


def test_writes_go_to_the_keys_that_are_read() -> None:
    bucket = Bucket(4000, "key", "secret")

    reads, writes = bucket.get(8, objects=3), bucket.put(8, objects=3)

    paths = [[urlsplit(term).path for term in load.terms] for load in (reads, writes)]
    assert paths == [["/bench/8-0", "/bench/8-1", "/bench/8-2"]] * 2
    assert (reads.body_bytes, writes.body_bytes) == (0, 8)


def test_each_peer_has_its_own_floor() -> None:
    operation = Operation("GET", {"moto": 20, "miniflare": 6}, lambda bucket: bucket.get(1, 1))

    verdicts = judge(operation, (cell("twin", 100), cell("moto", 10), cell("miniflare", 10)))

    assert [(line.subject, line.met) for line in verdicts] == [
        ("GET, of moto", False),
        ("GET, of miniflare", True),
    ]


def test_peer_that_did_not_run_is_no_target_met() -> None:
    line = did_not_run("miniflare", PeersAbsent("no node"))

    assert (line.figure, line.met) == ("it did not run: no node", False)


def test_corpus_is_there_when_a_twin_opens_the_state(tmp_path: Path) -> None:
    fill(tmp_path, keys=12)

    twin = Twin(Settings(state=tmp_path))
    bucket = twin.account(DEFAULT_ACCOUNT_ID).r2.bucket("bench")
    page = bucket.list(start_after=key_of(8))
    twin.close()

    assert [(one.key, one.size) for one in page.objects] == [(key_of(n), 1) for n in (9, 10, 11)]
