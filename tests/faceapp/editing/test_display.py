"""Pixels as the screen wants them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceapp.editing import display


@pytest.mark.parametrize("channels", [None, 2, 3, 4])
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_every_kind_of_photo_becomes_rgb(channels: int | None, depth: Any) -> None:
    shape = (6, 9) if channels is None else (6, 9, channels)
    pixels = np.full(shape, np.iinfo(depth).max, depth)
    rgb = display.rgb8(pixels)
    assert rgb.shape == (6, 9, 3)
    assert rgb.dtype == np.uint8
    assert (rgb == 255).all()


def test_sixteen_bits_become_eight_by_rounding() -> None:
    deep = (np.arange(256, dtype=np.uint16) * 257)[None, :, None].repeat(3, axis=2)
    np.testing.assert_array_equal(display.rgb8(deep)[0, :, 0], np.arange(256))


def test_a_clear_photo_shows_a_checkerboard_that_does_not_move_with_the_tile() -> None:
    clear = np.zeros((32, 32, 4), np.uint8)
    whole = display.rgb8(clear)
    assert set(np.unique(whole)) == set(display.CHECKER)
    tile = display.rgb8(clear[5:, 9:], origin=(9, 5))
    np.testing.assert_array_equal(tile, whole[5:, 9:])


@given(st.integers(0, 255), st.integers(0, 255))
def test_alpha_mixes(value: int, alpha: int) -> None:
    pixel = np.array([[[value, value, value, alpha]]], np.uint8)
    expected = (value * alpha + display.CHECKER[1] * (255 - alpha)) / 255
    assert abs(float(display.rgb8(pixel)[0, 0, 0]) - expected) <= 0.51


@given(st.integers(1, 70), st.integers(1, 70), st.sampled_from([1, 2, 4, 8]), st.integers(0, 2**31))
def test_shrinking_takes_means(width: int, height: int, factor: int, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width), np.uint8)
    small = display.shrunk(pixels, factor)
    assert small.shape == (-(-height // factor), -(-width // factor))
    padded = np.pad(pixels, ((0, -height % factor), (0, -width % factor)), mode="edge").astype(float)
    means = padded.reshape(small.shape[0], factor, small.shape[1], factor).mean(axis=(1, 3))
    assert np.abs(small - means).max() <= 0.51


def test_screen_pixels_are_opaque_and_in_order() -> None:
    rgb = np.array([[[0x11, 0x22, 0x33]]], np.uint8)
    assert display.screen_pixels(rgb)[0, 0] == 0xFF112233


@given(st.integers(0, 255), st.floats(0, 1))
def test_a_tint_is_premultiplied_and_grows_with_coverage(coverage: int, opacity: float) -> None:
    table = display.tint_table((235, 64, 52), opacity)
    pixel = int(display.tinted(np.array([[coverage]], np.uint8), table)[0, 0])
    alpha, red, green, blue = (pixel >> shift & 0xFF for shift in (24, 16, 8, 0))
    assert abs(alpha - coverage * opacity) <= 0.51
    assert max(red, green, blue) <= alpha
    assert abs(red - 235 * alpha / 255) <= 1
    assert (np.diff((table >> 24).astype(int)) >= 0).all()
    assert table[0] == 0
