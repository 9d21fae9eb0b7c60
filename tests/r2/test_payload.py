"""aws-chunked bodies: cut anywhere they give their content, and what does not verify is refused."""

from collections.abc import Sequence
from io import BytesIO

import pytest
from botocore.httpchecksum import AwsChunkedWrapper, Crc32Checksum
from hypothesis import given
from hypothesis import strategies as st

from emulator.r2.errors import IncompleteBody, InvalidRequest, SignatureDoesNotMatch
from emulator.r2.s3.payload import SIGNED, AwsChunked, ChunkSigner, Decoder, Plain, decoder_for
from tests.r2.chunked import body_of, signed_by

SEED = signed_by("secret", "20260101T000000Z", "auto", "0" * 64)
# The examples in AWS's documentation, and their key.
AWS_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
AWS_DATE = "20130524T000000Z"
AWS_CHUNKS = [b"a" * 65_536, b"a" * 1_024]

CHUNKS = st.lists(st.binary(min_size=1, max_size=20), max_size=4)
TRAILERS = st.dictionaries(
    st.from_regex(r"x-[a-z0-9-]{1,8}", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9+/=]{1,10}", fullmatch=True),
    max_size=2,
)
CUTS = st.lists(st.integers(0, 400), max_size=8)


def cut(body: bytes, cuts: Sequence[int]) -> list[bytes]:
    places = [0, *sorted(min(place, len(body)) for place in cuts), len(body)]
    return [body[start:end] for start, end in zip(places, places[1:], strict=False)]


def decoded(decoder: Decoder, pieces: Sequence[bytes]) -> bytes:
    content = b"".join(bytes(data) for piece in pieces for data in decoder.feed(piece))
    decoder.finish()
    return content


def signer() -> AwsChunked:
    return AwsChunked(ChunkSigner(SEED))


def trailer_signer() -> AwsChunked:
    return AwsChunked(ChunkSigner(SEED), sign_trailers=True)


@given(CHUNKS, TRAILERS, CUTS)
def test_an_unsigned_body_gives_its_content(
    chunks: list[bytes], trailers: dict[str, str], cuts: list[int]
) -> None:
    decoder = AwsChunked()

    assert decoded(decoder, cut(body_of(chunks, trailers), cuts)) == b"".join(chunks)
    assert decoder.trailers == trailers


@given(CHUNKS, TRAILERS, CUTS)
def test_a_signed_body_gives_its_content(
    chunks: list[bytes], trailers: dict[str, str], cuts: list[int]
) -> None:
    body = body_of(chunks, trailers, seed=SEED, sign_trailers=True)
    decoder = trailer_signer()

    assert decoded(decoder, cut(body, cuts)) == b"".join(chunks)
    assert decoder.trailers == trailers


@given(st.binary(max_size=60), st.integers(1, 30), CUTS)
def test_botocores_own_form_gives_its_content(
    content: bytes, chunk_size: int, cuts: list[int]
) -> None:
    name = "x-amz-checksum-crc32"
    wrapper = AwsChunkedWrapper(BytesIO(content), Crc32Checksum, name, chunk_size)
    digest = Crc32Checksum()
    digest.update(content)
    decoder = AwsChunked()

    assert decoded(decoder, cut(wrapper.read(), cuts)) == content
    assert decoder.trailers == {name: digest.b64digest()}


