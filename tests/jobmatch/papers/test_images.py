"""What is an image, by its bytes."""

import io

import pytest
from PIL import Image

from jobmatch.images import extension, image_type


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "webp"])
def test_an_image_is_known_by_its_bytes(kind: str) -> None:
    written = io.BytesIO()
    Image.new("RGB", (4, 4)).save(written, kind)
    assert image_type(written.getvalue()) == f"image/{kind}"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<html>\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n",
        b"GIF88a....",
        b"RIFF\x00\x00\x00\x00WAVEfmt ",
        b"RIFF\x00\x00\x00\x00WAVEVP8 ",
        b"%PDF-1.7",
    ],
)
def test_nothing_else_is(data: bytes) -> None:
    assert image_type(data) is None


@pytest.mark.parametrize(
    ("name", "expected"), [("a.PNG", "png"), ("a.tar.gz", "gz"), ("png", ""), ("a.", "")]
)
def test_an_extension_is_what_follows_the_last_dot(name: str, expected: str) -> None:
    assert extension(name) == expected
