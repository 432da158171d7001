"""What a training run is: one frozen value, from a preset and the command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from engine.networks.edge import Preset

Stage = Literal["edges", "completion", "framing", "pic", "rfr"]
STAGES: tuple[Stage, ...] = get_args(Stage)
Formulation = Literal["residual", "ddpm"]
Bottleneck = Literal["hybrid", "dilated", "plain"]
NoiseArea = Literal["hole", "everywhere"]


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """Settings of one stage.  Defaults suit a CPU; `on_gpu` those of a large one."""

    stage: Stage
    preset: Preset = "base"
    size: int = 256
    """Side of the chips trained on, in pixels."""
    batch: int = 16
    """Chips a process sees at once."""
    accumulate: int = 1
    """Batches of each process whose gradients make one step."""
    lr: float = 4e-4
    optimizer: Literal["adamw", "adam"] = "adamw"
    warmup: int = 200
    """Steps over which the learning rate rises."""
    masks: int = 4000
    """Holes in the bank."""
    noisy: float = 0.0
    """Share of the completion batch with a finite sigma; the rest is the sigma = infinity case."""
    formulation: Formulation = "residual"
    """`ddpm`: the paper's epsilon loss on the picture's noise, instead of the robust loss on the residual."""
    edges: bool = True
    """False: the completion network gets an empty edge channel."""
    bottleneck: Bottleneck = "hybrid"
    """`dilated`: the parallel dilated convolutions without hybrid attention; `plain`: not dilated either."""
    noise: NoiseArea = "hole"
    """`everywhere`: the completion network sees known places noisy too, as an ordinary diffusion model does."""
    adversarial: float = 0.0
    """Weight of an adversarial term on the completion network's estimate."""
    perceptual: float = 0.0
    """Weight of a perceptual term on it."""
    late: int = 0
    """Images to be seen before these two terms come in."""
    half_life: int = 10_000
    """Images after which a weight counts half in the moving average (shorter at the start)."""
    seed: int = 0
