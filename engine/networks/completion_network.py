"""Stage 2, the completion networks: denoisers of the residual over a prefill, guided by edges.

Two of them make a cascade (Ho et al. 2022): the coarse one fills the chip at 64x64, where structure is cheap to learn;
the fine one draws that, enlarged, sharp at 256x256.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from engine.networks.blocks import DilatedFusion, LevelEmbedding, SelfAttention
from engine.networks.presets import Preset, Role
from engine.networks.refinement import Refinement
from engine.networks.unet import PlainUNet, TrunkUNet

SIGMA_DATA = 0.3
"""Standard deviation of the residual inside holes, pictures in -1..1, as measured."""

CONDITION: dict[Role, int] = {"coarse": 5, "fine": 6}
"""Channels of the condition: prefill RGB in -1..1, hole 0/1 (where may be drawn), edges 0..1, and for the fine network
worth 0/1: 1 where the prefill is the photo's own (blurred), 0 where it is a guess (missing) or known."""

_LOWEST_INVERSE = 1e-3  # the embedding's stand-in for 1/inf; sigma never reaches 1000 otherwise


class CompletionNetwork(nn.Module):
    """`D(r; sigma, condition)`: the clean residual, as a preconditioned network (Karras et al. 2022, table 1).

    `sigma = inf` is legal and means "nothing is known of the residual": fed with a residual of zero it gives
    the minimum-mean-square-error fill in one evaluation.
    """

    def __init__(self, preset: Preset = "base", role: Role = "fine") -> None:
        super().__init__()
        width, channels = 256, CONDITION[role] + 3
        self.embed = LevelEmbedding(width)
        self.refinement: Refinement | None = None
        if preset == "paper":
            self.net: nn.Module = PlainUNet(channels, 3, width=64, middle=(DilatedFusion(256),), embedding=width)
            return
        if role == "coarse":  # as wide in both presets: at 64x64 width costs little, and structure needs it
            full, shuffle, widths, blocks = 16, 2, (64, 160, 320), (2, 2, 2)
        elif preset == "base":
            full, shuffle, widths, blocks = 24, 4, (96, 192, 320), (2, 2, 2)
        else:
            full, shuffle, widths, blocks = 12, 4, (48, 96, 192), (1, 2, 2)
        if role == "fine":
            self.refinement = Refinement(4 if preset == "base" else 8)  # whose ends are wider keep more
            self.register_load_state_dict_pre_hook(_without_refinement)  # type: ignore[no-untyped-call]  # torch
        last = widths[-1]
        middle: list[nn.Module] = [DilatedFusion(last), SelfAttention(last)]
        if role == "coarse":
            middle.insert(0, SelfAttention(last))
        self.net = TrunkUNet(
            channels, 3, full=full, shuffle=shuffle, widths=widths, blocks=blocks, middle=middle, embedding=width
        )

    def forward(self, residual: Tensor, sigma: Tensor, condition: Tensor) -> Tensor:
        """The estimate of the clean residual, exactly zero outside the hole.

        `residual`: (N, 3, H, W), `r + sigma * noise` inside the hole, zero outside; all zero where sigma is inf.
        `sigma`: (N,), 0 < sigma <= inf.  `condition`: (N, 5 or 6, H, W), see `CONDITION`.
        """
        inverse = 1 / sigma.float().reshape(-1, 1, 1, 1)  # 0 at infinity: every factor below stays finite
        ratio = (SIGMA_DATA * inverse) ** 2
        root = torch.sqrt(1 + ratio)
        c_skip, c_out, c_in = ratio / (1 + ratio), SIGMA_DATA / root, inverse / root
        level = -torch.log(inverse.clamp(min=_LOWEST_INVERSE)) / 4
        dtype = self.embed.hidden.weight.dtype
        scaled = (c_in * residual).to(dtype)
        out = self.net(torch.cat((scaled, condition.to(dtype)), 1), self.embed(level))
        estimate: Tensor = (c_skip * residual + c_out * out.float()) * condition[:, 3:4]
        if self.refinement is not None:
            mean = inverse == 0
            area = mean * condition[:, 3:4] * condition[:, 5:6]
            # Elsewhere it would cost as much as all else; in training each process must use all weights.
            if _present(mean if self.training else area):
                estimate = estimate + area * self.refinement(condition[:, :3], estimate)
        return estimate


def _present(area: Tensor) -> bool:
    """Whether there is any; a graph that is exported asks for itself, and what is only counted is no blurred chip."""
    return torch.onnx.is_in_onnx_export() or (not area.is_meta and bool(area.any()))


def _without_refinement(network: CompletionNetwork, state: dict[str, Any], prefix: str, *_: object) -> None:
    """Weights of version 6 and before know of no refinement: it begins without effect."""
    assert network.refinement is not None
    for name, weight in network.refinement.state_dict(prefix=f"{prefix}refinement.").items():
        state.setdefault(name, weight)
