"""The stages: what each feeds its network, and what it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Generic

import torch
from torch import Tensor, nn

from engine.fill.edges import edge_hole
from engine.networks.damage_network import DamageNetwork
from engine.networks.edge_network import EdgeNetwork
from engine.networks.framing_network import FramingNetwork, fit
from training.data.damaged import Damaged, DamageMaker
from training.data.datasets import B, Batch, ChipMaker, Maker
from training.data.squares import SquareMaker, Squares, in_frame, outline
from training.learning.config import TrainConfig
from training.learning.imagenet import teach
from training.learning.losses import damage_loss, edge_loss, framing_loss, place_loss
from training.learning.rival import Rival


class Stage(nn.Module, Generic[B]):
    """A network under training: calling it gives the mean loss of a batch of its kind.

    Being a module, it can be spread over processes; only `network` learns.  Noise and edge dropout depend on
    `batch.number` only.
    """

    network: nn.Module
    betas: tuple[float, float] = (0.9, 0.999)
    """Of the optimizer, Adam in one form or the other."""
    taught: tuple[nn.Parameter, ...] = ()
    """Weights of the network that others' training has brought so far that they learn only a little more."""
    critics: tuple[Rival, ...] = ()
    """What learns beside it, each with an optimizer of its own."""
    say: float = 1.0
    """How much of their weight the critics' judgements have, told by the run: it rises with the learning rate."""
    maker: Callable[..., Maker[B]]
    """What makes its batches."""

    def __init__(self) -> None:
        super().__init__()
        self._noted: dict[str, tuple[Tensor, int]] = {}

    def forward(self, batch: B) -> Tensor:
        raise NotImplementedError

    def note(self, **values: Tensor) -> None:
        """Keep figures of a batch for people to read."""
        for name, value in values.items():
            total, count = self._noted.get(name, (torch.zeros_like(value), 0))
            self._noted[name] = total + value.detach(), count + 1

    def figures(self) -> dict[str, float]:
        """The means of what was noted since the last look."""
        found = {name: float(total) / count for name, (total, count) in self._noted.items()}
        self._noted = {}
        return found

    def finish_step(self, share: float = 1.0) -> None:
        """The optimizer has stepped: so do the critics, at that share of their learning rates."""
        for critic in self.critics:
            critic.step(share)

    def picture(self, network: nn.Module, batch: B) -> list[Tensor]:
        """Columns of the contact sheet."""
        raise NotImplementedError


class EdgeStage(Stage[Batch]):
    """Stage 1: true Canny edges in the hole from those outside it."""

    network: EdgeNetwork
    maker = ChipMaker

    def __init__(self, config: TrainConfig) -> None:
        super().__init__()
        self.network = EdgeNetwork(config.preset)

    def forward(self, batch: Batch) -> Tensor:
        hole = edge_hole(batch.hole)
        logits = self.network.logits(batch.edges, hole, batch.image)
        return edge_loss(logits, batch.edges, batch.loss).mean()

    @torch.no_grad()
    def picture(self, network: nn.Module, batch: Batch) -> list[Tensor]:
        drawn = network(batch.edges, edge_hole(batch.hole), batch.image)
        return [batch.image, batch.edges * 2 - 1, batch.edges * (1 - batch.hole) * 2 - 1, drawn * 2 - 1]


class FramingStage(Stage[Squares]):
    """The frame of a face in a rough square, much of it hidden."""

    network: FramingNetwork
    maker = SquareMaker

    def __init__(self, config: TrainConfig) -> None:
        super().__init__()
        self.network = FramingNetwork(config.preset)

    def forward(self, batch: Squares) -> Tensor:
        place, spread, doubt = self.network.places(batch.picture, batch.known)
        true = in_frame(batch.truth, place.shape[-1]).permute(0, 3, 1, 2)
        places = place_loss(place, spread, true) * batch.face
        return (places + framing_loss(fit(place, spread, doubt), batch.truth, batch.face)).mean()

    @torch.no_grad()
    def picture(self, network: nn.Module, batch: Squares) -> list[Tensor]:
        found = network(batch.picture, batch.known)
        return [batch.picture, outline(batch.picture, batch.truth), outline(batch.picture, found[:, :4])]


class DamageStage(Stage[Damaged]):
    """Damage in photos of any kind; what is found in a sound face counts double.

    Raises WeightsError if ImageNet's features are not installed, with which it begins.
    """

    network: DamageNetwork

    def __init__(self, config: TrainConfig, photos: Path | None = None) -> None:
        super().__init__()
        self.network = DamageNetwork(config.preset)
        trunk = self.network.trunk
        teach(trunk)
        trunk.freeze(2)
        self.taught = tuple(weight for weight in trunk.parameters() if weight.requires_grad)
        self.maker = partial(DamageMaker, photos=photos)

    def forward(self, batch: Damaged) -> Tensor:
        logits = self.network.logits(batch.grey)
        with torch.no_grad():
            found, there = (logits > 0) & (batch.weight > 0), batch.truth > 0
            right = (found & there).sum()
            self.note(precision=right / found.sum().clamp(min=1), recall=right / there.sum().clamp(min=1))
        return damage_loss(logits, batch.truth, batch.weight).mean()

    @torch.no_grad()
    def picture(self, network: nn.Module, batch: Damaged) -> list[Tensor]:
        return [plane * 2 - 1 for plane in (batch.grey, batch.truth, network(batch.grey))]
