"""What a training run is: one frozen value, from a preset and the command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from engine.networks.presets import Preset
from training.errors import ConfigError

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
    refine: float = 0.0
    """Share of the completion batch that goes on from the network's own first fill and learns to sharpen it."""
    adversarial: float = 0.0
    """Weight of an adversarial term on what was sharpened; the first fill stays the one of least error."""
    perceptual: float = 0.0
    """Weight of a perceptual term on it."""
    late: int = 0
    """Images to be seen before `refine` comes in."""
    half_life: int = 10_000
    """Images after which a weight counts half in the moving average (shorter at the start)."""
    seed: int = 0

    def __post_init__(self) -> None:
        """Raises `ConfigError` for settings that do not go together."""
        if (self.adversarial or self.perceptual) and not self.refine:
            raise ConfigError("an adversarial or perceptual term needs --refine, the share that it acts on")
        if self.refine and self.formulation == "ddpm":
            raise ConfigError("--refine goes on from a first fill, which the ddpm formulation does not learn")
