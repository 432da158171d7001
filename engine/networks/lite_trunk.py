"""EfficientNet-Lite0's trunk: inverted residual blocks that were taught on ImageNet what pictures show.

EfficientNet: Tan and Le 2019; the blocks: Sandler et al. 2018.  "Lite" has neither squeeze-and-excitation nor swish.
`training/learning/imagenet.py` puts the published weights in, each batch normalisation folded into the convolution
before it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

CHANNELS = (16, 24, 40, 112, 320)
STRIDES = (2, 4, 8, 16, 32)
SPREAD = (13.2, 13.2, 8.1, 4.3, 1.56)
"""Of each scale that the trunk gives: channels, stride, standard deviation over photos."""

_STAGES = ((1, 3, 1, 16), (6, 3, 2, 24), (6, 5, 2, 40), (6, 3, 3, 80), (6, 5, 3, 112), (6, 5, 4, 192), (6, 3, 1, 320))
"""(expansion, kernel, blocks, channels)"""
_ENDS = (1, 3, 5, 11, 16)  # how many blocks there are down to the end of each scale


class _Conv(nn.Conv2d):
    """A convolution padded as TensorFlow pads it: where what is needed is odd, more below and on the right."""

    def __init__(self, inputs: int, outputs: int, side: int = 1, *, stride: int = 1, groups: int = 1) -> None:
        pad = max(0, side - stride)
        even = pad % 2 == 0
        super().__init__(inputs, outputs, side, stride, padding=pad // 2 if even else 0, groups=groups)
        self._before = (0, 0, 0, 0) if even else (pad // 2, pad - pad // 2) * 2

    def forward(self, x: Tensor) -> Tensor:
        x = F.pad(x, self._before) if any(self._before) else x
        if self.groups == 1 or not self.weight.requires_grad or x.device.type != "cpu":
            return super().forward(x)
        with torch.autocast("cpu", enabled=False):  # a depthwise kernel's gradient takes many times as long in bf16
            return super().forward(x.float())


class _Inverted(nn.Module):
    """An inverted residual block: widen, convolve each channel by itself, narrow."""

    def __init__(self, inputs: int, outputs: int, side: int, *, expansion: int, stride: int) -> None:
        super().__init__()
        wide = inputs * expansion
        self.expand = _Conv(inputs, wide) if expansion > 1 else None
        self.depthwise = _Conv(wide, wide, side, stride=stride, groups=wide)
        self.project = _Conv(wide, outputs)
        self.skips = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        wide = x if self.expand is None else F.relu6(self.expand(x))
        out: Tensor = self.project(F.relu6(self.depthwise(wide)))
        return x + out if self.skips else out


class LiteTrunk(nn.Module):
    """The first `scales` of five; `planes`: of its picture, 3 for RGB or 1 for grey."""

    def __init__(self, scales: int = 5, *, planes: int = 3) -> None:
        super().__init__()
        self.stem = _Conv(planes, 32, 3, stride=2)
        blocks: list[_Inverted] = []
        width = 32
        for expansion, side, count, outputs in _STAGES:
            for _ in range(count):
                stride = 2 if len(blocks) in _ENDS else 1
                blocks.append(_Inverted(width, outputs, side, expansion=expansion, stride=stride))
                width = outputs
        self.blocks = nn.ModuleList(blocks[: _ENDS[scales - 1]])

    def forward(self, picture: Tensor) -> list[Tensor]:
        """(N, planes, H, W) in -1..1, sides multiples of the last stride -> (N, C, H/s, W/s) of each scale."""
        x, found = F.relu6(self.stem(picture)), []
        for count, block in enumerate(self.blocks, 1):
            x = block(x)
            if count in _ENDS:
                found.append(x)
        return found

    def freeze(self, scales: int) -> None:
        """Let the stem and the blocks of so many scales learn no more."""
        self.stem.requires_grad_(False)
        for block in self.blocks[: _ENDS[scales - 1]]:
            block.requires_grad_(False)
