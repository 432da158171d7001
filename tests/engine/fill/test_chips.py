"""A chip's fill, with the networks that ship."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
import pytest
from skimage import data

from engine.fill.chips import denoiser, fill_chip
from engine.fill.sampling import Sampling
from engine.geometry import F32
from engine.runtime.models import load_models


@pytest.fixture
def condition() -> F32:
    condition = np.random.default_rng(0).uniform(-1, 1, (1, 6, 256, 256)).astype(np.float32)
    condition[:, 3] = 0
    condition[:, 3, 40:200, 20:160] = 1
    condition[:, 4] = condition[:, 4] > 0.8
    condition[:, 5] = 0
    return condition


@pytest.mark.slow
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


@pytest.mark.slow
def test_guidance_goes_on_from_the_fill_without_edges_past_the_one_with_them(condition: F32) -> None:
    networks = load_models(device="cpu").networks
    noisy = condition[:, :3] * condition[:, 3:4]
    bare = condition.copy()
    bare[:, 4] *= 1 - condition[:, 3]
    without, usual = (denoiser(networks, under)(noisy, 0.15) for under in (bare, condition))
    assert np.abs(usual - without).max() > 1e-3
    for w in (0, 0.5, 2):
        guided = denoiser(networks, condition, guidance=w)(noisy, 0.15)
        np.testing.assert_allclose(guided, without + w * (usual - without), atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("choice", [{}, {"guidance": 2.0}, {"everywhere": True}, {"start": 0.6}, {"seed": 1}])
def test_a_choice_of_the_sampling_changes_the_hole_alone(choice: dict[str, Any]) -> None:
    networks = load_models(device="cpu").networks
    chip = np.random.default_rng(0).random((256, 256, 3), np.float32)
    hole = np.zeros((256, 256), bool)
    hole[80:150, 90:180] = True
    plain, chosen = (fill_chip(chip, hole, networks=networks, sampling=Sampling(2, **c)).rgb for c in ({}, choice))
    np.testing.assert_array_equal(chosen[~hole], chip[~hole])
    assert (chosen != plain)[hole].any() == bool(choice)


@pytest.mark.slow
def test_lines_that_nobody_touched_stay_as_likely_as_the_network_found_them() -> None:
    """As lines, all of them sure, they made an eye a slit."""
    networks = load_models(device="cpu").networks
    chip = cv2.resize(data.astronaut()[40:200, 140:300], (256, 256)).astype(np.float32) / 255
    hole = np.zeros((256, 256), bool)
    hole[80:130, 60:125] = True
    own = fill_chip(chip, hole, networks=networks, sampling=Sampling(2))
    edges = own.drawn_edges
    assert edges.any()
    again = fill_chip(chip, hole, networks=networks, sampling=Sampling(2), edges=edges)
    np.testing.assert_array_equal(again.rgb, own.rgb)
    np.testing.assert_array_equal(again.drawn_edges, edges)
    erased, drawn = np.zeros_like(edges), edges.copy()
    cv2.line(drawn, (65, 95), (118, 90), 255, 1)
    for other in (erased, drawn):
        changed = fill_chip(chip, hole, networks=networks, sampling=Sampling(2), edges=other)
        assert np.abs(changed.rgb - own.rgb)[hole].mean() > 0.005