def test_the_signatures_are_those_of_awss_example() -> None:
    seed = signed_by(
        AWS_SECRET,
        AWS_DATE,
        "us-east-1",
        "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    )
    signatures = [
        "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
    ]
    body = b"".join(
        f"{len(data):x};chunk-signature={signature}\r\n".encode() + data + b"\r\n"
        for data, signature in zip([*AWS_CHUNKS, b""], signatures, strict=True)
    )

    assert decoded(AwsChunked(ChunkSigner(seed)), [body]) == b"".join(AWS_CHUNKS)


@given(CHUNKS, st.data())
def test_a_body_that_was_changed_is_refused(chunks: list[bytes], data: st.DataObject) -> None:
    body = bytearray(body_of(chunks, {"x-a": "b"}, seed=SEED, sign_trailers=True))
    place = data.draw(st.integers(0, len(body) - 1))
    changed = data.draw(st.integers(0, 255).filter(lambda byte: byte != body[place]))
    body[place] = changed

    decoder = trailer_signer()
    try:
        content = decoded(decoder, [bytes(body)])
    except (IncompleteBody, SignatureDoesNotMatch):
        return
    # Letters of a hexadecimal size, of a trailer's name and of spaces may change without harm.
    assert content == b"".join(chunks)
    assert decoder.trailers == {"x-a": "b"}


@given(CHUNKS, st.data())
def test_a_body_that_was_cut_short_is_refused(chunks: list[bytes], data: st.DataObject) -> None:
    body = body_of(chunks, {"x-a": "b"}, seed=SEED, sign_trailers=True)
    end = data.draw(st.integers(0, len(body) - 1))

    with pytest.raises((IncompleteBody, SignatureDoesNotMatch)):
        decoded(trailer_signer(), [body[:end]])


def test_chunks_are_not_exchanged() -> None:
    one, a, two, b, *rest = body_of([b"a", b"b"], seed=SEED).split(b"\r\n")

    with pytest.raises(SignatureDoesNotMatch):
        decoded(signer(), [b"\r\n".join([two, b, one, a, *rest])])


def test_a_chunk_without_a_signature_is_refused() -> None:
    with pytest.raises(SignatureDoesNotMatch):
        decoded(signer(), [body_of([b"content"])])


def test_trailers_without_their_signature_are_refused() -> None:
    body = body_of([b"content"], {"x-a": "b"}, seed=SEED)

    with pytest.raises(SignatureDoesNotMatch):
        decoded(trailer_signer(), [body])


@pytest.mark.parametrize("behind", [b"x", b"\r\n", b"0\r\n\r\n"])
@pytest.mark.parametrize("apart", [False, True])
def test_nothing_comes_behind_the_end(behind: bytes, apart: bool) -> None:
    body = body_of([b"content"])
    pieces = [body, behind] if apart else [body + behind]

    with pytest.raises(IncompleteBody):
        decoded(AwsChunked(), pieces)


@pytest.mark.parametrize(
    "size", [b"", b"-1", b"+1", b"x", b"0x1", b"1_0", b" 1", b"1 ", b"1" * 17, b"\xb9"]
)
def test_a_size_that_is_none_is_refused(size: bytes) -> None:
    with pytest.raises(IncompleteBody):
        decoded(AwsChunked(), [size + b"\r\nx\r\n0\r\n\r\n"])


@pytest.mark.parametrize(
    "body", [b"1\r\nxy\r\n0\r\n\r\n", b"2\r\nx\r\n0\r\n\r\n", b"1\nx\n0\n\n", b"5\r\nab"]
)
def test_chunks_are_as_long_as_they_say(body: bytes) -> None:
    with pytest.raises(IncompleteBody):
        decoded(AwsChunked(), [body])


@pytest.mark.parametrize("apart", [1, 4_000, 100_000])
@pytest.mark.parametrize("body", [b"1;" + b"a" * 5_000, b"0\r\nx-a:" + b"a" * 5_000])
def test_a_line_has_an_end(body: bytes, apart: int) -> None:
    body += b"\r\n\r\n"
    pieces = [body[start : start + apart] for start in range(0, len(body), apart)]

    with pytest.raises(IncompleteBody):
        decoded(AwsChunked(), pieces)


def test_trailers_have_an_end() -> None:
    body = b"0\r\n" + b"x-a: b\r\n" * 10_000 + b"\r\n"

    with pytest.raises(IncompleteBody):
        decoded(AwsChunked(), [body])


def test_what_is_signed_of_the_body_says_how_to_read_it() -> None:
    def made(payload_hash: str) -> Decoder:
        return decoder_for(signed_by("secret", AWS_DATE, "auto", "0", payload_hash))

    assert isinstance(made("UNSIGNED-PAYLOAD"), Plain)
    assert isinstance(made("0" * 64), Plain)
    assert isinstance(made(SIGNED), AwsChunked)
    with pytest.raises(InvalidRequest, match="STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"):
        made("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD")


@pytest.mark.parametrize("at", [4_096, 4_097, 4_098])
def test_a_line_may_be_as_long_as_the_limit_wherever_the_body_is_cut(at: int) -> None:
    raw = b"1;".ljust(4_096, b"x") + b"\r\nA\r\n0\r\n\r\n"
    decoder = AwsChunked()

    content = b"".join([*decoder.feed(raw[:at]), *decoder.feed(raw[at:])])

    decoder.finish()
    assert content == b"A"


@pytest.mark.parametrize("at", [4_097, 4_098, 4_099])
def test_a_longer_line_is_refused_wherever_the_body_is_cut(at: int) -> None:
    raw = b"1;".ljust(4_097, b"x") + b"\r\nA\r\n0\r\n\r\n"
    decoder = AwsChunked()

    with pytest.raises(IncompleteBody):
        b"".join([*decoder.feed(raw[:at]), *decoder.feed(raw[at:])])
