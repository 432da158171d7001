"""What a network costs: its parameters, and the operations of filling one chip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from engine.fill.coarse import STEPS
from engine.geometry import CHIP, COARSE
from engine.networks.completion_network import CONDITION, CompletionNetwork
from engine.networks.edge_network import EdgeNetwork
from engine.networks.presets import ROLES, Preset, Role


@dataclass(frozen=True, slots=True)
class Cost:
    """`parameters` of all networks that fill; `gflop`: 1e9 operations for a chip, a multiply-add counts as two."""

    parameters: int
    gflop: float


def cost_of(network: nn.Module, shapes: Sequence[tuple[int, ...]]) -> Cost:
    """One evaluation on inputs of these shapes.  Counted on shapes alone: nothing is computed."""
    network = network.to("meta")
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(*(torch.zeros(shape, device="meta") for shape in shapes))
    return Cost(sum(p.numel() for p in network.parameters()), counter.get_total_flops() / 1e9)


def cost_of_evaluation(preset: Preset, role: Role = "fine") -> Cost:
    """One evaluation of a completion network."""
    with torch.device("meta"):
        network = CompletionNetwork(preset, role)
    side = (CHIP, CHIP) if role == "fine" else (COARSE, COARSE)
    return cost_of(network, [(1, 3, *side), (1,), (1, CONDITION[role], *side)])


def cost_of_sampling(presets: Mapping[str, Preset], *, steps: int) -> Cost:
    """The edge network once, each completion network so many times and once more: a first fill takes two.

    `presets`: those of "edges", "fine" and maybe "coarse".
    """
    with torch.device("meta"):
        network = EdgeNetwork(presets["edges"])
    total = cost_of(network, [(1, c, CHIP, CHIP) for c in (1, 1, 3)])
    for role in ROLES:
        if role in presets:
            each = cost_of_evaluation(presets[role], role)
            times = 1 + (min(steps, STEPS) if role == "coarse" else steps)
            total = Cost(total.parameters + each.parameters, total.gflop + times * each.gflop)
    return total


def cost_of_baseline(network: nn.Module) -> Cost:
    """A network that fills at once from a picture and its hole."""
    return cost_of(network, [(1, 3, CHIP, CHIP), (1, 1, CHIP, CHIP)])
