"""The live edges: they show what the engine will see."""

from __future__ import annotations

import numpy as np

import engine
from engine.geometry import Frame
from faceapp.ui.commands.face_commands import cut_chip


def test_the_hole_is_the_engines() -> None:
    rng = np.random.default_rng(4)
    photo = engine.Photo.from_array(rng.integers(0, 256, (80, 90, 3), np.uint8))
    mask = np.where(rng.random((80, 90)) < 0.1, np.uint8(255), np.uint8(0))
    frame = Frame(40, 30, 70, 20)
    share = engine.cut_mask(mask, frame)
    _, known = cut_chip(photo, mask, frame)
    _, inside = engine.cut(photo, frame)
    assert ((share > engine.HOLE_COVERAGE) & (share < 0.05)).any()
    np.testing.assert_array_equal(known == 255, inside & ~(share > engine.HOLE_COVERAGE))
