"""How PIC and RFR are trained: the losses of their papers, on the batches that our networks get."""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.distributions import Normal, kl_divergence
from torch.nn import functional as F

from engine.networks.presets import Preset
from training.data.datasets import Batch, ChipMaker
from training.errors import ConfigError
from training.learning.baselines.critic import PatchCritic
from training.learning.baselines.pic import PIC, hidden_prior
from training.learning.baselines.rfr import RFR
from training.learning.config import TrainConfig
from training.learning.imagenet import ImageNetFeatures, perceptual
from training.learning.losses import per_hole
from training.learning.stages import Stage

NETWORKS: dict[str, type[nn.Module]] = {"pic": PIC, "rfr": RFR}
"""By the name of their stage."""
N = TypeVar("N", bound=nn.Module)

# PIC's weights (section 4.1): the paper's 20 counts each of its four outputs, where there is one here.
_KL, _APPEARANCE, _ADVERSARIAL = 80.0, 80.0, 1.0
# RFR's, of the authors' code, but for the style's 120 and the perceptual 0.05, which are for VGG-16's features: with
# those at hand 5 and 0.002 pull about as strongly as the hole's error, as measured at a prefill and half-way to truth.
_HOLE, _VALID, _STYLE, _PERCEPTUAL, _SMOOTH = 6.0, 1.0, 5.0, 0.002, 0.1


def make_network(kind: type[N], preset: Preset) -> N:
    """PIC or RFR; raises `ConfigError` for the paper's preset, which is a size of ours only."""
    if preset == "paper":
        raise ConfigError(f"{kind.__name__} has no preset 'paper'; choose small or base")
    return kind(preset)


class BaselineStage(Stage[Batch]):
    """What both have in common: a network `fill = network(image, hole)`."""

    maker = ChipMaker

    @torch.no_grad()
    def picture(self, network: nn.Module, batch: Batch) -> list[Tensor]:
        return [batch.image, batch.image * (1 - batch.hole), network(batch.image, batch.hole)]


class PICStage(BaselineStage):
    """Kullback-Leibler, appearance and adversarial terms of both paths (section 3.3).

    Two discriminators: one is matched in what it says, one is to be fooled.
    """

    network: PIC
    critics: tuple[PatchCritic, ...]
    betas = (0.0, 0.999)

    def __init__(self, config: TrainConfig) -> None:
        super().__init__()
        self.network = make_network(PIC, config.preset)
        self.critics = (PatchCritic(lr=config.lr), PatchCritic(lr=config.lr))

    def forward(self, batch: Batch) -> Tensor:
        generator = torch.Generator(batch.image.device).manual_seed(batch.number)
        shape = self.network.latent_shape(batch.image)
        first, second = (torch.randn(shape, generator=generator, device=batch.image.device) for _ in range(2))
        paths = self.network.paths(batch.image, batch.hole, (first, second))
        known = 1 - batch.hole
        true = known + batch.loss  # beyond the photo's frame nobody knows the truth
        wide = hidden_prior(batch.hole, paths.posterior)
        posterior = Normal(paths.posterior.mean.detach(), paths.posterior.stddev.detach(), validate_args=False)
        kl = kl_divergence(paths.posterior, wide) + kl_divergence(posterior, paths.prior)
        # The reconstructive path answers for all, the generative one for what is visible: many fills are right.
        appearance = per_hole((paths.reconstructed - batch.image).abs(), true)
        appearance = appearance + per_hole((paths.generated - batch.image).abs(), known)
        made = [torch.where(true > 0, p, batch.image) for p in (paths.reconstructed, paths.generated)]
        matched, fooled = self.critics
        with torch.no_grad():
            wanted = matched.judge(batch.image)
        adversarial = ((matched.judge(made[0]) - wanted) ** 2).mean((1, 2, 3)) + fooled.fooled(made[1])
        if self.training:
            for critic, picture in zip(self.critics, made, strict=True):
                critic.see(batch.image, picture)
        return (_KL * kl.mean((1, 2, 3)) + _APPEARANCE * appearance + _ADVERSARIAL * adversarial).mean()


class RFRStage(BaselineStage):
    """The losses of the authors' code; EfficientNet-Lite0's features stand in for VGG-16's, which no package holds."""

    network: RFR

    def __init__(self, config: TrainConfig) -> None:
        super().__init__()
        self.network = make_network(RFR, config.preset)
        self.features = ImageNetFeatures()

    def forward(self, batch: Batch) -> Tensor:
        drawn = self.network.draw(batch.image, batch.hole)
        drawn = torch.where(batch.hole > batch.loss, batch.image, drawn)  # beyond the photo's frame nobody knows
        error = (drawn - batch.image).abs() / 2  # the paper's pictures are 0..1
        loss = _HOLE * _mean(error * batch.loss) + _VALID * _mean(error * (1 - batch.hole))
        filled = torch.where(batch.loss > 0, drawn, batch.image)
        with torch.no_grad():
            true = self.features(batch.image)
        for picture in (drawn, filled):
            made = self.features(picture)
            loss = loss + _STYLE * style(made, true) + _PERCEPTUAL * perceptual(made, true)
        return (loss + _SMOOTH * _roughness(filled, batch.loss)).mean()


def style(made: list[Tensor], true: list[Tensor]) -> Tensor:
    """(N,): mean absolute difference of the Gram matrices of unit features (Gatys et al. 2016), over the scales."""
    return torch.stack([(_gram(a) - _gram(b)).abs().mean((1, 2)) for a, b in zip(made, true, strict=True)]).mean(0)


def _gram(features: Tensor) -> Tensor:
    """(N, C, C): how channels go together, averaged over places."""
    flat = F.normalize(features.float(), dim=1).flatten(2)
    return flat @ flat.transpose(1, 2) / flat.shape[2]


def _mean(error: Tensor) -> Tensor:
    """(N,): over all pixels, however few count."""
    return error.mean((1, 2, 3))


def _roughness(filled: Tensor, hole: Tensor) -> Tensor:
    """(N,): total variation in the hole and across its rim, of pictures of 0..1."""
    wide = F.max_pool2d(hole, 3, 1, 1)
    across = (filled[..., 1:] - filled[..., :-1]).abs() * wide[..., 1:] * wide[..., :-1]
    down = (filled[..., 1:, :] - filled[..., :-1, :]).abs() * wide[..., 1:, :] * wide[..., :-1, :]
    return (_mean(across) + _mean(down)) / 2
