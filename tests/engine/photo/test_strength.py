"""A result laid over its photo as strongly as wanted, where a pixel is a number of a palette's colour."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Photo, weakened

SQUARE = np.s_[12:20, 12:20]


@pytest.mark.parametrize("missing", [False, True])
def test_of_a_palette_photo_nothing_changes_but_what_the_result_changed(missing: bool) -> None:
    """Though the palette holds each colour twice, and one that is transparent, and dithering would spread."""
    rng = np.random.default_rng(0)
    colours = rng.integers(0, 256, (32, 3), np.uint8)
    palette = np.column_stack((np.concatenate((colours, colours)), np.full(64, 255))).astype(np.uint8)
    palette[-1, 3] = 0
    before = Photo(rng.integers(0, 64, (32, 32)).astype(np.uint8), "P", palette)
    pixels = before.pixels.copy()
    pixels[SQUARE] = 5
    after = Photo(pixels, "P", palette)
    hole = np.zeros((32, 32), np.uint8)
    hole[14:16, 14:16] = 255
    found = weakened(before, after, 0.5, box=before.box, missing=hole if missing else None, seam=2)
    differs = found.pixels != before.pixels
    assert differs[SQUARE].mean() > 0.5
    differs[SQUARE] = False
    assert not differs.any()
