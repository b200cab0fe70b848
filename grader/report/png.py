"""A grey image as PNG."""

from __future__ import annotations

import base64
import struct
import zlib


def png(pixels: bytes, width: int, height: int) -> bytes:
    """One byte a pixel, row by row."""
    rows = b"".join(b"\0" + pixels[y * width : (y + 1) * width] for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def data_url(pixels: bytes, width: int, height: int) -> str:
    """The image in the page itself."""
    return "data:image/png;base64," + base64.b64encode(png(pixels, width, height)).decode()
