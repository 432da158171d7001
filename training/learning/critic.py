"""A discriminator and all that trains it, for the stages whose losses have an adversarial term."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from training.learning.losses import per_hole


class Discriminator(nn.Module):
    """Judges overlapping patches: strided convolutions under spectral normalisation (Miyato et al. 2018)."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        widths = (3, width, 2 * width, 4 * width, 4 * width)
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(widths):
            layers += [spectral_norm(nn.Conv2d(inputs, outputs, 4, stride=2, padding=1)), nn.LeakyReLU(0.2)]
        self.hidden = nn.Sequential(*layers)
        self.last = spectral_norm(nn.Conv2d(widths[-1], 1, 3, padding=1))

    def forward(self, picture: Tensor) -> Tensor:
        """(N, 3, H, W) in -1..1, sides multiples of 16 -> scores (N, 1, H/16, W/16)."""
        score: Tensor = self.last(self.hidden(picture))
        return score


class Critic:
    """A discriminator with an optimizer of its own, beside the network that a run trains.

    It is no module, so that nothing takes it for a part of the network.  `see` gathers gradients, a batch at a
    time; `step` moves the weights by their mean, over all processes too.  Least-squares losses (Mao et al. 2017).
    """

    def __init__(self, *, lr: float, width: int = 64) -> None:
        self.network = Discriminator(width)
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=lr, betas=(0.0, 0.999))
        self._seen = 0

    def to(self, device: torch.device) -> None:
        """Move it before its first step."""
        self.network.to(device)

    def judge(self, picture: Tensor) -> Tensor:
        """Scores for the generator's loss: gradients pass through, the weights get none."""
        self.network.requires_grad_(False)
        score: Tensor = self.network(picture)
        return score

    def fooled(self, picture: Tensor, hole: Tensor | None = None) -> Tensor:
        """(N,): how far the pictures are from being taken for true, `(D - 1)^2`; `hole`: as in `see`."""
        score = self.judge(picture)
        error = (score - 1) ** 2
        return error.mean((1, 2, 3)) if hole is None else per_hole(error, _patches(hole, score))

    def see(self, truth: Tensor, made: Tensor, hole: Tensor | None = None) -> None:
        """Learn to tell true pictures from made ones; the weights move at `step` only.

        `hole` (N, 1, H, W): only what lies in it is made, a patch is as wrong as its share of the hole (Zeng et
        al. 2022, AOT-GAN, eq. 6).
        """
        self.network.requires_grad_(True)
        with torch.enable_grad():
            real, fake = self.network(truth.detach()), self.network(made.detach())
            wanted = 0.0 if hole is None else 1 - _patches(hole, fake)
            loss = ((real - 1) ** 2).mean() + ((fake - wanted) ** 2).mean()
        loss.backward()
        self._seen += 1

    def step(self) -> None:
        """One step of the optimizer with what was seen since the last; nothing seen, nothing done.

        All processes call it, also one that has seen nothing.
        """
        alone = not distributed.is_initialized() or distributed.get_world_size() == 1
        weights = list(self.network.parameters())
        for weight in weights:
            if weight.grad is None:
                weight.grad = torch.zeros_like(weight)
        gradients = [weight.grad for weight in weights if weight.grad is not None]
        seen = torch.tensor(float(self._seen), device=weights[0].device)
        if not alone:
            for total in (seen, *gradients):
                distributed.all_reduce(total)
        if seen > 0:
            for gradient in gradients:
                gradient /= seen
            self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self._seen = 0

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return {"network": self.network.state_dict(), "optimizer": self.optimizer.state_dict()}

    def resume(self, state: dict[str, Any]) -> None:
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])


def _patches(hole: Tensor, score: Tensor) -> Tensor:
    """The share of the hole in each patch that is judged."""
    return F.adaptive_avg_pool2d(hole, (score.shape[2], score.shape[3]))
