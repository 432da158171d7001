"""Fine detail carried into an enlarged fill."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from skimage import data

from engine.fill.detail import add_detail
from engine.geometry import F32

SCALE = 4.0


@pytest.fixture(scope="module")
def case() -> tuple[F32, F32, np.ndarray]:
    """A sharp texture, the same with a hole filled by what a chip can hold of it, and the hole."""
    grass = data.grass()[:384, :384]
    sharp = np.dstack([grass] * 3).astype(np.float32) / np.float32(255)
    hole = np.zeros(grass.shape, bool)
    hole[140:260, 120:260] = True
    chip = cv2.resize(sharp, None, fx=1 / SCALE, fy=1 / SCALE, interpolation=cv2.INTER_AREA)
    soft = cv2.resize(chip, grass.shape[::-1], interpolation=cv2.INTER_CUBIC).clip(0, 1)
    return sharp, np.where(hole[..., None], soft, sharp).astype(np.float32), hole


def band(picture: F32) -> F32:
    return picture - cv2.GaussianBlur(picture, (0, 0), 0.6 * SCALE)


def test_the_hole_gets_the_texture_of_its_surroundings(case: tuple[F32, F32, np.ndarray]) -> None:
    sharp, soft, hole = case
    done = add_detail(soft, hole, scale=SCALE)
    around, before, after = band(sharp)[~hole].std(), band(soft)[hole].std(), band(done)[hole].std()
    assert before < 0.5 * around
    assert 0.7 * around < after < 1.4 * around
    shift = cv2.GaussianBlur(done - soft, (0, 0), 3 * SCALE)[hole]
    assert np.abs(shift).mean() < 0.02


def test_nothing_else_changes(case: tuple[F32, F32, np.ndarray]) -> None:
    _, soft, hole = case
    done = add_detail(soft, hole, scale=SCALE)
    np.testing.assert_array_equal(done[~hole], soft[~hole])
    np.testing.assert_array_equal(add_detail(soft, hole, scale=SCALE), done)
    assert add_detail(soft, hole, scale=1.2) is soft
    everything = np.ones_like(hole)
    np.testing.assert_array_equal(add_detail(soft, everything, scale=SCALE), soft)
