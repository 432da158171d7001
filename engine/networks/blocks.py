"""The building blocks that the networks share.

Everything that holds weights is a convolution (attention and embeddings use 1x1 ones), so that an exported
graph keeps the parameters' names and layouts.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Conv(nn.Conv2d):
    """An ordinary 3x3 convolution; stride 2 halves the grid."""

    def __init__(self, inputs: int, outputs: int, *, stride: int = 1) -> None:
        super().__init__(inputs, outputs, 3, stride=stride, padding=1)


def norm(channels: int) -> nn.GroupNorm:
    """Group normalisation with groups of at least four channels, at most 32 groups."""
    return nn.GroupNorm(math.gcd(32, channels // 4), channels)


def zeroed(conv: nn.Conv2d) -> nn.Conv2d:
    """Start a branch at zero, so that a fresh network is the identity around it."""
    nn.init.zeros_(conv.weight)
    if conv.bias is not None:
        nn.init.zeros_(conv.bias)
    return conv


class ResidualBlock(nn.Module):
    """`x + conv(conv(x))`, the second convolution scaled and shifted by the noise level's embedding."""

    def __init__(self, inputs: int, outputs: int, *, embedding: int = 0) -> None:
        super().__init__()
        self.norm1, self.conv1 = norm(inputs), Conv(inputs, outputs)
        self.norm2, self.conv2 = norm(outputs), zeroed(Conv(outputs, outputs))
        self.modulate = zeroed(nn.Conv2d(embedding, 2 * outputs, 1)) if embedding else None
        self.skip = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, x: Tensor, embedding: Tensor | None = None) -> Tensor:
        """(N, inputs, H, W), (N, embedding, 1, 1) -> (N, outputs, H, W)."""
        h = self.norm2(self.conv1(F.silu(self.norm1(x))))
        if self.modulate is not None:
            scale, shift = self.modulate(embedding).chunk(2, 1)
            h = h * (1 + scale) + shift
        out: Tensor = self.skip(x) + self.conv2(F.silu(h))
        return out


class ResidualConv(nn.Module):
    """The paper's residual convolution: one 3x3 convolution with a skip around it."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = norm(channels)
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = x + self.conv(F.silu(self.norm(x)))
        return out


class SelfAttention(nn.Module):
    """Every place of the grid looks at every other (Vaswani et al. 2017), added to what comes in."""

    def __init__(self, channels: int, *, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.norm = norm(channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = zeroed(nn.Conv2d(channels, channels, 1))

    def forward(self, x: Tensor) -> Tensor:
        n, c, h, w = x.shape
        q, k, v = self.qkv(self.norm(x)).reshape(n, 3, self.heads, c // self.heads, h * w).unbind(1)
        weights = torch.softmax(q.transpose(-1, -2) @ k * (c // self.heads) ** -0.5, -1)
        mixed: Tensor = self.out((v @ weights.transpose(-1, -2)).reshape(n, c, h, w))
        return x + mixed


class HybridAttention(nn.Module):
    """Channel attention, then spatial attention (Guo et al. 2024, after CBAM, Woo et al. 2018)."""

    def __init__(self, channels: int, *, reduction: int = 8) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, channels // reduction, 1)
        self.excite = nn.Conv2d(channels // reduction, channels, 1)
        self.place = nn.Conv2d(2, 1, 7, padding=3)

    def forward(self, x: Tensor) -> Tensor:
        pooled = (x.mean((2, 3), keepdim=True), x.amax((2, 3), keepdim=True))
        x = x * torch.sigmoid(sum(self.excite(F.silu(self.squeeze(p))) for p in pooled))
        seen = torch.cat((x.mean(1, keepdim=True), x.amax(1, keepdim=True)), 1)
        return x * torch.sigmoid(self.place(seen))


class DilatedFusion(nn.Module):
    """3x3 convolutions of dilation 1, 2, 4, 8 side by side, fused by hybrid attention, added to the input.

    The attention sees all branches together: it gives plain concatenation the channel correlation that it
    lacks (Guo et al. 2024).  Fields of view: 3, 7, 15 and 31 places (with the layer before).
    """

    DILATIONS = (1, 2, 4, 8)

    def __init__(self, channels: int) -> None:
        super().__init__()
        branch = channels // 2
        self.norm = norm(channels)
        self.branches = nn.ModuleList(nn.Conv2d(channels, branch, 3, padding=d, dilation=d) for d in self.DILATIONS)
        self.attention: nn.Module = HybridAttention(4 * branch)
        self.fuse = zeroed(nn.Conv2d(4 * branch, channels, 1))

    def forward(self, x: Tensor) -> Tensor:
        h = F.silu(self.norm(x))
        fused: Tensor = self.fuse(self.attention(torch.cat([F.silu(b(h)) for b in self.branches], 1)))
        return x + fused


class LevelEmbedding(nn.Module):
    """Noise level -> vector: Fourier features of `ln(sigma) / 4`, then two layers (Karras et al. 2022)."""

    def __init__(self, outputs: int, *, features: int = 32) -> None:
        super().__init__()
        self.features = features
        self.hidden = nn.Conv2d(2 * features, outputs, 1)
        self.out = nn.Conv2d(outputs, outputs, 1)

    def forward(self, level: Tensor) -> Tensor:
        """(N, 1, 1, 1) -> (N, outputs, 1, 1)."""
        rates = torch.arange(self.features, device=level.device, dtype=torch.float32).reshape(1, -1, 1, 1)
        angles = level.float() * torch.exp(rates * (math.log(100.0) / self.features))
        waves = torch.cat((angles.cos(), angles.sin()), 1).to(self.hidden.weight.dtype)
        return F.silu(self.out(F.silu(self.hidden(waves))))
