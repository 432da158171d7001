"""Checkpoints: weights, their moving average and the optimizer's state, written so that a kill loses nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from engine.networks.edge import PRESETS, Preset
from training.errors import SourceError


class MovingAverage:
    """Exponential moving average of the weights; its half-life is at most a twentieth of the images seen."""

    def __init__(self, network: nn.Module, half_life: int) -> None:
        self.half_life = half_life
        self.weights = {k: v.detach().clone() for k, v in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network: nn.Module, *, images: int, batch: int) -> None:
        """Move towards the network's weights after a step of `batch` images, `images` in all."""
        keep = 0.5 ** (batch / max(1.0, min(self.half_life, images / 20)))
        mine, theirs = list(self.weights.values()), list(network.state_dict().values())
        torch._foreach_lerp_(mine, theirs, 1 - keep)


def save(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint through a temporary file beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    torch.save(state, part)
    os.replace(part, path)


def load(path: Path) -> dict[str, Any]:
    """Read what `save` wrote, tensors (on the CPU) and plain values only."""
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state


def save_weights(path: Path, weights: dict[str, Tensor], metadata: dict[str, str]) -> None:
    """Write weights as fp16 safetensors, the form that ships."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = {k: v.detach().cpu().half().contiguous() for k, v in weights.items()}
    part = path.with_suffix(".part")
    save_file(half, part, metadata)
    os.replace(part, path)


def load_weights(path: Path, network: nn.Module) -> None:
    """Read shipped weights into a network of the same preset."""
    network.load_state_dict({k: v.float() for k, v in load_file(path).items()})


def about(path: Path) -> dict[str, str]:
    """The settings of the run that made a weights file.  Raises `SourceError` if it is no such file."""
    try:
        with safe_open(path, "pt") as file:
            return dict(file.metadata() or {})
    except (OSError, SafetensorError) as error:
        raise SourceError(f"{path} is not a weights file of a training run") from error


def preset_of(path: Path) -> Preset:
    """Which preset a weights file was trained as."""
    preset = about(path).get("preset", "")
    if preset not in PRESETS:
        raise SourceError(f"{path} does not say which preset it is")
    return preset
