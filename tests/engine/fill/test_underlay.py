"""What is laid under a hole: in the light of the guess, and without a seam."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from engine.fill.underlay import underlay
from engine.geometry import CHIP, F32

HOLE = np.zeros((CHIP, CHIP), bool)
HOLE[80:160, 90:170] = True
EVERYWHERE = np.ones((CHIP, CHIP), bool)


def picture() -> F32:
    noise = np.random.default_rng(0).uniform(0, 1, (CHIP, CHIP, 3)).astype(np.float32)
    return np.asarray(0.35 + 1.5 * (cv2.GaussianBlur(noise, (0, 0), 3) - 0.5), np.float32)


@pytest.mark.parametrize("light", [(0.7, 0.7, 0.7), (1.2, 1.0, 0.7), (1.4, 1.4, 1.4)])
def test_it_comes_in_the_light_of_what_is_known(light: tuple[float, float, float]) -> None:
    under = underlay(picture() * np.array(light, np.float32), EVERYWHERE, guess=picture(), hole=HOLE)
    assert under is not None
    assert np.abs(under.rgb - picture())[HOLE].max() < 0.03


def test_it_takes_the_brightness_of_one_side_of_a_face_but_not_its_hue() -> None:
    shade = np.linspace(0.6, 1.4, CHIP, dtype=np.float32)[None, :, None]
    under = underlay(picture(), EVERYWHERE, guess=picture() * shade, hole=HOLE)
    assert under is not None
    assert np.abs(under.rgb - picture() * shade)[HOLE].mean() < 0.02


def test_at_the_rim_nothing_is_laid_and_inside_all() -> None:
    under = underlay(picture(), EVERYWHERE, guess=picture(), hole=HOLE)
    assert under is not None
    assert (under.share[~HOLE] == 0).all()
    assert under.share[80, 120] < 0.1
    assert (under.share[90:150, 100:160] == 1).all()
    assert not under.core[82].any()


def test_it_is_laid_only_where_it_is_known() -> None:
    known = EVERYWHERE.copy()
    known[:, 130:] = False
    under = underlay(picture(), known, guess=picture(), hole=HOLE)
    assert under is not None
    assert (under.share[:, 130:] == 0).all()
    assert under.share[120, 110] == 1
    assert underlay(picture(), ~EVERYWHERE, guess=picture(), hole=HOLE) is None
    assert underlay(picture(), ~HOLE, guess=picture(), hole=HOLE) is None


def test_deep_inside_a_wide_hole_a_wrong_guess_says_nothing_of_the_light() -> None:
    hole = np.zeros((CHIP, CHIP), bool)
    hole[20:236, 20:236] = True
    guess = picture()
    guess[90:166, 90:166] *= 0.3
    under = underlay(picture(), EVERYWHERE, guess=guess, hole=hole)
    assert under is not None
    assert np.abs(under.rgb - picture())[100:156, 100:156].max() < 0.05
