"""A chip's fill, with the networks that ship."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.fill.chips import denoiser
from engine.geometry import F32
from engine.runtime.models import load_models


@pytest.fixture
def condition() -> F32:
    condition = np.random.default_rng(0).uniform(-1, 1, (1, 5, 256, 256)).astype(np.float32)
    condition[:, 3] = 0
    condition[:, 3, 40:200, 20:160] = 1
    condition[:, 4] = condition[:, 4] > 0.8
    return condition


def test_the_first_fill_knows_no_left_and_right(condition: F32) -> None:
    networks = load_models(device="cpu").networks
    nothing = np.zeros((1, 3, 256, 256), np.float32)
    here = denoiser(networks, condition)(nothing, math.inf)
    there = denoiser(networks, np.ascontiguousarray(condition[..., ::-1]))(nothing, math.inf)
    assert np.abs(here).max() > 0.01
    np.testing.assert_allclose(there[..., ::-1], here, atol=1e-5)
    alone = networks.denoise(nothing, math.inf, condition)
    assert np.abs(alone - here).max() > 1e-3


def test_later_steps_take_one_evaluation_each(condition: F32) -> None:
    networks = load_models(device="cpu").networks
    noisy = condition[:, :3] * condition[:, 3:4]
    np.testing.assert_array_equal(denoiser(networks, condition)(noisy, 0.15), networks.denoise(noisy, 0.15, condition))
