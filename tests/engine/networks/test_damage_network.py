"""The damage network: its shapes, its size, and that a place is judged by what lies around it only."""

from __future__ import annotations

import pytest
import torch

from engine.networks.damage_network import DamageNetwork


@pytest.fixture
def network() -> DamageNetwork:
    """One whose every weight says something."""
    torch.manual_seed(0)
    network = DamageNetwork()
    torch.nn.init.normal_(network.out.weight, std=0.3)
    network(torch.rand(4, 1, 96, 96))  # its norms learn what comes
    return network.eval()


@torch.no_grad()
def test_any_size_gives_chances_of_that_size(network: DamageNetwork) -> None:
    for height, width in ((32, 32), (48, 160)):
        found = network(torch.rand(2, 1, height, width))
        assert found.shape == (2, 1, height, width)
        assert 0 <= found.min() < found.max() <= 1


@torch.no_grad()
def test_a_fresh_network_finds_nothing() -> None:
    assert DamageNetwork()(torch.rand(1, 1, 64, 64)).max() < 0.1


def test_it_is_small() -> None:
    assert sum(weight.numel() for weight in DamageNetwork().parameters()) < 900_000  # 2 bytes each


@torch.no_grad()
def test_a_tile_with_its_margin_finds_what_the_whole_does(network: DamageNetwork) -> None:
    picture = torch.rand(1, 1, 512, 512)
    whole, part = network(picture), network(picture[..., :320, :320])
    inner = (..., slice(0, 160), slice(0, 160))
    assert whole[inner].std() > 1e-3
    torch.testing.assert_close(whole[inner], part[inner], atol=1e-5, rtol=0)
