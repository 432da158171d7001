"""The completion networks, and the two lesser bottlenecks that they are compared with."""

from __future__ import annotations

from torch import nn

from engine.networks.blocks import DilatedFusion
from engine.networks.completion_network import CompletionNetwork
from engine.networks.presets import Preset, Role
from training.learning.config import Bottleneck


def completion_network(preset: Preset, bottleneck: Bottleneck = "hybrid", role: Role = "fine") -> CompletionNetwork:
    """`dilated`: without the hybrid attention; `plain`: ordinary convolutions in the dilated ones' place.

    All have the same convolutions of the same sizes, but for the attention's own few.
    """
    network = CompletionNetwork(preset, role)
    for fusion in [m for m in network.modules() if isinstance(m, DilatedFusion)]:
        if bottleneck != "hybrid":
            fusion.attention = nn.Identity()
        if bottleneck == "plain":
            for branch in fusion.branches:
                assert isinstance(branch, nn.Conv2d)
                branch.dilation = branch.padding = (1, 1)
    return network
