"""Grey images as PNG: what a reader of PNG makes of them is what was written."""

import base64
import io

import pytest
from PIL import Image

from grader.report.png import data_url, png


@pytest.mark.parametrize(("width", "height"), [(1, 1), (2, 3), (28, 28), (64, 1)])
def test_image_is_read_as_it_was_written(width: int, height: int) -> None:
    pixels = bytes(i * 37 % 256 for i in range(width * height))
    assert bytes(read(png(pixels, width, height), (width, height))) == pixels


def test_page_holds_the_image_itself() -> None:
    kind, _, text = data_url(b"\x00\xff", 2, 1).partition(",")
    assert kind == "data:image/png;base64"
    assert read(base64.b64decode(text, validate=True), (2, 1)) == [0, 255]


def read(image: bytes, size: tuple[int, int]) -> list[int]:
    """The pixels, row by row, of a grey image that should be that wide and high."""
    with Image.open(io.BytesIO(image), formats=["PNG"]) as opened:
        assert (opened.mode, opened.size) == ("L", size)
        return list(opened.tobytes())
