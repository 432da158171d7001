"""What later evaluations may change of the first one."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from engine.fill.restraint import held, steady
from engine.geometry import F32

GREY = np.full((1, 3, 1, 1), 0.2, np.float32)


@pytest.fixture
def mean() -> F32:
    return np.random.default_rng(0).uniform(-0.5, 0.5, (1, 3, 256, 256)).astype(np.float32)


def hole(top: int, bottom: int, left: int, right: int, *, side: int = 256) -> F32:
    area = np.zeros((1, 1, side, side), np.float32)
    area[..., top:bottom, left:right] = 1
    return area


def stripes() -> F32:
    """Forms without colour."""
    return np.where(np.arange(256) % 8 < 4, GREY, -GREY) + np.zeros((1, 3, 256, 256), np.float32)


def test_a_face_gets_the_forms_of_later_steps(mean: F32) -> None:
    area = hole(60, 190, 70, 190)
    np.testing.assert_allclose(held(mean + stripes(), mean, area), mean + stripes(), atol=1e-5)


def test_what_is_known_comes_back_as_it_is(mean: F32) -> None:
    change = mean + stripes()
    area = hole(0, 256, 0, 100)
    np.testing.assert_array_equal(held(change, mean, area)[..., 100:], change[..., 100:])
    np.testing.assert_array_equal(held(change, mean, area * 0), change)


def test_deep_in_a_hole_beside_the_face_most_is_the_mean_s(mean: F32) -> None:
    drawn = held(mean + stripes(), mean, hole(0, 256, 0, 256 - 8)) - mean
    share = np.abs(drawn[0, 0]) / 0.2
    assert share[20:60, 8:24].max() < 0.35
    assert share[100:160, 100:150].min() > 0.99


def test_a_stroke_beside_the_face_is_drawn_whole(mean: F32) -> None:
    area = hole(0, 256, 10, 24)
    np.testing.assert_allclose(held(mean + stripes(), mean, area), mean + stripes(), atol=1e-5)


@pytest.mark.parametrize("side", [64, 256])
def test_colours_of_areas_are_the_mean_s_and_small_things_have_their_own(side: int) -> None:
    area = hole(side // 4, 3 * side // 4, side // 3, 2 * side // 3, side=side)
    mean = np.zeros((1, 3, side, side), np.float32)
    red = mean + np.array([0.3, -0.1, -0.1], np.float32).reshape(1, 3, 1, 1)
    drawn = held(red, mean, area)[0][:, area[0, 0] > 0]
    assert np.ptp(drawn.mean(1)) < 0.02
    lips = np.zeros_like(mean)
    middle = side // 2
    lips[..., middle : middle + side // 64, middle : middle + side // 16] = red[..., :1, :1]
    inside = held(lips, mean, area)[0, :, middle, middle + side // 64]
    assert inside[0] - inside[1] > 0.3


def test_a_blurred_picture_keeps_its_light_and_colours(mean: F32) -> None:
    worth = hole(40, 216, 40, 216)
    lighter = mean * 0 + 0.3
    assert np.abs(steady(lighter, lighter, worth)[0, 0, 80:176, 80:176]).max() < 0.01
    np.testing.assert_array_equal(steady(lighter, mean, worth)[..., :40], lighter[..., :40])


def test_a_blurred_picture_gets_only_finer_things_from_later_steps(mean: F32) -> None:
    worth = hole(0, 256, 0, 256)
    first = mean * 0
    blob = cv2.GaussianBlur(np.eye(256, dtype=np.float32) * 40, (0, 0), 20) + first
    fine = stripes()
    drawn = steady(first + blob + fine, first, worth)[0, 0, 64:192, 64:192]
    kept = np.abs(drawn - fine[0, 0, 64:192, 64:192])
    assert kept.max() < 0.1 * blob.max() + 0.05
