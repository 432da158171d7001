"""The change map, and strengths of photos whose numbers are no brightness."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Box, Photo, change_map, weakened


def test_the_map_is_black_exactly_where_nothing_changed() -> None:
    before = np.full((40, 50, 3), 100, np.uint8)
    after = before.copy()
    after[5:10, 5:20, 1] += 1
    after[20:30, 5:20] = 250
    found = change_map(Photo.from_array(before), Photo.from_array(after), box=Box(0, 0, 30, 35)).pixels
    np.testing.assert_array_equal(found > 0, (before != after).any(2))
    assert found[25, 10] == 255
    assert 0 < found[7, 7] < 10


@pytest.mark.parametrize("mode", ["1", "P"])
@pytest.mark.parametrize("strength", [0, 0.5, 1])
def test_indexed_photos_keep_to_their_colours(mode: str, strength: float) -> None:
    palette = np.array([[0, 0, 0], [120, 60, 0], [255, 255, 255]], np.uint8)
    low, high = (0, 255) if mode == "1" else (0, 2)
    before = Photo(np.full((16, 16), low, np.uint8), mode, palette if mode == "P" else None)
    after = Photo(np.full((16, 16), high, np.uint8), mode, before.palette)
    mixed = weakened(before, after, strength, box=before.box).pixels
    assert set(np.unique(mixed)) <= ({0, 255} if mode == "1" else {0, 1, 2})
    if strength in (0, 1):
        np.testing.assert_array_equal(mixed, (before, after)[int(strength)].pixels)


def test_a_transparent_and_a_cmyk_photo_blend_in_all_their_channels() -> None:
    for mode in ("RGBA", "CMYK"):
        before, after = np.zeros((4, 4, 4), np.uint8), np.full((4, 4, 4), 200, np.uint8)
        one, two = Photo.from_array(before, mode), Photo.from_array(after, mode)
        assert (weakened(one, two, 0.25, box=one.box).pixels == 50).all()
