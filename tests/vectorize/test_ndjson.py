"""Uploads: what a line may be, and which refusal a bad one gets."""

from struct import unpack

import orjson
import pytest

from emulator.core.errors import CloudflareError
from emulator.vectorize.errors import (
    IdTooLong,
    InvalidId,
    InvalidMetadataKey,
    InvalidNdjson,
    NamespaceTooLong,
    NoVectors,
    TooManyVectors,
    VectorDimensionsWrong,
)
from emulator.vectorize.models import Item
from emulator.vectorize.ndjson import Upload, batch_of

UPLOAD = Upload("upsert", 2, max_vectors=5)
DISCARD = Upload("upsert", 2, max_vectors=5, discard=True)
GOOD = b'{"id":"a","values":[1,2]}'


def test_a_line_is_a_vector() -> None:
    body = b"""{"id":"a","values":[1,2.5],"namespace":"n","metadata":{"k": [1, {"l": null}]}}
{"values":[-1e-3,3e38],"id":"b","namespace":null,"metadata":null,"text":"ignored"}"""

    batch = batch_of(body, UPLOAD)

    assert batch.items == [Item("a", "n", b'{"k":[1,{"l":null}]}'), Item("b", None, None)]
    assert unpack("4f", batch.values) == pytest.approx((1, 2.5, -1e-3, 3e38))


@pytest.mark.parametrize("body", [GOOD, GOOD + b"\n", b"\n \n" + GOOD + b"\r\n\n\t\n"])
def test_blank_lines_do_not_count(body: bytes) -> None:
    assert [item.id for item in batch_of(body, UPLOAD).items] == ["a"]


@pytest.mark.parametrize("body", [b"", b"\n", b" \n\r\n"])
def test_an_upload_without_lines_is_refused(body: bytes) -> None:
    with pytest.raises(NoVectors):
        batch_of(body, UPLOAD)


BAD = [
    b"nonsense",
    b"[]",
    b"5",
    b"{}",
    b'{"id":"a"}',
    b'{"values":[1,2]}',
    b'{"id":1,"values":[1,2]}',
    b'{"id":null,"values":[1,2]}',
    b'{"id":"a","values":"12"}',
    b'{"id":"a","values":{"0":1,"1":2}}',
    b'{"id":"a","values":[1,"2"]}',
    b'{"id":"a","values":[1,null]}',
    b'{"id":"a","values":[1,[2]]}',
    b'{"id":"a","values":[1,true]}',
    b'{"id":"a","values":[false,2]}',
    b'{"id":"a","values":[1,1e39]}',
    b'{"id":"a","values":[1,-1e39]}',
    b'{"id":"a","values":[1,1%s]}' % (b"0" * 60),
    b'{"id":"a","values":[1,NaN]}',
    b'{"id":"a","values":[1,Infinity]}',
    b'{"id":"a","values":[1,2],"namespace":5}',
    b'{"id":"a","values":[1,2],"metadata":[]}',
    b'{"id":"a","values":[1,2],"metadata":"text"}',
    b'{"id":"a","values":[1,2],"metadata":{"t":"%s"}}' % (b"x" * 10_240),
    b'{"id":"a","values":[1,2],"metadata":{"t":%s1%s}}' % (b"[" * 300, b"]" * 300),
    b'{"id":"\\ud800","values":[1,2]}',
    b'{"id":"a","values":[1,2]}{"id":"b","values":[1,2]}',
    b'{"id":"a","values":[1,2]',
    b'{"id":"\xff","values":[1,2]}',
]


@pytest.mark.parametrize("line", BAD)
def test_a_line_that_is_no_vector_is_refused_with_its_number(line: bytes) -> None:
    message = (
        "^vectorize.upstream_error - failed to parse upsert vectors request in ndjson format:"
        r" line Some\(2\) was not expected format$"
    )
    with pytest.raises(InvalidNdjson, match=message):
        batch_of(GOOD + b"\n\n" + line, UPLOAD)


@pytest.mark.parametrize("line", BAD)
def test_a_line_that_is_no_vector_may_be_discarded(line: bytes) -> None:
    batch = batch_of(line + b"\n" + GOOD, DISCARD)

    assert [item.id for item in batch.items] == ["a"]
    assert unpack("2f", batch.values) == (1, 2)


def test_all_lines_may_be_discarded() -> None:
    assert batch_of(b"nonsense", DISCARD).items == []


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        ({"id": "a", "values": [1]}, VectorDimensionsWrong),
        ({"id": "a", "values": []}, VectorDimensionsWrong),
        ({"id": "x" * 65, "values": [1, 2]}, IdTooLong),
        ({"id": "", "values": [1, 2]}, InvalidId),
        ({"id": "a\0", "values": [1, 2]}, InvalidId),
        ({"id": "a", "values": [1, 2], "namespace": "x" * 65}, NamespaceTooLong),
        ({"id": "a", "values": [1, 2], "metadata": {"$k": 1}}, InvalidMetadataKey),
        ({"id": "a", "values": [1, 2], "metadata": {"k": [{"": 1}]}}, InvalidMetadataKey),
    ],
    ids=str,
)
@pytest.mark.parametrize("upload", [UPLOAD, DISCARD])
def test_a_vector_that_breaks_a_rule_is_never_discarded(
    line: dict[str, object], refusal: type[CloudflareError], upload: Upload
) -> None:
    with pytest.raises(refusal):
        batch_of(orjson.dumps(line), upload)


def test_wrong_dimensions_are_told_with_the_id() -> None:
    message = '^invalid vector for id="a", expected 2 dimensions, and got 3 dimensions$'
    with pytest.raises(VectorDimensionsWrong, match=message):
        batch_of(b'{"id":"a","values":[1,2,3]}', UPLOAD)


def test_metadata_has_10_kib_of_compact_json() -> None:
    room = 10_240 - len(b'{"t":""}')
    line = b'{"id":"a","values":[1,2],"metadata":{ "t" : "%s" }}' % (b"x" * room)

    [item] = batch_of(line, UPLOAD).items

    assert item.metadata is not None
    assert len(item.metadata) == 10_240


def test_a_batch_has_a_limit() -> None:
    assert len(batch_of(b"\n".join([GOOD] * 5), UPLOAD).items) == 5

    with pytest.raises(TooManyVectors, match="max vector count is 5, got 7"):
        batch_of(b"\n".join([GOOD] * 7), UPLOAD)
