"""Healing a stroke: what it touches, what it leaves, and what it makes of texture and slopes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

import engine
from engine.fill.healing import heal
from engine.geometry import F32, U8, Box


def ground(height: int = 160, width: int = 200) -> F32:
    """A texture of fine stripes on a slope of brightness."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    stripes = 0.08 * np.sign(np.sin((x + y) * 0.9))
    return np.dstack([0.3 + 0.4 * x / width + stripes, 0.3 + 0.3 * y / height + stripes, 0.5 + stripes]).astype(
        np.float32
    )


def scratch(shape: tuple[int, int], *points: tuple[int, int], width: int = 8) -> U8:
    coverage = np.zeros(shape, np.uint8)
    cv2.polylines(coverage, [np.array(points, np.int32)], False, 255, width)
    return coverage


@pytest.mark.parametrize("points", [((90, 80), (92, 81)), ((20, 30), (180, 120)), ((0, 0), (40, 20))])
def test_a_blemish_goes_and_the_texture_goes_on(points: tuple[tuple[int, int], ...]) -> None:
    truth = ground()
    coverage = scratch(truth.shape[:2], *points)
    damaged = np.where(coverage[..., None] > 0, 1, truth).astype(np.float32)
    healed = heal(damaged, coverage)
    hole = coverage > 0
    assert np.array_equal(healed[~hole], damaged[~hole])
    smooth = [cv2.GaussianBlur(p, (0, 0), 4) for p in (healed, truth)]
    assert np.abs(smooth[0] - smooth[1])[hole].mean() < 0.03  # the slope is followed
    assert healed[hole].std(0)[2] > 0.6 * truth[hole].std(0)[2]  # and it is no smear


def test_all_covered_or_nothing_is_left_as_it_is() -> None:
    truth = ground(40, 40)
    for value in (0, 255):
        assert np.array_equal(heal(truth, np.full((40, 40), value, np.uint8)), truth)


def test_a_narrow_picture_is_filled_all_the_same() -> None:
    truth = ground(12, 30)
    coverage = np.zeros((12, 30), np.uint8)
    coverage[2:10, 5:25] = 255
    healed = heal(np.where(coverage[..., None] > 0, 1, truth).astype(np.float32), coverage)
    assert healed[coverage > 0].mean() < 0.9


def test_what_it_looks_at_grows_with_the_stroke_and_not_with_the_photo() -> None:
    assert engine.heal_reach(Box(0, 0, 20, 20)) < 250
    assert engine.heal_reach(Box(0, 0, 20, 2000)) < 250
