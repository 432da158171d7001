"""What judges fills as faces: eyes, skin, the crowd."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
import skimage.data

from engine.faces import choosing, frames
from engine.geometry import U8
from engine.photo.photos import Photo
from training.measuring.eyes import eye_pair, hides_eye
from training.measuring.fixed_holes import EYE, measured_hole
from training.measuring.kernel_distance import described, kernel_distance
from training.measuring.skin import colour_error

EVERYWHERE = np.ones((256, 256), bool)


@pytest.fixture(scope="module")
def face() -> U8:
    """The astronaut as an aligned chip."""
    photo = Photo.from_array(skimage.data.astronaut())
    (found,) = choosing.find_faces(photo)
    chip, _seen = frames.cut(photo, found.frame)
    return np.asarray(np.rint(chip * 255), np.uint8)


def over_one_eye(face: U8, patch: np.ndarray) -> U8:
    hole = measured_hole(EVERYWHERE, kind=EYE[0], seed=(0, 0))
    return np.where(hole[..., None], patch, face).astype(np.uint8)


def test_a_face_has_both_eyes_open_and_alike(face: U8) -> None:
    pair = eye_pair(face)
    assert pair is not None
    assert pair.passes


def test_an_eye_lost_in_fog_does_not_pass(face: U8) -> None:
    for fogged in (cv2.GaussianBlur(face, (0, 0), 14), np.full_like(face, face[150:160, 150:160].mean((0, 1)))):
        pair = eye_pair(over_one_eye(face, fogged))
        assert pair is None or not pair.passes


def test_no_face_has_no_eyes() -> None:
    assert eye_pair(np.full((256, 256, 3), 128, np.uint8)) is None


def test_the_hole_over_an_eye_hides_one() -> None:
    for place in range(8):
        hole = measured_hole(EVERYWHERE, kind=EYE[0], seed=(0, place))
        assert hides_eye(hole)
        halves = hole[:, :128].any(), hole[:, 128:].any()
        assert sum(halves) == 1, "the other eye is spared"
    assert not hides_eye(np.zeros((256, 256), bool))


def test_colour_error_is_that_of_hidden_skin_alone(face: U8) -> None:
    lab = cv2.cvtColor(face.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    lab[..., 0] += 6
    lighter = np.rint(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB) * 255).clip(0, 255).astype(np.uint8)
    hole = np.zeros((256, 256), bool)
    hole[130:170, 110:150] = True
    distance, lightness = colour_error(face, lighter, hole)
    assert distance == pytest.approx(6, abs=0.5)
    assert lightness == pytest.approx(6, abs=0.5)
    assert colour_error(face, face, hole) == (0, 0)
    hole[:] = False
    hole[:20] = True
    assert all(math.isnan(v) for v in colour_error(face, lighter, hole)), "no skin up there"


def test_the_kernel_distance_grows_as_a_crowd_gets_softer(face: U8) -> None:
    rng = np.random.default_rng(0)
    shifts = rng.integers(-20, 21, (12, 2))
    crowd = [np.roll(face, shift, (0, 1)) for shift in shifts]

    def of(sigma: float) -> np.ndarray:
        soft = [cv2.GaussianBlur(p, (0, 0), sigma) if sigma else p for p in crowd]
        return np.array([described(np.asarray(p, np.uint8), EVERYWHERE) for p in soft])

    truth = of(0)
    assert kernel_distance(truth, truth) == pytest.approx(0, abs=1e-9)
    near, far = (kernel_distance(of(sigma), truth) for sigma in (1, 3))
    assert 0 < near < far
