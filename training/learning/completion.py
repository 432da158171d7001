"""Stage 2: the completion networks learn the mean of what a hole may hold, and to transport it to a real face.

The mean, the evaluation at sigma = infinity, is the safest fill and a soft one.  A later evaluation goes on from it and
from some noise, as sampling does, and learns under a critic, not to denoise (Ohayon et al., PMRF, ICLR 2025: the mean
first, then its transport).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from engine.fill.edges import edge_hole
from engine.fill.schedule import ddpm_sigmas
from engine.networks.presets import Role
from training.data.datasets import Batch, ChipMaker
from training.errors import ConfigError
from training.learning import views
from training.learning.bottlenecks import completion_network
from training.learning.config import TrainConfig
from training.learning.critic import ProjectedCritic
from training.learning.guesses import guessed, mean_fill, noisy
from training.learning.imagenet import perceptual
from training.learning.losses import denoising_loss, epsilon_loss, fill_loss, per_hole
from training.learning.stages import Stage

_P_MEAN, _P_STD = -1.2, 1.2  # ln(sigma) of a diffusion model is drawn from this normal (Karras et al. 2022, table 1)
_SHEET_SEED = 5


class CompletionStage(Stage[Batch]):
    """What the coarse and the fine network's training have in common: the residual over a prefill."""

    maker: Callable[..., ChipMaker] = ChipMaker
    betas = (0.9, 0.99)
    role: Role
    levels: tuple[float, float]
    """The noise from which the mean is transported: log-uniform between these."""
    weights: tuple[float, float]
    """Of the absolute error and of the perceptual distance, which hold what is transported to the truth."""

    def __init__(self, config: TrainConfig) -> None:
        """Raises WeightsError if there shall be a critic and ImageNet's features are not there."""
        super().__init__()
        self.config = config
        self.network = completion_network(config.preset, config.bottleneck, self.role)
        if config.judged:
            self.critic = ProjectedCritic(views.side(config.size), lr=config.critic_lr)
            self.critics = (self.critic,)

    def inputs(self, batch: Batch, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """The prefill (N, 3, S, S) and the condition (N, 5 or 6, S, S) of a batch."""
        raise NotImplementedError

    def forward(self, batch: Batch) -> Tensor:
        generator = torch.Generator(batch.image.device).manual_seed(batch.number)
        prefill, condition = self.inputs(batch, generator)
        residual, n = (batch.image - prefill) * batch.loss, len(prefill)
        sharp = n if self.config.formulation == "ddpm" else n - round(self.config.mean * n)  # the first ones
        loss = residual.new_zeros(())
        if sharp < n:
            fill = fill_loss(mean_fill(self.network, condition[sharp:]), residual[sharp:], batch.loss[sharp:]).mean()
            self.note(fill=fill)
            loss = loss + fill
        if sharp:
            learnt = self._transported if self.config.formulation == "transport" else self._denoised
            loss = loss + learnt(batch.first(sharp), prefill[:sharp], condition[:sharp], generator)
        return loss

    def _transported(self, batch: Batch, prefill: Tensor, condition: Tensor, generator: torch.Generator) -> Tensor:
        """From the mean and noise to a face that the critic takes for true."""
        sigma = self._sigmas(len(prefill), generator, prefill.device)
        moved = self._moved(self.network, condition, sigma, generator)
        drawn = torch.where(batch.loss > 0, prefill + moved, batch.image)
        error = per_hole((drawn - batch.image).abs(), batch.loss).mean()
        shown = views.view(torch.cat((drawn, batch.image, batch.loss), 1), batch.loss, generator)
        hole = shown[:, 6:].detach()
        made = self.critic.look(shown[:, :3])
        with torch.no_grad():
            true = self.critic.look(shown[:, 3:6])
        distance, distrust = perceptual(made, true).mean(), self.critic.distrust(made, hole)
        self.note(l1=error, perceptual=distance, fooled=distrust)
        if self.training:
            self.note(hinge=self.critic.learn(true, made, hole))
        held, likeness = self.weights
        return held * error + likeness * distance + self.config.adversarial * self.say * distrust

    def _moved(self, network: nn.Module, condition: Tensor, sigma: Tensor, generator: torch.Generator) -> Tensor:
        """The residual of the evaluation that goes on from the mean."""
        with torch.no_grad():
            mean = mean_fill(network, condition)
        torch.clear_autocast_cache()  # it would lend what follows these weights' copies, without gradients
        moved: Tensor = network(noisy(mean, sigma, self._area(condition), generator), sigma, condition)
        return moved

    def _denoised(self, batch: Batch, prefill: Tensor, condition: Tensor, generator: torch.Generator) -> Tensor:
        """An ordinary diffusion model's loss, of the truth with noise."""
        residual = (batch.image - prefill) * batch.loss
        sigma = self._sigmas(len(prefill), generator, prefill.device)
        given = noisy(residual, sigma, self._area(condition), generator)
        denoised = self.network(given, sigma, condition)
        if self.config.formulation == "ddpm":
            noise = (given - residual) / sigma.reshape(-1, 1, 1, 1)
            loss = epsilon_loss(denoised, given, noise, batch.loss, sigma).mean()
        else:
            loss = denoising_loss(denoised, residual, batch.loss, sigma).mean()
        self.note(noise=loss)
        return loss

    def _area(self, condition: Tensor) -> Tensor:
        """Where noise lies."""
        hole = condition[:, 3:4]
        return hole if self.config.noise == "hole" else torch.ones_like(hole)

    def _sigmas(self, n: int, generator: torch.Generator, device: torch.device) -> Tensor:
        if self.config.formulation == "ddpm":
            known = torch.as_tensor(ddpm_sigmas(1000)[:-1], dtype=torch.float32, device=device)
            return known[torch.randint(len(known), (n,), generator=generator, device=device)]
        if self.config.formulation == "denoise":
            return (_P_MEAN + _P_STD * torch.randn(n, generator=generator, device=device)).exp()
        low, high = self.levels
        return low * (high / low) ** torch.rand(n, generator=generator, device=device)

    @torch.no_grad()
    def picture(self, network: nn.Module, batch: Batch) -> list[Tensor]:
        generator = torch.Generator(batch.image.device).manual_seed(_SHEET_SEED)
        prefill, condition = self.inputs(batch, generator)
        sigma = torch.full((len(prefill),), math.sqrt(math.prod(self.levels)), device=prefill.device)
        fills = (mean_fill(network, condition), self._moved(network, condition, sigma, generator))
        return [batch.image, prefill, condition[:, 4:5] * 2 - 1, *(prefill + fill for fill in fills)]


class CoarseStage(CompletionStage):
    """The chip at 64x64, over a push-pull prefill."""

    role = "coarse"
    levels = 0.3, 0.9
    weights = 0.7, 0.3

    def inputs(self, batch: Batch, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Edges in the hole: the true ones for a fifth, else none."""
        kind = torch.rand(len(batch.hole), 1, 1, 1, generator=generator, device=batch.hole.device)
        edges = torch.where(edge_hole(batch.hole) > 0, batch.edges * (kind < 0.2), batch.edges) * self.config.edges
        planes = torch.cat((batch.prefill, batch.hole, edges), 1)
        return batch.prefill, planes.contiguous(memory_format=torch.channels_last)


class FineStage(CompletionStage):
    """The chip itself, over the coarse network's guess of what is missing and over what is blurred."""

    role = "fine"
    levels = 0.1, 0.5
    weights = 1.5, 0.6

    def __init__(self, config: TrainConfig, edge_network: nn.Module | None, coarse_network: nn.Module | None) -> None:
        """Without a coarse network it learns over a push-pull prefill.

        Raises WeightsError as above, ConfigError if a part shall learn that is not there.
        """
        super().__init__(config)
        if config.part == "refinement":
            if self.network.refinement is None:
                raise ConfigError(f"the {config.preset} network has no refinement that could learn alone")
            self.network.requires_grad_(False)
            self.network.refinement.requires_grad_(True)
        self.edge_network = _frozen(edge_network)
        self.coarse_network = _frozen(coarse_network)
        self.maker = partial(ChipMaker, blurred=config.blurred)

    def inputs(self, batch: Batch, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Edges in the hole: at random drawn, soft or hard, true ones, or none; none are drawn where it is blurred."""
        wide, prefill = edge_hole(batch.hole), batch.prefill
        seen = batch.edges * (1 - wide)
        drawn = self._drawn(batch, seen)
        if self.coarse_network is not None:
            prefill = guessed(self.coarse_network, batch, seen=seen, drawn=drawn, generator=generator)
        kind = torch.rand(len(drawn), 1, 1, 1, generator=generator, device=drawn.device)
        inside = torch.where(kind < 0.75, batch.edges, 0.0)
        inside = torch.where(kind < 0.65, (drawn > 0.4).float(), inside)
        inside = torch.where(kind < 0.5, drawn, inside)
        edges = torch.where(wide > 0, inside, batch.edges) * self.config.edges
        planes = torch.cat((prefill, batch.hole, edges, batch.worth), 1)
        return prefill, planes.contiguous(memory_format=torch.channels_last)

    def _drawn(self, batch: Batch, seen: Tensor) -> Tensor:
        """What the edge network draws where something is missing, from edges that are seen; nothing without one."""
        which = batch.missing.amax((1, 2, 3)) > 0
        drawn = torch.zeros_like(seen)
        if self.edge_network is not None and which.any():
            with torch.no_grad():
                hole = edge_hole(batch.missing[which])
                drawn[which] = self.edge_network(seen[which], hole, batch.prefill[which]).float()
        return drawn


def _frozen(network: nn.Module | None) -> nn.Module | None:
    return None if network is None else network.eval().requires_grad_(False)
