"""The methods that are measured against each other, each as one callable on chips."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast, get_args

import numpy as np

from engine.types import F32, U8, SamplerName
from training.errors import TrainingError

if TYPE_CHECKING:
    from engine.models import Models

CLASSICAL = ("telea", "ns", "patchmatch", "biharmonic")
_OURS = re.compile(r"ours-(\d+)(?::(\w+))?")


class MethodError(TrainingError):
    """A method that does not exist was asked for."""


@dataclass(frozen=True, eq=False, slots=True)
class Filled:
    """`rgb`: (N, S, S, 3) float32 0..1; `edges`: (N, S, S) uint8 0..255 drawn in the holes, if any are."""

    rgb: F32
    edges: U8 | None = None


Fill = Callable[[F32, np.ndarray], Filled]
"""`fill(chips, holes)`: (N, S, S, 3) float32 0..1 and (N, S, S) bool, True where the chip holds no truth."""


def contenders(
    names: list[str],
    *,
    folder: Path | None = None,
    backend: Literal["onnx", "torch"] = "onnx",
    device: str = "auto",
    seed: int = 0,
) -> dict[str, Fill]:
    """The fills by name: those in `CLASSICAL`, `ours-N` with N evaluations, `ours-N:SAMPLER`.

    `folder`: where the exported networks lie, None: those that ship; they are loaded if `names` need them.
    Raises `MethodError` for other names, and what `engine.load_models` raises.
    """
    for name in names:
        _check(name)
    fills: dict[str, Fill] = {}
    models: Models | None = None
    for name in names:
        if name in CLASSICAL:
            fills[name] = _classical(name)
            continue
        if models is None:
            from engine.models import load_models

            models = load_models(device=device, backend=backend, folder=folder)
        fills[name] = _ours(name, models, seed)
    return fills


def _check(name: str) -> None:
    ours = _OURS.fullmatch(name)
    if name in CLASSICAL or (ours and int(ours[1]) > 0 and ours[2] in (None, *get_args(SamplerName))):
        return
    raise MethodError(
        f"there is no method {name!r}; choose from {', '.join(CLASSICAL)}, ours-N and ours-N:SAMPLER "
        f"(samplers: {', '.join(get_args(SamplerName))})"
    )


def _classical(method: str) -> Fill:
    if method == "biharmonic":
        return _biharmonic
    from engine import classical

    def fill(chips: F32, holes: np.ndarray) -> Filled:
        pictures = np.rint(chips * 255).astype(np.uint8)
        masks = np.where(holes, 255, 0).astype(np.uint8)
        filled = [classical.fill(p, m, method=method) for p, m in zip(pictures, masks, strict=True)]
        return Filled((np.stack(filled) / 255).astype(np.float32))

    return fill


def _biharmonic(chips: F32, holes: np.ndarray) -> Filled:
    """The smooth interpolation of scikit-image (Damelin and Hoang 2018)."""
    from skimage.restoration import inpaint_biharmonic

    filled = [inpaint_biharmonic(c, h, channel_axis=-1) for c, h in zip(chips, holes, strict=True)]
    return Filled(np.stack(filled).astype(np.float32))


def _ours(name: str, models: Models, seed: int) -> Fill:
    from engine.chips import fill_chip

    ours = _OURS.fullmatch(name)
    assert ours is not None
    steps, sampler = int(ours[1]), cast("SamplerName", ours[2] or "dpmpp_2m")

    def fill(chips: F32, holes: np.ndarray) -> Filled:
        done = [
            fill_chip(chip, hole, models, steps=steps, sampler=sampler, seed=seed)
            for chip, hole in zip(chips, holes, strict=True)
        ]
        return Filled(np.stack([d.rgb for d in done]), np.stack([d.drawn_edges for d in done]))

    return fill
