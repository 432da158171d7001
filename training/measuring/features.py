"""Features of faces from a network that others trained: the backbone of CenterFace, which the engine ships with.

Papers take VGG's or AlexNet's features, whose weights must be downloaded.  CenterFace's MobileNetV2 was trained to
find faces and their landmarks on WIDER FACE and lies beside the networks already.  It only measures: no network is
trained against it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional as F

from engine.runtime.catalog import DETECTOR, read_catalog

_TAPS = ("365", "387", "413", "474")
"""Outputs of the graph that are taken: strides 2, 4, 8, 16; 32, 24, 32, 96 channels."""

_EPSILON = 1e-8


class FaceFeatures(nn.Module):
    """The backbone up to stride 16, frozen."""

    def __init__(self) -> None:
        super().__init__()
        graph = onnx.load(read_catalog().checked(DETECTOR)).graph
        stored = {t.name: t for t in graph.initializer}
        self._plan: list[tuple[str, list[str], str, dict[str, Any]]] = []
        for node in graph.node:
            options: dict[str, Any] = {}
            if node.op_type == "Conv":
                given = {a.name: list(a.ints) or a.i for a in node.attribute}
                options = {"stride": given["strides"], "padding": given["pads"][:2], "groups": given["group"]}
                for name in node.input[1:]:
                    self.register_buffer(_key(name), torch.from_numpy(np.array(numpy_helper.to_array(stored[name]))))
            self._plan.append((node.op_type, list(node.input), node.output[0], options))
            if node.output[0] == _TAPS[-1]:
                break
        self._input = graph.input[0].name

    def forward(self, picture: Tensor) -> list[Tensor]:
        """(N, 3, H, W) RGB in -1..1, sides multiples of 32 -> four (N, C, H/s, W/s), coarser and coarser."""
        found = {self._input: (picture.float() + 1) * 127.5}
        with torch.autocast(picture.device.type, enabled=False):
            for kind, inputs, output, options in self._plan:
                x = found[inputs[0]]
                if kind == "Conv":
                    weight, bias = (self.get_buffer(_key(name)) for name in inputs[1:])
                    found[output] = F.conv2d(x, weight, bias, **options)
                else:
                    found[output] = F.relu(x) if kind == "Relu" else x + found[inputs[1]]
        return [found[tap] for tap in _TAPS]


@cache
def face_features() -> FaceFeatures:
    """The one that measures share."""
    return FaceFeatures().eval()


def _key(name: str) -> str:
    return name.replace(".", "_")


def perceptual(made: list[Tensor], true: list[Tensor]) -> Tensor:
    """(N,): the distance of LPIPS (Zhang et al. 2018, eq. 1) with all channels weighted alike.

    Features are normalised over the channels at each place; squared distances are averaged over places, then scales.
    """
    distances = [((_unit(a) - _unit(b)) ** 2).sum(1).mean((1, 2)) for a, b in zip(made, true, strict=True)]
    return torch.stack(distances).mean(0)


def _unit(features: Tensor) -> Tensor:
    return features / torch.sqrt((features**2).sum(1, keepdim=True) + _EPSILON)
