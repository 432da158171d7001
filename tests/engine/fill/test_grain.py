"""The photo's grain, measured and laid over a smooth fill."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from engine.fill.grain import missing_grain
from engine.geometry import F32, Box

HOLE = np.zeros((300, 300), bool)
HOLE[100:200, 90:210] = True


def photo(deviation: float, size: float) -> F32:
    """An even grey with grains of that size, smooth in `HOLE`."""
    noise = np.random.default_rng(0).normal(0, 1, HOLE.shape)
    noise = np.asarray(cv2.GaussianBlur(noise, (0, 0), size), float) if size else noise
    grains = np.where(HOLE, 0, noise / noise.std() * deviation)
    return np.repeat(0.5 + grains[..., None], 3, 2).astype(np.float32)


def fine(picture: np.ndarray) -> np.ndarray:
    return np.asarray(picture - cv2.GaussianBlur(picture, (0, 0), 2))


@pytest.mark.parametrize("size", [0, 0.6, 1.0])
@pytest.mark.parametrize("deviation", [0.02, 0.06])
def test_a_smooth_fill_gets_the_grain_of_its_surroundings(deviation: float, size: float) -> None:
    picture = photo(deviation, size)
    grain = missing_grain(picture, HOLE)
    assert grain is not None
    laid = fine(grain.over(Box(90, 100, 210, 200)).mean(2)).std()
    around = fine(picture.mean(2))[~cv2.dilate(HOLE.astype(np.uint8), np.ones((9, 9))).astype(bool)].std()
    assert laid == pytest.approx(around, rel=0.15)


def test_without_grain_and_where_the_fill_has_as_much_nothing_is_added() -> None:
    assert missing_grain(photo(0.0, 0), HOLE) is None
    noisy = np.random.default_rng(0).normal(0.5, 0.03, (300, 300, 1)).repeat(3, 2).astype(np.float32)
    assert missing_grain(noisy, HOLE) is None or missing_grain(noisy, HOLE).grey < 0.008  # type: ignore[union-attr]


def test_the_same_place_has_the_same_grain_in_every_box() -> None:
    grain = missing_grain(photo(0.05, 0.6), HOLE)
    assert grain is not None
    whole, part = grain.over(Box(0, 0, 300, 300)), grain.over(Box(40, 50, 80, 99))
    np.testing.assert_allclose(part, whole[50:99, 40:80], atol=1e-6)


def test_grain_is_never_periodic() -> None:
    grain = missing_grain(photo(0.05, 0.6), HOLE)
    assert grain is not None
    power = np.abs(np.fft.rfft2(grain.over(Box(0, 0, 512, 512)).mean(2))) ** 2
    usual = cv2.GaussianBlur(power, (0, 0), 8)
    assert (power / usual).max() < 30  # a tile repeated eight times would stand out a hundredfold
