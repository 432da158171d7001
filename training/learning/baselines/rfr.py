"""RFR, recurrent feature reasoning (Li, Wang, Zhang, Du and Tao, CVPR 2020), from the paper.

The hole is closed from its rim inwards: in each of six recurrences partial convolutions say which places come next
(section 3.1), one and the same encoder and decoder reasons about their features, its attention consistent with the
recurrence before (3.2), and at the end the features of all recurrences are merged where they were known.

The blocks and sizes are our own; the attention's scores are those of the authors' code.  What no recurrence reached
the last one draws, where the authors' leave it grey.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.networks.blocks import Conv, ResidualBlock, norm, zeroed

RECURRENCES = 6

_SIZES = {"small": (32, (64, 144, 264, 264)), "base": (64, (128, 288, 448, 448))}
"""Of a preset: channels that recur, on the grid of half the chip, and of the reasoning at each halving from there."""

_SMALLEST = 1e-6


class PartialConv(nn.Module):
    """A convolution of what is known only (Liu et al. 2018)."""

    window: Tensor

    def __init__(self, inputs: int, outputs: int, *, kernel: int, stride: int = 1) -> None:
        super().__init__()
        self.stride, self.padding, self.area = stride, kernel // 2, kernel**2
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, bias=False)
        self.bias = nn.Parameter(torch.zeros(1, outputs, 1, 1))
        self.register_buffer("window", torch.ones(1, 1, kernel, kernel), persistent=False)

    def forward(self, x: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
        """(N, inputs, H, W), (N, 1, H, W) 0/1 -> the same on the new grid; more is known."""
        seen = F.conv2d(known, self.window, stride=self.stride, padding=self.padding)
        # a place is known once any place under its window is
        reached = (seen > 0.5).to(x.dtype)
        # f* = W^T (f . m) sum(1) / sum(m) + b where sum(m) > 0, else 0
        share = (self.area / seen.clamp(min=1)).to(x.dtype)
        return (self.conv(x * known) * share + self.bias) * reached, reached


class Identification(nn.Module):
    """Two partial convolutions in a row: what lies within their reach of the known is what this recurrence infers."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first, self.second = (PartialConv(channels, channels, kernel=7) for _ in range(2))
        self.norm = norm(channels)

    def forward(self, x: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
        x, known = self.first(x, known)
        x, known = self.second(F.relu(x), known)
        return F.relu(self.norm(x)), known


class ConsistentAttention(nn.Module):
    """Knowledge-consistent attention: scores go on from those of the recurrence before (section 3.2)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.keep = nn.Parameter(torch.zeros(1))
        self.fuse = nn.Conv2d(2 * channels, channels, 1)

    def forward(self, x: Tensor, known: Tensor, before: tuple[Tensor, Tensor] | None) -> tuple[Tensor, Tensor]:
        """(N, C, h, w), (N, 1, h, w) and the last (scores, known) -> features, and the scores (N, hw, h, w)."""
        n, _, h, w = x.shape
        flat = x.float().flatten(2)
        # how well each place goes with each other; cosines, as the paper has it, would leave all shares nearly alike
        scores = (F.normalize(flat, dim=1).transpose(1, 2) @ flat).reshape(n, h * w, h, w)
        # summed over the neighbours of the place that looks
        scores = 9 * F.avg_pool2d(scores, 3, 1, 1)
        # of all places looked at, shares that sum to one
        scores = torch.softmax(scores, 1)
        if before is not None:
            # lambda score' + (1 - lambda) score of before, where it was known already
            share = torch.sigmoid(self.keep) * before[1].float()
            scores = (1 - share) * scores + share * before[0]
        # what each place gathers, then both fused
        gathered = (x.float().flatten(2) @ scores.flatten(2)).reshape(x.shape).to(x.dtype)
        fused: Tensor = self.fuse(torch.cat((x, gathered), 1))
        return fused, scores


class Reasoning(nn.Module):
    """An encoder and decoder with skips; attention on a grid four times coarser than its own."""

    def __init__(self, channels: int, widths: tuple[int, ...]) -> None:
        super().__init__()
        before = (channels, *widths[:-1])
        self.halve = nn.ModuleList(Conv(a, b, stride=2) for a, b in zip(before, widths, strict=True))
        self.down = nn.ModuleList(ResidualBlock(w, w) for w in widths)
        self.up = nn.ModuleList(
            ResidualBlock(a + b, b) for a, b in zip(reversed(widths), reversed(before), strict=True)
        )
        self.attention = ConsistentAttention(widths[1])

    def forward(self, x: Tensor, known: Tensor, before: tuple[Tensor, Tensor] | None) -> tuple[Tensor, Tensor, Tensor]:
        """(N, channels, H, W), (N, 1, H, W) -> features as they came in, the attention's scores, its known places."""
        levels = [x]
        for halve, block in zip(self.halve, self.down, strict=True):
            levels.append(block(halve(levels[-1])))
        y, scores, places = levels[-1], x, known
        for depth, block in zip(reversed(range(len(self.up))), self.up, strict=True):
            y = block(torch.cat((F.interpolate(y, scale_factor=2.0, mode="nearest"), levels[depth]), 1))
            if depth == 2:
                places = F.adaptive_max_pool2d(known, list(y.shape[2:]))
                y, scores = self.attention(y, places, before)
        return y, scores, places


class RFR(nn.Module):
    """The whole: in, recurrences on half the grid, merging, out."""

    def __init__(self, preset: str = "base") -> None:
        super().__init__()
        channels, widths = _SIZES[preset]
        self.enter1 = PartialConv(3, channels, kernel=7, stride=2)
        self.enter2 = PartialConv(channels, channels, kernel=7)
        self.identify = Identification(channels)
        self.reason = Reasoning(channels, widths)
        self.grow = Conv(channels, channels // 2)
        self.tail = ResidualBlock(channels // 2 + 4, channels)
        self.leave = zeroed(Conv(channels, 3))

    def forward(self, image: Tensor, hole: Tensor) -> Tensor:
        """(N, 3, H, W) in -1..1 and (N, 1, H, W), sides multiples of 32 -> the picture with its hole filled."""
        return torch.where(hole > 0, self.draw(image, hole), image)

    def draw(self, image: Tensor, hole: Tensor) -> Tensor:
        """The picture that the network draws, known places too: its loss sees both."""
        x, known = self.enter1(image * (1 - hole), 1 - hole)
        x, known = self.enter2(F.relu(x), known)
        x = F.relu(x)
        total = torch.zeros_like(x)
        count = torch.zeros_like(known)
        before: tuple[Tensor, Tensor] | None = None
        for recurrence in range(RECURRENCES):
            x, known = self.identify(x, known)
            x, scores, places = self.reason(x, known, before)
            before = scores, places
            # the mean over the recurrences in which a place was known; the last one speaks for the rest
            counts = torch.ones_like(known) if recurrence == RECURRENCES - 1 else known
            total, count = total + counts * x, count + counts
        merged = total / count.clamp(min=_SMALLEST)
        merged = F.silu(self.grow(F.interpolate(merged, scale_factor=2.0, mode="nearest")))
        full = self.tail(torch.cat((merged, image * (1 - hole), hole), 1))
        picture: Tensor = torch.tanh(self.leave(F.silu(full)).float())
        return picture
