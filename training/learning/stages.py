"""The stages: what each feeds its network, and what it is asked for."""

from __future__ import annotations

from typing import Generic

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.fill.edges import edge_hole
from engine.fill.schedule import START, ddpm_sigmas
from engine.networks.edge_network import EdgeNetwork
from engine.networks.framing_network import FramingNetwork, fit
from training.data.datasets import B, Batch, ChipMaker, Maker
from training.data.squares import SquareMaker, Squares, in_frame, outline
from training.learning.bottlenecks import completion_network
from training.learning.config import TrainConfig
from training.learning.critic import Critic
from training.learning.features import FaceFeatures, perceptual
from training.learning.losses import (
    denoising_loss,
    edge_loss,
    epsilon_loss,
    fill_loss,
    framing_loss,
    place_loss,
    refining_loss,
)

_P_MEAN, _P_STD = -1.2, 1.2  # ln(sigma) is drawn from this normal (Karras et al. 2022, table 1)


class Stage(nn.Module, Generic[B]):
    """A network under training: calling it gives the mean loss of a batch of its kind.

    Being a module, it can be spread over processes; only `network` learns.  Noise and edge dropout depend on
    `batch.number` only.
    """

    network: nn.Module
    betas: tuple[float, float] = (0.9, 0.999)
    """Of the optimizer, Adam in one form or the other."""
    critics: tuple[Critic, ...] = ()
    """What learns beside it: discriminators, each with an optimizer of its own."""
    images = 0
    """Seen so far, told by the run."""
    maker: type[Maker[B]]
    """What makes its batches."""

    def forward(self, batch: B) -> Tensor:
        raise NotImplementedError

    def finish_step(self) -> None:
        """The optimizer has stepped: so do the critics."""
        for critic in self.critics:
            critic.step()

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


