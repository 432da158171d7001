"""Filling chips by a denoiser with every choice of the sampler open: for ablations and quality curves.

`engine.fill.chips.fill_chip` is what ships; with the same choices both give the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from engine.fill import sampling
from engine.fill.chips import denoiser
from engine.fill.edges import canny, lines
from engine.fill.prefill import push_pull
from engine.fill.schedule import START
from engine.geometry import F32
from engine.networks.edge_network import EdgeNetwork
from engine.request import SamplerName
from engine.runtime.models import Networks
from training.learning import checkpoints
from training.learning.variants import completion_network
from training.measuring.contenders import Fill, Filled


@dataclass(frozen=True, slots=True)
class Sampling:
    """`start`: sigma of the noise that comes in after the first evaluation (inf: the sampler's usual).

    `guidance`: w of `D = D_none + w (D_edges - D_none)`, classifier-free guidance (Ho and Salimans 2022) over the
    edges in the hole, for edge dropout has taught the network to do without; 1 is none, others cost two evaluations.
    `everywhere`: noise on known places too, for networks that were trained so.
    """

    steps: int = 1
    sampler: SamplerName = "dpmpp_2m"
    start: float = START
    seed: int = 0
    guidance: float = 1.0
    everywhere: bool = False


class TrainedNetworks:
    """Networks straight from training runs, as `engine.runtime.models.Networks`."""

    def __init__(self, completion: Path, edges: Path | None, *, device: str = "cpu") -> None:
        """`edges` None: no edges are drawn, the hole's are empty."""
        about = checkpoints.about(completion)
        self.device = device
        self.config = about
        # A run's metadata are strings; older ones do not tell what was not a choice then.
        network = completion_network(checkpoints.preset_of(completion), about.get("bottleneck", "hybrid"))  # type: ignore[arg-type]
        self.completion = _ready(network, completion, device)
        self.guided = about.get("edges", "True") == "True"
        self.edges = None
        if edges is not None and self.guided:
            self.edges = _ready(EdgeNetwork(checkpoints.preset_of(edges)), edges, device)

    def draw_edges(self, edges: F32, hole: F32, image: F32) -> F32:
        """See `engine.runtime.models.Networks`."""
        if not self.guided:
            return np.zeros_like(edges)
        if self.edges is None:
            return np.asarray(edges * (1 - hole), np.float32)
        return self._call(self.edges, edges, hole, image)

    def denoise(self, residual: F32, sigma: float, condition: F32) -> F32:
        """See `engine.runtime.models.Networks`."""
        return self._call(self.completion, residual, np.full(len(residual), sigma, np.float32), condition)

    def _call(self, network: nn.Module, *arrays: F32) -> F32:
        with torch.inference_mode():
            out = network(*(torch.from_numpy(np.ascontiguousarray(a)).to(self.device) for a in arrays))
        return np.asarray(out.float().cpu().numpy())

    def usual(self, sampling: Sampling) -> Sampling:
        """The choices that such a training asks for: where noise lies, and no first fill if none was learnt."""
        start = np.inf if self.config.get("formulation") == "ddpm" else sampling.start
        return Sampling(
            sampling.steps,
            sampling.sampler,
            float(start),
            sampling.seed,
            sampling.guidance,
            everywhere=self.config.get("noise") == "everywhere",
        )


def _ready(network: nn.Module, weights: Path, device: str) -> nn.Module:
    checkpoints.load_weights(weights, network)
    return network.eval().to(device)


def sampled(networks: Networks, choice: Sampling) -> Fill:
    """A fill that samples with `choice`; chips of one call are sampled together."""

    def fill(chips: F32, holes: np.ndarray) -> Filled:
        missing = holes.astype(np.float32)[:, None]
        image = np.ascontiguousarray(chips.transpose(0, 3, 1, 2) * 2 - 1, np.float32)
        prefill: F32 = push_pull(image, 1 - missing)
        guide = _guide(networks, prefill, missing, image)
        conditions = [np.concatenate((prefill, missing, guide), 1)]
        if choice.guidance != 1:
            conditions.append(np.concatenate((prefill, missing, guide * (1 - missing)), 1))

        guided = [denoiser(networks, condition) for condition in conditions]

        def denoise(x: F32, sigma: float) -> F32:
            found = [each(x, sigma) for each in guided]
            if len(found) == 1:
                return found[0]
            return np.asarray(found[1] + choice.guidance * (found[0] - found[1]), np.float32)

        area = np.ones_like(missing) if choice.everywhere else missing
        *_, last = sampling.run(
            denoise, area, steps=choice.steps, sampler=choice.sampler, seed=choice.seed, start=choice.start
        )
        rgb = ((prefill + last.denoised).transpose(0, 2, 3, 1) + 1) / 2
        drawn = [np.where(h, lines(g[0]), 0).astype(np.uint8) for g, h in zip(guide, holes, strict=True)]
        return Filled(np.where(holes[..., None], rgb, chips).clip(0, 1).astype(np.float32), np.stack(drawn))

    return fill


def _guide(networks: Networks, prefill: F32, missing: F32, image: F32) -> F32:
    """(N, 1, S, S): edges as the engine makes them, in the hole drawn by the edge network."""
    wide = torch.nn.functional.max_pool2d(torch.from_numpy(missing), 3, 1, 1).numpy()  # as in training
    seen = []
    for picture, hole in zip(prefill, missing, strict=True):
        rgb = np.ascontiguousarray(np.rint(((picture.transpose(1, 2, 0) + 1) * 127.5).clip(0, 255)).astype(np.uint8))
        seen.append(canny(rgb, np.where(hole[0] > 0, 0, 255).astype(np.uint8)))
    visible = (np.stack(seen)[:, None] / 255).astype(np.float32)
    return networks.draw_edges(visible, wide, image)
