"""Damage is found on made old photos, with a measured precision and recall."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from skimage import data

from engine.damage.search import detect_damage
from engine.geometry import U8
from training.data import old_photos


def scored(found: U8, truth: U8) -> tuple[float, float]:
    """Precision (a found pixel counts within 2 pixels of true damage) and recall."""
    near = cv2.dilate(truth, np.ones((5, 5), np.uint8)) > 0
    hit = found > 0
    return float((hit & near).sum() / max(1, hit.sum())), float(hit[truth > 0].mean())


@pytest.mark.slow
@pytest.mark.parametrize("picture", [data.astronaut, data.chelsea, data.coffee])
def test_damage_on_an_old_photo_is_found(picture: Callable[[], U8]) -> None:
    rng = np.random.default_rng(3)
    base = old_photos.faded(picture(), rng)
    shape = base.shape
    marks = old_photos.scratches(shape, rng) + old_photos.folds(shape, rng)
    marks += old_photos.specks(shape, rng) + old_photos.blots(shape, rng)
    photo, truth = old_photos.damaged(base, marks, rng)
    precision, recall = scored(detect_damage(photo), truth)
    assert precision >= 0.65
    assert recall >= 0.65


@pytest.mark.slow
def test_sensitivity_finds_more() -> None:
    rng = np.random.default_rng(4)
    base = old_photos.faded(data.astronaut(), rng)
    photo, _ = old_photos.damaged(base, old_photos.scratches(base.shape, rng), rng)
    shares = [(detect_damage(photo, sensitivity=s) > 0).mean() for s in (0.1, 0.5, 0.9)]
    assert shares[0] < shares[1] < shares[2]
    with pytest.raises(ValueError, match="sensitivity"):
        detect_damage(photo, sensitivity=2)


@pytest.mark.parametrize("shape", [(1, 1), (5, 300), (64, 64), (2100, 40)])
def test_a_plain_photo_has_no_damage(shape: tuple[int, int]) -> None:
    found = detect_damage(np.full((*shape, 3), 128, np.uint8))
    assert found.shape == shape
    assert found.dtype == np.uint8
    assert not found.any()