class CompletionStage(Stage[Batch]):
    """Stage 2: the residual over the prefill, guided by edges of every quality."""

    maker = ChipMaker

    def __init__(self, config: TrainConfig, edge_network: nn.Module | None) -> None:
        super().__init__()
        self.network = completion_network(config.preset, config.bottleneck)
        self.config = config
        self.features = FaceFeatures() if config.perceptual else None
        if config.adversarial:
            self.critics = (Critic(lr=config.lr, width=64 if config.preset == "base" else 32),)
        self.edge_network = edge_network.eval().requires_grad_(False) if edge_network else None

    def guide(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Edge dropout: in the hole true, jittered, thinned, drawn (soft or hard) or no edges, at random."""
        if not self.config.edges:
            return torch.zeros_like(batch.edges)
        known = 1 - edge_hole(batch.hole)
        kind = torch.rand(len(batch.hole), 1, 1, 1, generator=generator, device=batch.hole.device)
        true = batch.edges
        shift = torch.randint(-3, 4, (2,), generator=generator, device=true.device)
        jittered = torch.roll(true, shift.tolist(), (2, 3))
        coarse = torch.rand(*true.shape[:2], 8, 8, generator=generator, device=true.device)
        thinned = true * (F.interpolate(coarse, true.shape[2:], mode="nearest") < 0.6)
        drawn = torch.zeros_like(true)
        if self.edge_network is not None:
            with torch.no_grad():
                drawn = self.edge_network(true, edge_hole(batch.hole), batch.image).float()
        inside = torch.zeros_like(true)
        choices = ((0.9, thinned), (0.82, jittered), (0.76, true), (0.56, (drawn > 0.4).float()), (0.44, drawn))
        for limit, edges in choices:
            inside = torch.where(kind < limit, edges, inside)
        return torch.where(known > 0, true, inside)

    def forward(self, batch: Batch) -> Tensor:
        generator = torch.Generator(batch.image.device).manual_seed(batch.number)
        prefill = batch.prefill()
        residual = (batch.image - prefill) * batch.loss
        condition = torch.cat((prefill, batch.hole, self.guide(batch, generator)), 1)
        n, device = len(residual), residual.device
        sigma = self._sigmas(n, generator, device)
        noise = torch.randn(residual.shape, generator=generator, device=device)
        if self.config.noise == "hole":
            noise = noise * batch.hole
        again = self._again(n, batch.number)
        clean = residual
        if again:
            sigma[:again] = START
            clean = torch.cat((first_fill(self.network, condition[:again]), residual[again:]))
            torch.clear_autocast_cache()  # it would lend what follows these weights' copies, without gradients
        finite = sigma.isfinite().reshape(-1, 1, 1, 1)
        amount = torch.where(finite, sigma.reshape(-1, 1, 1, 1), 0.0)
        noisy = torch.where(finite, clean + amount * noise, 0.0)
        denoised = self.network(noisy, sigma, condition)
        fill = fill_loss(denoised, residual, batch.loss)
        known_sigma = torch.where(sigma.isfinite(), sigma, 1.0)
        if self.config.formulation == "ddpm":
            step = epsilon_loss(denoised, noisy, noise, batch.loss, known_sigma)
        else:
            step = denoising_loss(denoised, residual, batch.loss, known_sigma)
        loss = torch.where(sigma.isfinite(), step, fill)
        if not again:
            return loss.mean()
        refined = refining_loss(denoised[:again], residual[:again], batch.loss[:again])
        likeness = self._likeness((prefill + denoised)[:again], batch.image[:again], batch.loss[:again])
        return torch.cat((refined + likeness, loss[again:])).mean()

    def _again(self, n: int, number: int) -> int:
        """How many of a batch, its first ones, are to be sharpened: `refine` of all on average.

        They go on from the network's own first fill, as sampling does, not from a noisy truth; so do the students of
        Sauer et al. 2023 (adversarial diffusion distillation).
        """
        if self.images < self.config.late:
            return 0
        return int(self.config.refine * n + np.random.default_rng(number).random())

    def _likeness(self, estimate: Tensor, image: Tensor, area: Tensor) -> Tensor:
        """(N,): the perceptual and the adversarial term."""
        total = estimate.new_zeros(len(estimate))
        filled = torch.where(area > 0, estimate, image)
        if self.features is not None:
            with torch.no_grad():
                true = self.features(image)
            total = total + self.config.perceptual * perceptual(self.features(filled), true)
        for critic in self.critics:
            total = total + self.config.adversarial * critic.fooled(filled, area)
            if self.training:
                critic.see(image, filled, area)
        return total

    def _sigmas(self, n: int, generator: torch.Generator, device: torch.device) -> Tensor:
        if self.config.formulation == "ddpm":
            levels = torch.as_tensor(ddpm_sigmas(1000)[:-1], dtype=torch.float32, device=device)
            return levels[torch.randint(len(levels), (n,), generator=generator, device=device)]
        sigma = (_P_MEAN + _P_STD * torch.randn(n, generator=generator, device=device)).exp()
        noisy = torch.rand(n, generator=generator, device=device) < self.config.noisy
        return torch.where(noisy, sigma, torch.inf)

    @torch.no_grad()
    def picture(self, network: nn.Module, batch: Batch) -> list[Tensor]:
        prefill = batch.prefill()
        hole = edge_hole(batch.hole)
        drawn = batch.edges * (1 - hole) * self.config.edges
        if self.edge_network is not None and self.config.edges:
            drawn = self.edge_network(batch.edges, hole, batch.image)
        condition = torch.cat((prefill, batch.hole, drawn), 1)
        fill = prefill + first_fill(network, condition)
        return [batch.image, batch.image * (1 - batch.hole), drawn * 2 - 1, prefill, fill]


@torch.no_grad()
def first_fill(network: nn.Module, condition: Tensor) -> Tensor:
    """The residual that a completion network sees in nothing, at sigma = infinity."""
    sigma = torch.full((len(condition),), torch.inf, device=condition.device)
    first: Tensor = network(torch.zeros_like(condition[:, :3]), sigma, condition)
    return first


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
