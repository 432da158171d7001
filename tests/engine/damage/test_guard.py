"""Where a face's features lie."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import data

from engine.damage.guard import features
from engine.faces.frames import Face
from engine.geometry import Box

POINTS = np.array([[80.0, 100], [120, 100], [100, 122], [84, 144], [116, 144]])


def face(points: np.ndarray) -> Face:
    return Face(Box(50, 50, 150, 180), points, 0.9)


def test_eyes_brows_nostrils_and_mouth_are_features_and_cheeks_are_not() -> None:
    found = features([face(POINTS)], (200, 200), 1.0)
    for x, y in ((80, 100), (120, 100), (80, 88), (100, 123), (84, 144), (116, 144)):
        assert found[y, x] == 1
    for x, y in ((100, 70), (65, 125), (135, 125), (100, 165), (10, 10)):
        assert found[y, x] == 0


def test_they_follow_a_turned_face_and_the_scale() -> None:
    turned = POINTS[:, ::-1] @ np.diag([-1.0, 1.0]) + [200, 0]  # a quarter turn clockwise
    found = features([face(turned)], (200, 200), 1.0)
    upright = features([face(POINTS)], (200, 200), 1.0)
    assert np.mean(np.rot90(upright, -1) != found) < 0.02
    small = features([face(POINTS)], (100, 100), 2.0)
    assert small.mean() == pytest.approx(upright.mean(), rel=0.1)


@pytest.mark.slow
def test_a_real_face_has_features() -> None:
    from engine import Photo, find_faces

    photo = Photo.from_array(data.astronaut())
    found = features(find_faces(photo), (512, 512), 1.0)
    assert 0.002 < found.mean() < 0.05
