"""What a training run is: one frozen value, from a preset and the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

from engine.geometry import COARSE
from engine.networks.presets import Preset
from training.errors import ConfigError

Stage = Literal["edges", "coarse", "fine", "framing", "damage", "pic", "rfr"]
STAGES: tuple[Stage, ...] = get_args(Stage)
Optimizer = Literal["adamw", "adam", "muon"]
Formulation = Literal["transport", "denoise", "ddpm"]
Bottleneck = Literal["hybrid", "dilated", "plain"]
NoiseArea = Literal["hole", "everywhere"]
Part = Literal["all", "refinement"]

USUAL: Mapping[Stage, Mapping[str, Any]] = {
    "coarse": {"size": COARSE, "batch": 32, "lr": 7e-4, "optimizer": "muon", "warmup": 300},
    "fine": {
        "batch": 12,
        "lr": 4e-4,
        "optimizer": "muon",
        "warmup": 300,
        "blurred": 0.45,
        "adversarial": 0.5,
        "critic_lr": 3e-4,
    },
    "damage": {"batch": 24, "lr": 5e-3, "optimizer": "muon", "warmup": 100, "masks": 4000},
}
"""What a stage takes where nothing else is said, if it is not `TrainConfig`'s default."""


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """Settings of one stage, each with what `train --help` says of it; `usual` makes what the stage usually takes."""

    stage: Stage
    preset: Annotated[Preset, "the networks' size"] = "base"
    size: Annotated[int, "side of the chips that are trained on, in pixels"] = 256
    batch: Annotated[int, "chips that a process sees at once"] = 16
    accumulate: Annotated[int, "batches of each process whose gradients make one step"] = 1
    lr: Annotated[float, "learning rate"] = 4e-4
    optimizer: Annotated[Optimizer, "muon: for the convolutions, adamw for the rest"] = "adamw"
    warmup: Annotated[int, "steps over which the learning rate and the critic's say rise"] = 200
    masks: Annotated[int, "holes in the bank, half of them wide"] = 4000
    mean: Annotated[float, "coarse, fine: share of a batch that learns the mean; 1: that alone, before all else"] = 0.35
    blurred: Annotated[float, "fine: share of a batch that is blurred instead of holed"] = 0.0
    formulation: Annotated[
        Formulation,
        "coarse, fine: what the rest of a batch learns; transport: from the mean to a real face, under a critic;"
        " denoise: as a diffusion model; ddpm: the paper's loss, for the whole batch",
    ] = "transport"
    adversarial: Annotated[float, "coarse, fine: weight of the critic's judgement"] = 1.0
    critic_lr: Annotated[float, "coarse, fine: the critic's learning rate"] = 4e-4
    edges: Annotated[bool, "coarse, fine: without, the edge channel is empty"] = True
    bottleneck: Annotated[
        Bottleneck, "coarse, fine; dilated: without the hybrid attention; plain: not dilated either"
    ] = "hybrid"
    noise: Annotated[NoiseArea, "coarse, fine: where it lies; everywhere: as in an ordinary diffusion model"] = "hole"
    part: Annotated[
        Part, "fine: what of the network learns; refinement: what finishes the mean alone, with --mean 1 --blurred 1"
    ] = "all"
    half_life: Annotated[
        int, "images after which a weight counts half in the moving average; a third and twice as many are kept too"
    ] = 15_000
    seed: Annotated[int, "of all that is drawn at random"] = 0

    def __post_init__(self) -> None:
        """Raises `ConfigError` for settings that do not go together."""
        if self.stage == "coarse" and self.size != COARSE:
            raise ConfigError(f"the coarse network's chips are {COARSE} pixels wide, not {self.size}")
        if self.part != "all" and self.stage != "fine":
            raise ConfigError(f"--part {self.part} is of the fine network, not of {self.stage}")
        for name in ("mean", "blurred"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigError(f"--{name} is a share of a batch, from 0 to 1")

    @property
    def judged(self) -> bool:
        """Whether a critic takes part."""
        return self.formulation == "transport" and self.mean < 1


def usual(stage: Stage, **given: Any) -> TrainConfig:
    """The settings that a stage usually takes, over which those that are `given` go."""
    return TrainConfig(stage=stage, **(dict(USUAL.get(stage, {})) | given))
