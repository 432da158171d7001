"""Checkpoints: weights, their moving average and the optimizer's state, written so that a kill loses nothing."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from safetensors.torch import save as to_bytes
from torch import Tensor, nn

from engine.atomic import atomic_file
from engine.networks.presets import PRESETS, Preset
from training.errors import WeightsError


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
    """Write a checkpoint whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path, overwrite=True) as file:
        file.write(_in_memory(state))


def _in_memory(state: dict[str, Any]) -> memoryview:
    """What torch writes; straight to a full disk it would fail with a sentence about its own insides."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return buffer.getbuffer()


def load(path: Path) -> dict[str, Any]:
    """Read what `save` wrote, tensors (on the CPU) and plain values only."""
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state


def save_weights(path: Path, weights: dict[str, Tensor], metadata: dict[str, str]) -> None:
    """Write weights as fp16 safetensors, the form that ships.  Raises WeightsError for what fp16 cannot hold."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = {k: v.detach().cpu().half().contiguous() for k, v in weights.items()}
    for name, weight in half.items():
        if not weight.isfinite().all():
            raise WeightsError(f"{name} holds what fp16 cannot: the training has gone astray; {path} was not written")
    with atomic_file(path, overwrite=True) as file:
        file.write(to_bytes(half, metadata))


def load_weights(path: Path, network: nn.Module) -> None:
    """Read shipped weights into a network of the same preset.  Raises WeightsError."""
    with _reading(path):
        weights = load_file(path)
    try:
        network.load_state_dict({k: v.float() for k, v in weights.items()})
    except RuntimeError:
        raise WeightsError(f"{path} holds the weights of another network or preset") from None


def about(path: Path) -> dict[str, str]:
    """The settings of the run that made a weights file.  Raises WeightsError."""
    with _reading(path), safe_open(path, "pt") as file:
        return dict(file.metadata() or {})


def images_of(path: Path) -> int:
    """How many images a weights file has seen, 0 if it does not say.  Raises WeightsError."""
    images = about(path).get("images", "0")
    return int(images) if images.isdecimal() else 0


def preset_of(path: Path) -> Preset:
    """Which preset a weights file was trained as.  Raises WeightsError."""
    preset = about(path).get("preset", "")
    if preset not in PRESETS:
        raise WeightsError(f"{path} does not say which preset it is")
    return preset


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, SafetensorError) as error:
        raise WeightsError(f"{path} cannot be read as weights: {error}") from error
