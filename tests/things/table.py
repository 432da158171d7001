"""Every thing that a photo file can hold beside plain pixels, a row each, and files that hold it.

Whoever teaches a reader something new adds a row: in which formats it can be, how such a file is made, how to see that
it was kept (by `tests.things.judge`), and which words of a note name it.
`tests/engine/photo/test_nothing_is_lost.py` walks the table.
"""

from __future__ import annotations

from tests.things import containers, pixels, words
from tests.things.files import FIELDS, MADE

WALKED = frozenset({"PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF", "PPM", "JPEG2000", "AVIF", "HEIF", "TGA"})
"""Formats of which it was asked, row by row, whether their files can hold that thing."""

THINGS = [
    *pixels.rows(),
    *words.rows(),
    *containers.of_png(),
    *containers.of_jpeg(),
    containers.pixel_shape(),
    *(words.described(name) for name in FIELDS),
    *(pixels.orientation(3, value) for value in range(2, 9)),
    pixels.orientation(4, 6),
    pixels.orientation(1, 8),
    pixels.xmp_orientation(),
    pixels.turned("a turned HEIC", {"HEIF": (MADE / "turned.heic").read_bytes}, 6),
]
"""The table."""
