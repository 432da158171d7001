"""Muon (Jordan et al. 2024): momentum made orthogonal, for weights that are matrices or convolutions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

_A, _B, _C = 3.4445, -4.7750, 2.0315  # of the polynomial whose steps bring singular values near one
_SMALLEST = 32  # rows and columns; AdamW serves smaller ones


def matrices(weights: Iterable[nn.Parameter]) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """Those of the weights that Muon is for, and the others."""
    large: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for weight in weights:
        convolves = weight.ndim == 4 and min(len(weight), weight[0].numel()) >= _SMALLEST
        (large if convolves else others).append(weight)
    return large, others


def orthogonal(matrix: Tensor, *, steps: int = 5) -> Tensor:
    """Roughly the nearest semi-orthogonal matrix to an (m, n) one, by Newton-Schulz in bf16; float32."""
    x = matrix.bfloat16()
    tall = len(x) > x.shape[1]
    x = x.T if tall else x
    x = x / (x.norm() + 1e-7)
    for _ in range(steps):
        square = x @ x.T
        x = _A * x + (_B * square + _C * square @ square) @ x
    found: Tensor = x.T if tall else x
    return found.float()


class Muon(torch.optim.Optimizer):
    """With steps as large as AdamW's (Liu et al. 2025: 0.2 sqrt(max(m, n))), so that its learning rates serve."""

    def __init__(
        self, weights: Iterable[nn.Parameter], *, lr: float, momentum: float = 0.95, weight_decay: float = 0.01
    ) -> None:
        super().__init__(weights, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Move every weight that has a gradient."""
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    self._move(weight, group)

    def _move(self, weight: nn.Parameter, group: dict[str, Any]) -> None:
        gradient, state = weight.grad, self.state[weight]
        assert gradient is not None
        if not state:
            state["momentum"] = torch.zeros_like(weight)
        kept = state["momentum"].lerp_(gradient, 1 - group["momentum"])
        ahead = gradient.lerp(kept, group["momentum"])  # Nesterov's
        update = orthogonal(ahead.reshape(len(ahead), -1))
        size = 0.2 * max(update.shape) ** 0.5
        weight.mul_(1 - group["lr"] * group["weight_decay"])
        weight.add_(update.reshape(weight.shape), alpha=-group["lr"] * size)
