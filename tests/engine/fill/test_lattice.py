"""Patterns that repeat with the networks' grid go, all else stays; fills of flat skin hold none, and no dots."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import skimage.data

from engine.faces import choosing, frames
from engine.fill.chips import fill_chip
from engine.fill.lattice import CELL, without_lattice
from engine.fill.sampling import Sampling
from engine.geometry import F32
from engine.photo.photos import Photo
from engine.runtime.models import load_models

HOLE = np.zeros((256, 256), bool)
HOLE[60:200, 40:210] = True


def pattern() -> F32:
    """One cell, repeated."""
    cell = np.random.default_rng(3).normal(0, 0.03, (CELL, CELL, 3)).astype(np.float32)
    cell -= cell.mean((0, 1))
    return np.tile(cell, (64, 64, 1))


def cleaned(picture: F32) -> F32:
    """(256, 256, 3) in 0..1, as the engine cleans it."""
    planes = (picture * 2 - 1).astype(np.float32).transpose(2, 0, 1)[None]
    return (without_lattice(planes, HOLE[None, None].astype(np.float32))[0].transpose(1, 2, 0) + 1) / 2


def peaks(picture: F32, area: np.ndarray) -> float:
    """How far, in power, the strongest frequency of the grid stands out of those around it and of a level of noise."""
    top, left = np.argwhere(area).min(0)
    bottom, right = np.argwhere(area).max(0) + 1
    part = picture[top:bottom, left:right].mean(2)
    window = np.outer(np.hanning(len(part)), np.hanning(part.shape[1]))
    power = np.abs(np.fft.fft2((part - cv2.GaussianBlur(part, (0, 0), 3)) * window, (256, 256))) ** 2
    tiled = np.tile(power, (3, 3))
    wide, near = (cv2.blur(tiled, (size, size))[256:512, 256:512] * size**2 for size in (33, 13))
    usual = (wide - near) / (33**2 - 13**2) + (1 / 255) ** 2 * (window**2).sum()
    strongest = cv2.dilate(tiled, np.ones((5, 5)))[256:512, 256:512]
    at = np.arange(0, 256, 256 // CELL)
    ratio = (strongest / usual)[np.ix_(at, at)]
    return float(ratio.ravel()[1:].max())


def dots(picture: F32, area: np.ndarray) -> int:
    """Pixels that stand alone: far from the median of those around them."""
    grey = np.rint(picture.mean(2) * 255).clip(0, 255).astype(np.uint8)
    off = np.abs(grey.astype(int) - cv2.medianBlur(grey, 5))
    return int((off[cv2.erode(area.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0] > 12).sum())


def test_a_pattern_of_the_grid_goes_and_noise_stays() -> None:
    noise = np.random.default_rng(0).normal(0, 0.03, (256, 256, 3)).astype(np.float32)
    picture = 0.5 + noise + pattern() * HOLE[..., None]
    after = cleaned(picture)
    inner = cv2.erode(HOLE.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    left = (after - 0.5 - noise)[inner]
    assert left.std() < 0.25 * pattern()[inner].std()
    assert np.corrcoef((after - 0.5)[inner].ravel(), noise[inner].ravel())[0, 1] > 0.97
    np.testing.assert_allclose(after[~HOLE], picture[~HOLE], atol=1e-6)
    assert peaks(picture, HOLE) > 1000
    assert peaks(after, HOLE) < 40


def test_an_edge_leaves_no_echo() -> None:
    picture = np.full((256, 256, 3), 0.8, np.float32)
    picture[:, 122:] = 0.2
    change = np.abs(cleaned(picture) - picture)
    assert change.max() < 4 / 255
    assert change[:, :100].max() < 1 / 255


@pytest.mark.slow
@pytest.mark.parametrize("steps", [1, 2])
def test_a_fill_of_flat_skin_has_no_combed_texture_and_no_dots(steps: int) -> None:
    """Cheeks and nose of the astronaut; dots are looked for on the cheeks, where no nostril is one."""
    photo = Photo.from_array(skimage.data.astronaut())
    (face,) = choosing.find_faces(photo)
    chip, _seen = frames.cut(photo, face.frame)
    hole, cheeks = np.zeros((2, 256, 256), bool)
    hole[128:180, 78:175] = cheeks[128:180, 78:104] = cheeks[128:180, 150:175] = True
    fill = fill_chip(chip, hole, networks=load_models(device="cpu").networks, sampling=Sampling(steps, "dpmpp_2m"))
    assert peaks(fill.rgb, hole) < 20  # 32 with the pattern left in, 2 for the photo itself
    assert dots(fill.rgb, cheeks) < 4  # of the photo itself: 66
