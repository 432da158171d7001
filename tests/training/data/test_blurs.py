"""Blurs: pictures made soft, moved, small, noisy and compressed."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from training.data import blurs


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize("size", [64, 128])
def test_a_blurred_picture_is_a_picture_of_the_same_size_and_tone(size: int) -> None:
    x = torch.rand(8, 3, size, size, generator=generator())
    y = blurs.blurred(x, generator())
    assert y.shape == x.shape
    assert 0 <= y.min() <= y.max() <= 1
    assert (y != x).flatten(1).any(1).all()
    torch.testing.assert_close(y.mean((2, 3)), x.mean((2, 3)), atol=0.05, rtol=0)
    torch.testing.assert_close(blurs.blurred(x, generator()), y, rtol=0, atol=0)


def test_out_of_focus_is_softer_by_every_degree() -> None:
    x = torch.rand(100, 1, 256, 256, generator=generator())
    spread = blurs._unfocused(x, generator()).std((1, 2, 3)) / x.std((1, 2, 3))
    assert (spread > 0.99).float().mean() == pytest.approx(0.15, abs=0.08)  # left as they are
    assert spread.min() < 0.25
    assert spread[spread < 0.99].unique().numel() > 50


def test_motion_smears_along_a_line() -> None:
    x = torch.zeros(100, 3, 256, 256)
    x[:, :, 128, 128] = 1
    y = blurs._moved(x, generator())
    torch.testing.assert_close(y.sum((1, 2, 3)), torch.full((100,), 3.0))
    lengths = (y[:, 0] > 0).sum((1, 2))
    assert (lengths > 1).float().mean() == pytest.approx(1 / 6, abs=0.1)
    assert lengths.max() <= 17


def test_areas_are_blots_of_a_share_of_the_chip() -> None:
    areas = blurs.areas(30, 64, seed=1)
    np.testing.assert_array_equal(areas, blurs.areas(30, 64, seed=1))
    shares = areas.mean((1, 2, 3))
    assert 0.35 < shares.min() < 0.55 < 0.75 < shares.max() < 0.95


def test_bad_copies_are_bad_to_every_degree_and_keep_what_is_large() -> None:
    x = torch.nn.functional.interpolate(torch.rand(2, 3, 32, 32, generator=generator()), (256, 256), mode="bicubic")
    x = (x + 0.2 * torch.rand(2, 3, 256, 256, generator=generator())).clamp(0, 1)
    copies = [blurs._copied(x, torch.Generator().manual_seed(seed)) for seed in range(30)]
    wrong = torch.tensor([float((y - x).abs().mean()) for y in copies])
    assert 0.01 < wrong.min() < wrong.max() / 1.5
    assert wrong.unique().numel() == len(copies)
    for y in copies:
        torch.testing.assert_close(y.mean((2, 3)), x.mean((2, 3)), atol=0.03, rtol=0)
