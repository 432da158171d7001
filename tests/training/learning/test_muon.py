"""Muon: orthogonal steps of AdamW's size."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from training.learning.muon import Muon, matrices, orthogonal


@pytest.mark.parametrize("shape", [(64, 128), (48, 200), (200, 48)])
def test_a_step_is_nearly_orthogonal(shape: tuple[int, int]) -> None:
    torch.manual_seed(0)
    skewed = torch.randn(shape) * torch.logspace(0, 1, shape[1])
    before, after = (torch.linalg.svdvals(m) for m in (skewed, orthogonal(skewed)))
    assert before.max() / before.min() > 3
    assert 0.6 < after.min() < after.max() < 1.25
    left, _, right = torch.linalg.svd(skewed, full_matrices=False)
    likeness = nn.functional.cosine_similarity(orthogonal(skewed).flatten(), (left @ right).flatten(), 0)
    assert likeness > 0.97


def moved(optimizer: type[torch.optim.Optimizer], conv: nn.Conv2d) -> torch.Tensor:
    """The root mean square of a step after several, on gradients of any size."""
    torch.manual_seed(0)
    steps = optimizer(conv.parameters(), lr=1e-2)  # type: ignore[call-arg]
    wanted = 1e4 * torch.randn(conv.weight.shape)
    for _ in range(10):
        before = conv.weight.detach().clone()
        conv.weight.grad = wanted + 1e3 * torch.randn(conv.weight.shape)
        steps.step()
    return (conv.weight.detach() - before).square().mean().sqrt()


def test_a_step_is_of_adamws_size() -> None:
    muon, adamw = (moved(kind, nn.Conv2d(64, 96, 3, bias=False)) for kind in (Muon, torch.optim.AdamW))
    assert muon.item() == pytest.approx(0.2 * 1e-2, rel=0.3)  # Liu et al. 2025: AdamW's is 0.2 to 0.4 in real trainings
    assert 0.1 * adamw < muon < adamw


def test_only_large_convolutions_are_its_own() -> None:
    network = nn.Sequential(nn.Conv2d(3, 64, 3), nn.Conv2d(64, 64, 3), nn.GroupNorm(4, 64), nn.Conv2d(64, 3, 3))
    large, others = matrices(network.parameters())
    assert [w.shape[:2] for w in large] == [(64, 64)]
    assert len(large) + len(others) == len(list(network.parameters()))


def test_it_learns_and_goes_on_from_its_state() -> None:
    torch.manual_seed(0)
    true, x = torch.randn(40, 40, 1, 1) / 6, torch.randn(200, 40, 1, 1)

    def run(conv: nn.Conv2d, steps: Muon, count: int) -> float:
        for _ in range(count):
            steps.zero_grad()
            loss = (conv(x) - nn.functional.conv2d(x, true)).square().mean()
            loss.backward()
            steps.step()
        return loss.item()

    conv = nn.Conv2d(40, 40, 1, bias=False)
    steps = Muon(conv.parameters(), lr=2e-2)
    first = run(conv, steps, 1)
    assert run(conv, steps, 60) < 0.15 * first
    other = nn.Conv2d(40, 40, 1, bias=False)
    other.load_state_dict(conv.state_dict())
    again = Muon(other.parameters(), lr=2e-2)
    again.load_state_dict(copy.deepcopy(steps.state_dict()))
    assert run(conv, steps, 3) == run(other, again, 3)
