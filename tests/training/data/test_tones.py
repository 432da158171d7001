"""The tone of a chip's skin, and how often such chips are drawn."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from training.data.sources import TONES, WEIGHTS, weight_of
from training.data.tones import GROUPS, tone


@pytest.mark.parametrize(("lab", "group"), [((78, 12, 16), 0), ((62, 14, 20), 1), ((38, 12, 16), 2)])
def test_skin_belongs_to_the_group_of_its_angle(lab: tuple[float, float, float], group: int) -> None:
    flat = np.full((256, 256, 3), lab, np.float32)
    rgb = np.rint(cv2.cvtColor(flat, cv2.COLOR_LAB2RGB) * 255).astype(np.uint8)
    assert tone(rgb) == GROUPS[group]


def test_few_and_sharp_ones_are_drawn_more_often() -> None:
    assert set(TONES) <= set(GROUPS)
    assert weight_of("f-0123456789.webp", "light") == WEIGHTS["f"]
    assert weight_of("f-0123456789.webp", "dark") == TONES["dark"] * WEIGHTS["f"]
    assert weight_of("z-0123456789.webp", "medium") == 1
