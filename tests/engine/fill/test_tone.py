"""A grey or toned photo's fill keeps to its tone; a colour photo has none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from skimage import data

from engine.fill.chips import fill_chip
from engine.fill.sampling import Sampling
from engine.fill.tone import tone_of
from engine.geometry import F32
from engine.runtime.models import load_models


def portrait() -> F32:
    """(256, 256, 3) float32 0..1."""
    return np.asarray(
        cv2.resize(data.astronaut()[0:300, 70:370], (256, 256), interpolation=cv2.INTER_AREA) / 255, np.float32
    )


def grey(picture: F32) -> F32:
    return np.repeat(picture @ np.array([[0.299], [0.587], [0.114]], np.float32), 3, 2)


def sepia(picture: F32) -> F32:
    level = grey(picture)
    return np.asarray(level ** np.array([0.8, 1.0, 1.3], np.float32) * np.array([1, 0.94, 0.8], np.float32), np.float32)


def grainy(picture: F32) -> F32:
    noise = np.random.default_rng(0).normal(0, 0.03, picture.shape)
    return np.asarray((picture + noise).clip(0, 1), np.float32)


def planes(picture: F32) -> F32:
    return np.ascontiguousarray(picture.transpose(2, 0, 1)[None] * 2 - 1)


KNOWN = np.ones((1, 1, 256, 256), np.float32)


@pytest.mark.parametrize("picture", [data.astronaut, data.chelsea, data.coffee])
def test_colour_photos_have_no_tone(picture: object) -> None:
    pixels = np.asarray(picture()[:256, :256] / 255, np.float32)  # type: ignore[operator]
    assert tone_of(planes(pixels), KNOWN) is None


@pytest.mark.parametrize("toned", [grey, sepia, lambda p: grainy(grey(p)), lambda p: grainy(sepia(p))])
def test_grey_and_toned_photos_have_one(toned: object) -> None:
    picture = planes(toned(portrait()))  # type: ignore[operator]
    tone = tone_of(picture, KNOWN)
    assert tone is not None
    smooth = cv2.GaussianBlur(picture[0].transpose(1, 2, 0), (0, 0), 2).transpose(2, 0, 1)[None]
    assert np.abs(tone(smooth) - smooth).mean() < 0.02


def test_too_little_tells_nothing() -> None:
    known = np.zeros_like(KNOWN)
    known[..., :10, :10] = 1
    assert tone_of(planes(grey(portrait())), known) is None


@pytest.mark.slow
@pytest.mark.parametrize("toned", [grey, sepia])
def test_fills_keep_to_the_tone(toned: object) -> None:
    chip = toned(portrait())  # type: ignore[operator]
    hole = np.zeros((256, 256), bool)
    hole[60:170, 60:200] = True
    rgb = fill_chip(chip, hole, networks=load_models(device="cpu").networks, sampling=Sampling(2)).rgb
    known = tone_of(planes(chip), (~hole).astype(np.float32)[None, None])
    assert known is not None
    off = np.abs(known(planes(rgb)) - planes(rgb))[..., hole]
    assert off.mean() < 0.005
    assert off.max() < 0.05
