"""What learns beside the network of a run, against it, with an optimizer of its own."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, distributed, nn


class Rival:
    """It is no module, so that nothing takes it for a part of the network.

    Gradients are gathered a batch at a time (`gather`); `step` moves the weights by their mean, over all processes too.
    """

    def __init__(self, network: nn.Module, *, lr: float, betas: tuple[float, float]) -> None:
        self.network, self.lr = network, lr
        self.optimizer = torch.optim.Adam(network.parameters(), lr=lr, betas=betas)
        self._seen = 0

    def to(self, device: torch.device) -> None:
        """Move it before its first step."""
        self.network.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch does not say so

    def gather(self, loss: Tensor) -> None:
        """Add a batch's gradients."""
        loss.backward()  # type: ignore[no-untyped-call]
        self._seen += 1

    def step(self, share: float = 1.0) -> None:
        """One step, at that share of the learning rate, with what was gathered since the last; nothing, nothing done.

        All processes call it, also one that has gathered nothing.
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
            for group in self.optimizer.param_groups:
                group["lr"] = self.lr * share
            self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self._seen = 0

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return {"network": self.network.state_dict(), "optimizer": self.optimizer.state_dict()}

    def resume(self, state: dict[str, Any]) -> None:
        """Go on from what `state` gave."""
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
