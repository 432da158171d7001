"""How much of a face changed, and whether it is still the same person."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from skimage import data

from engine import Frame, Photo, likeness, mark_faces
from engine.faces.likeness import UNLIKE, Likeness, identity_known
from engine.geometry import Size

FACE = Frame(224.8, 107.1, 175.8, 3.8)
MARKS = mark_faces([FACE], Size(512, 512))
BEFORE = Photo.from_array(data.astronaut())


def test_the_same_face_is_the_same() -> None:
    found = likeness(BEFORE, BEFORE, FACE, MARKS)
    assert (found.colour, found.share) == (0, 0)
    assert found.identity == 0 if identity_known() else math.isnan(found.identity)
    assert found.note is None


def test_changes_count_where_they_are_marked() -> None:
    pixels = data.astronaut()
    pixels[400:] = 0
    pixels[60:100, 200:250] = 255 - pixels[60:100, 200:250]
    found = likeness(BEFORE, Photo.from_array(pixels), FACE, MARKS)
    assert 1 < found.colour < 60
    assert 0.02 < found.share < 0.3
    corner = np.zeros((512, 512), np.uint8)
    corner[20:30, 150:160] = 255
    assert likeness(BEFORE, Photo.from_array(pixels), FACE, corner).share == 0


@pytest.mark.skipif(not identity_known(), reason="the extra 'identity' is not installed")
def test_another_face_is_further_than_a_soft_one() -> None:
    soft = Photo.from_array(cv2.GaussianBlur(data.astronaut(), (0, 0), 2))
    other = Photo.from_array(np.ascontiguousarray(data.astronaut()[::-1]))
    near, far = (likeness(BEFORE, photo, FACE, MARKS).identity for photo in (soft, other))
    assert 0 < near < far


def test_a_face_that_is_unlike_is_said_to_be() -> None:
    assert Likeness(1, 0.1, UNLIKE + 0.01).note is not None
    assert Likeness(1, 0.1, UNLIKE - 0.01).note is None
    assert Likeness(1, 0.1, math.nan).note is None
