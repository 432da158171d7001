"""The chip at 64x64, and the fill that goes over it: nothing hidden shows through."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from engine.fill.chips import fill_chip
from engine.fill.coarse import HIDDEN, condition, enlarged, shrunk
from engine.fill.sampling import Sampling
from engine.geometry import F32, U8
from engine.runtime.models import load_models


def planes(*shape: int, seed: int = 0) -> F32:
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)


def test_a_place_has_the_colour_of_what_is_visible_in_it() -> None:
    image, missing = np.full((1, 3, 128, 128), 0.5, np.float32), np.zeros((1, 1, 128, 128), np.float32)
    image[..., 1::2] = -1
    missing[..., 1::2] = 1
    small, gone = shrunk(image, missing)
    assert (small == 0.5).all()
    assert (gone == 1).all()


@pytest.mark.parametrize(("hidden", "hole"), [(0, 0), (1, 0), (2, 1), (16, 1)])
def test_a_place_is_a_hole_where_more_than_a_tenth_of_it_is_hidden(hidden: int, hole: float) -> None:
    missing = np.zeros((1, 1, 256, 256), np.float32)
    missing[0, 0, :4, :4].flat[:hidden] = 1
    missing[0, 0, :4, :4] = np.r_[np.ones(hidden), np.zeros(16 - hidden)].reshape(4, 4)
    assert (hidden / 16 > HIDDEN) == bool(hole)
    assert shrunk(planes(1, 3, 256, 256), missing)[1][0, 0, 0, 0] == hole


def test_pytorch_shrinks_alike() -> None:
    torch = pytest.importorskip("torch")
    image, missing = planes(2, 3, 256, 256), (planes(2, 1, 256, 256, seed=1) > 0.2).astype(np.float32)
    ours, theirs = shrunk(image, missing), shrunk(torch.from_numpy(image), torch.from_numpy(missing))
    for one, two in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, two.numpy(), atol=1e-6)


def test_edges_in_the_hole_are_the_guides_and_thin_lines_stay_whole() -> None:
    image, missing, guide = (np.zeros((1, c, 256, 256), np.float32) for c in (3, 1, 1))
    missing[..., 64:192, 64:192] = 1
    guide[..., 128, 100:160] = 1
    guide[..., 20, :] = 1  # outside: the small picture's own edges count, and it has none
    _, gone, edges = condition(image, missing, guide)
    assert edges[0, 0, 32, 26:39].min() == 1
    assert edges.sum() == (edges * gone).sum()


def test_a_fill_enlarged_has_no_steps() -> None:
    ramp = np.tile(np.linspace(-0.9, 0.9, 64, dtype=np.float32), (1, 3, 64, 1))
    large = enlarged(ramp, 256)
    assert large.shape == (1, 3, 256, 256)
    assert np.diff(large[..., 8:-8], axis=-1).max() < 1.5 * np.diff(ramp).max() / 4


@pytest.fixture
def chip() -> tuple[F32, np.ndarray]:
    picture = cv2.GaussianBlur(planes(256, 256, 3) / 2 + 0.5, (0, 0), 5)
    hole = np.zeros((256, 256), bool)
    hole[61:150, 43:197] = True
    hole[200:230, 17:19] = True  # a scratch that hides less than a tenth of some places
    return np.asarray(picture, np.float32), hole


@pytest.mark.slow
@pytest.mark.parametrize("steps", [1, 2])
def test_what_is_hidden_changes_no_bit_of_the_fill(chip: tuple[F32, np.ndarray], steps: int) -> None:
    networks = load_models(device="cpu").networks
    picture, hole = chip
    other = picture.copy()
    other[hole] = np.random.default_rng(3).random((int(hole.sum()), 3), np.float32)
    one, two = (fill_chip(p, hole, networks=networks, sampling=Sampling(steps)).rgb for p in (picture, other))
    np.testing.assert_array_equal(one, two)


@pytest.mark.slow
def test_every_evaluation_is_a_step_and_the_coarse_ones_come_first(chip: tuple[F32, np.ndarray]) -> None:
    networks = load_models(device="cpu").networks
    seen: list[tuple[int, int, U8]] = []

    def on_step(*step: Any) -> None:
        seen.append(step)

    fill_chip(*chip, networks=networks, sampling=Sampling(2), on_step=on_step)
    assert [(index, total) for index, total, _ in seen] == [(i, 4) for i in range(1, 5)]
    hole = chip[1]
    fine = [np.abs(cv2.Laplacian(picture, cv2.CV_32F))[hole].mean() for _, _, picture in seen]
    assert fine[3] > fine[1]
