"""What tells a sharp face from a soft, noisy or compressed one."""

from __future__ import annotations

import io
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data

from engine.fill.softness import DRAWN, LEAST, compressed, edge_width, sharpening, softness
from engine.geometry import F32

FACE: F32 = (data.astronaut()[20:196, 136:312] / 255).astype(np.float32)
EVERYWHERE = np.ones(FACE.shape[:2], bool)


def blurred(sigma: float) -> F32:
    return np.asarray(cv2.GaussianBlur(FACE, (0, 0), sigma), np.float32)


def noisy(picture: F32) -> F32:
    noise = np.random.default_rng(0).normal(0, 0.04, FACE.shape)
    return np.asarray((picture + noise).clip(0, 1), np.float32)


def spoilt(picture: F32) -> F32:
    stream = io.BytesIO()
    Image.fromarray((picture * 255).round().astype(np.uint8)).save(stream, "JPEG", quality=12)
    return (np.asarray(Image.open(stream)) / 255).astype(np.float32)


def small(picture: F32) -> F32:
    tiny = cv2.resize(picture, None, fx=0.2, fy=0.2, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(tiny, picture.shape[1::-1], interpolation=cv2.INTER_CUBIC), np.float32)


def test_a_sharp_face_wants_the_least() -> None:
    assert sharpening(softness(FACE, EVERYWHERE)) == (LEAST, 0)


@pytest.mark.parametrize("spoil", [lambda p: blurred(3), noisy, spoilt, small])
def test_each_fault_counts_nearly_in_full(spoil: Callable[[F32], F32]) -> None:
    assert softness(spoil(FACE), EVERYWHERE) > 0.65


@pytest.mark.parametrize("factor", [2, 4])
def test_squares_are_seen_in_an_enlarged_photo(factor: int) -> None:
    def large(picture: F32) -> F32:
        size = (factor * picture.shape[1], factor * picture.shape[0])
        return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_LANCZOS4), np.float32)

    assert compressed(large(spoilt(FACE))) > 0.65
    assert compressed(large(FACE)) == 0


def test_squares_finer_than_the_chip_do_not_count() -> None:
    large = np.asarray(cv2.resize(FACE, (704, 704), interpolation=cv2.INTER_CUBIC), np.float32)
    assert compressed(spoilt(large)) == 0


def test_the_softer_the_more() -> None:
    wants = [sharpening(softness(blurred(sigma), EVERYWHERE)) for sigma in (0.4, 0.8, 1.6, 2.0, 3.0)]
    assert wants == sorted(set(wants)), "each blur more than the one before"
    assert wants[0] == (LEAST, 0)
    details = [want.detail for want in wants]
    assert details == sorted(set(details))
    assert wants[-1] == (1, DRAWN)


@pytest.mark.parametrize("sigma", [1.5, 2.5, 4.0])
def test_the_width_of_edges_is_that_of_the_blur(sigma: float) -> None:
    assert abs(edge_width(blurred(sigma).mean(2), EVERYWHERE) - sigma) < 0.5


def test_where_there_is_no_edge_there_is_no_sharpness() -> None:
    assert sharpening(softness(np.full((64, 64, 3), 0.5, np.float32), np.ones((64, 64), bool))) == (1, DRAWN)
    assert sharpening(softness(FACE, np.zeros_like(EVERYWHERE))) == (1, DRAWN)
