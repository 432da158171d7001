"""The networks: the paper's layer counts, the size budget, and what the preconditioning promises."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from engine.networks.blocks import (  # noqa: E402
    Conv,
    DilatedFusion,
    HybridAttention,
    ResidualConv,
    SelfAttention,
)
from engine.networks.completion_network import SIGMA_DATA, CompletionNetwork  # noqa: E402
from engine.networks.edge_network import EdgeNetwork  # noqa: E402
from engine.networks.presets import PRESETS, Preset  # noqa: E402


def count(network: nn.Module, kind: type[nn.Module]) -> int:
    return sum(isinstance(module, kind) for module in network.modules())


def stirred(network: nn.Module) -> nn.Module:
    """Branches start at zero; random weights make them count."""
    generator = torch.Generator().manual_seed(0)
    for weights in network.parameters():
        weights.data = 0.1 * torch.randn(weights.shape, generator=generator)
    return network.eval()


def test_the_paper_preset_has_the_papers_layers() -> None:
    edges, completion = EdgeNetwork("paper"), CompletionNetwork("paper")
    assert (count(edges, Conv), count(edges, ResidualConv), count(edges, SelfAttention)) == (12, 4, 1)
    assert (count(completion, Conv), count(completion, DilatedFusion), count(completion, HybridAttention)) == (12, 1, 1)
    fusion = next(m for m in completion.modules() if isinstance(m, DilatedFusion))
    branches = [branch for branch in fusion.branches if isinstance(branch, torch.nn.Conv2d)]
    assert [(b.kernel_size, b.dilation) for b in branches] == [((3, 3), (d, d)) for d in (1, 2, 4, 8)]


@pytest.mark.slow
def test_base_keeps_its_budget() -> None:
    network = CompletionNetwork("base")
    side = (1, 3, 256, 256)
    with FlopCounterMode(display=False) as flops, torch.no_grad():
        network(torch.zeros(side), torch.tensor([math.inf]), torch.ones(1, 6, 256, 256))
    assert flops.get_total_flops() <= 25e9
    assert sum(w.numel() for w in network.parameters()) <= 22e6


@pytest.mark.parametrize("preset", PRESETS)
def test_any_sigma_gives_finite_residuals_inside_the_hole_only(preset: Preset) -> None:
    network = stirred(CompletionNetwork(preset))
    condition = torch.rand(1, 6, 64, 64)
    condition[:, 3:4] = 0
    condition[:, 3, 16:48, 16:48] = 1
    for sigma in (0.002, 0.3, 80.0, math.inf):
        noisy = torch.zeros(1, 3, 64, 64) if math.isinf(sigma) else sigma * torch.randn(1, 3, 64, 64)
        with torch.no_grad():
            out = network(noisy * condition[:, 3:4], torch.tensor([sigma]), condition)
        assert out.isfinite().all()
        assert out.abs().sum() > 0
        assert not out[(condition[:, 3:4] == 0).expand_as(out)].any()


def test_a_fresh_network_is_the_preconditioning_alone() -> None:
    network, sigma = CompletionNetwork("small"), 0.5
    condition = torch.ones(1, 6, 32, 32)
    noisy = torch.randn(1, 3, 32, 32)
    with torch.no_grad():
        out = network(noisy, torch.tensor([sigma]), condition)
    c_skip = SIGMA_DATA**2 / (SIGMA_DATA**2 + sigma**2)  # table 1, Karras et al. 2022
    torch.testing.assert_close(out, c_skip * noisy)


def test_only_the_mean_of_what_is_blurred_is_refined() -> None:
    network = CompletionNetwork("small")
    stirred(network)
    condition, half = torch.rand(1, 6, 64, 64), slice(32, None)
    condition[:, 3], condition[:, 5] = 1, 0
    condition[:, 5, :, half] = 1
    for sigma, refined in ((math.inf, True), (0.3, False)):
        given = torch.zeros(1, 3, 64, 64), torch.tensor([sigma]), condition
        with torch.no_grad():
            out = network(*given)
            taken, network.refinement = network.refinement, None
            plain = network(*given)
            network.refinement = taken
        assert torch.equal(out[..., :32], plain[..., :32])
        assert torch.equal(out[..., half], plain[..., half]) != refined


def test_weights_from_before_there_was_a_refinement_do_what_they_did() -> None:
    old = stirred(CompletionNetwork("small")).state_dict()
    network = CompletionNetwork("small").eval()
    network.load_state_dict({name: weight for name, weight in old.items() if not name.startswith("refinement.")})
    condition = torch.rand(1, 6, 32, 32)
    given = torch.zeros(1, 3, 32, 32), torch.tensor([math.inf]), condition
    with torch.no_grad():
        fresh = network(*given)
        network.refinement = None
        assert torch.equal(fresh, network(*given))


@pytest.mark.parametrize("preset", PRESETS)
def test_visible_edges_pass_through_and_hidden_ones_do_not_count(preset: Preset) -> None:
    network = stirred(EdgeNetwork(preset))
    hole = torch.zeros(1, 1, 64, 64)
    hole[..., 20:40, 20:40] = 1
    edges, image = (torch.rand(1, 1, 64, 64) < 0.1).float(), torch.rand(1, 3, 64, 64) * 2 - 1
    with torch.no_grad():
        drawn = network(edges, hole, image)
        blind = network(edges * (1 - hole), hole, image * (1 - hole))
    torch.testing.assert_close(drawn[hole == 0], edges[hole == 0])
    torch.testing.assert_close(drawn[hole == 1], blind[hole == 1])
    assert 0 <= drawn.min() <= drawn.max() <= 1
