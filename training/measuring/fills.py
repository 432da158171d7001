"""Filling chips as the engine does, with the networks that ship or those straight from training runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import nn

from engine.fill.chips import fill_chip
from engine.fill.sampling import Sampling
from engine.fill.softness import sharpening, softness
from engine.geometry import F32, U8
from engine.networks.edge_network import EdgeNetwork
from engine.networks.presets import Role
from engine.runtime.models import FillNetworks
from training.learning import checkpoints
from training.learning.bottlenecks import completion_network
from training.learning.config import Bottleneck
from training.measuring.costs import Cost


@dataclass(frozen=True, eq=False, slots=True)
class Filled:
    """`rgb`: (N, S, S, 3) float32 0..1; `edges`: (N, S, S) uint8 0..255 drawn in the holes, if any are."""

    rgb: F32
    edges: U8 | None = None


Fill = Callable[[F32, np.ndarray], Filled]
"""`fill(chips, holes)`: (N, S, S, 3) float32 0..1 and (N, S, S) bool, True where the chip holds no truth."""


@dataclass(frozen=True, eq=False, slots=True)
class Costed:
    """A fill that knows what it costs."""

    fill: Fill
    cost: Cost

    def __call__(self, chips: F32, holes: np.ndarray) -> Filled:
        return self.fill(chips, holes)


class TrainedNetworks:
    """Networks straight from training runs, as `engine.runtime.models.FillNetworks`; there is no coarse one."""

    has_coarse = False

    def __init__(self, completion: Path, edges: Path | None, *, device: str = "cpu") -> None:
        """`edges` None: no edges are drawn, the hole's are empty."""
        about = checkpoints.about(completion)
        self.device = device
        self.config = about
        # A run's metadata are strings; older ones do not tell what was not a choice then.
        bottleneck = cast("Bottleneck", about.get("bottleneck", "hybrid"))
        network = completion_network(checkpoints.preset_of(completion), bottleneck)
        self.completion = _ready(network, completion, device)
        self.guided = about.get("edges", "True") == "True"
        self.edges = None
        if edges is not None and self.guided:
            self.edges = _ready(EdgeNetwork(checkpoints.preset_of(edges)), edges, device)

    def draw_edges(self, edges: F32, hole: F32, image: F32) -> F32:
        """See `engine.runtime.models.FillNetworks`."""
        if not self.guided:
            return np.zeros_like(edges)
        if self.edges is None:
            return np.asarray(edges * (1 - hole), np.float32)
        return self._call(self.edges, edges, hole, image)

    def denoise(self, residual: F32, sigma: float, condition: F32, *, role: Role = "fine") -> F32:
        """See `engine.runtime.models.FillNetworks`."""
        return self._call(self.completion, residual, np.full(len(residual), sigma, np.float32), condition)

    def _call(self, network: nn.Module, *arrays: F32) -> F32:
        with torch.inference_mode():
            out = network(*(torch.from_numpy(np.ascontiguousarray(a)).to(self.device) for a in arrays))
        return np.asarray(out.float().cpu().numpy())

    def usual(self, sampling: Sampling) -> Sampling:
        """The choices that such a training asks for: where noise lies, and no first fill if none was learnt."""
        start = float("inf") if self.config.get("formulation") == "ddpm" else sampling.start
        return replace(sampling, start=start, everywhere=self.config.get("noise") == "everywhere")


def _ready(network: nn.Module, weights: Path, device: str) -> nn.Module:
    checkpoints.load_weights(weights, network)
    return network.eval().to(device)


def sharpened(networks: FillNetworks, sampling: Sampling) -> Fill:
    """The engine's sharpening, chip by chip: what its `holes` mark is blurred, the rest lies beyond the photo."""

    def fill(chips: F32, holes: np.ndarray) -> Filled:
        done = []
        for chip, area in zip(chips, holes, strict=True):
            wants = sharpening(softness(chip, area))
            fill = fill_chip(chip, ~area, blurred=area, detail=wants.detail, networks=networks, sampling=sampling)
            done.append(chip + wants.share * (fill.rgb - chip))
        return Filled(np.stack(done).astype(np.float32))

    return fill


def sampled(networks: FillNetworks, sampling: Sampling) -> Fill:
    """The engine's fill, chip by chip."""

    def fill(chips: F32, holes: np.ndarray) -> Filled:
        done = [fill_chip(c, h, networks=networks, sampling=sampling) for c, h in zip(chips, holes, strict=True)]
        return Filled(np.stack([d.rgb for d in done]), np.stack([d.drawn_edges for d in done]))

    return fill
