"""The picture as squares over the original: the same pixels as a plain array, and older pictures untouched."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Photo
from engine.geometry import Box
from faceapp.editing.boxes import TILE
from faceapp.editing.picture import Picture

WIDTH, HEIGHT = 2 * TILE + 37, TILE + 11


def original(shape: tuple[int, ...] = (HEIGHT, WIDTH, 3), dtype: Any = np.uint8) -> Photo:
    return Photo.from_array(np.random.default_rng(1).integers(0, np.iinfo(dtype).max, shape, dtype))


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    left, top = draw(st.integers(0, WIDTH - 1)), draw(st.integers(0, HEIGHT - 1))
    return Box(left, top, draw(st.integers(left + 1, WIDTH)), draw(st.integers(top + 1, HEIGHT)))


@settings(max_examples=40, deadline=None)
@given(st.lists(boxes(), min_size=1, max_size=4), boxes(), st.integers(1, 40))
def test_patches_show_as_on_a_plain_array(patches: list[Box], seen: Box, step: int) -> None:
    plain, picture = original().pixels.copy(), Picture(original())
    for value, box in enumerate(patches):
        before, held = picture, picture.photo().pixels.copy()
        pixels = np.full((box.height, box.width, 3), value, np.uint8)
        plain[box.slices] = pixels
        picture = picture.patched(box, pixels)
        assert np.array_equal(before.photo().pixels, held)
        assert picture.added(before) >= pixels.nbytes
    assert np.array_equal(picture.photo().pixels, plain)
    assert np.array_equal(picture.pixels_in(seen), plain[seen.slices])
    assert np.array_equal(picture.sampled(step), plain[::step, ::step])
    assert all(picture.changed.intersection(box) == box for box in patches)


@pytest.mark.parametrize("shape", [(HEIGHT, WIDTH), (HEIGHT, WIDTH, 4)])
def test_every_depth_and_number_of_channels(shape: tuple[int, ...]) -> None:
    photo, box = original(shape, np.uint16), Box(TILE - 5, 3, TILE + 5, 9)
    pixels = np.full((6, 10, *shape[2:]), 60_000, np.uint16)
    picture = Picture(photo).patched(box, pixels)
    assert np.array_equal(picture.pixels_in(box), pixels)
    assert picture.photo().pixels.dtype == np.uint16
    assert not picture.photo().pixels.flags.writeable


def test_nothing_changed_is_the_original_itself() -> None:
    photo = original()
    picture = Picture(photo)
    assert picture.photo() is photo
    assert picture.changed.empty
    assert np.shares_memory(picture.pixels_in(Box(5, 5, 50, 50)), photo.pixels)
