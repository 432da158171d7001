"""How PIC and RFR are trained: the losses of their papers, on the batches that our networks get."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.distributions import kl_divergence

from engine.networks.edge import Preset
from training.baselines.pic import PIC, hidden_prior
from training.baselines.rfr import RFR
from training.config import TrainConfig
from training.critic import Critic
from training.datasets import Batch
from training.errors import ConfigError
from training.features import FaceFeatures, perceptual, style
from training.losses import per_hole
from training.stages import Stage

NETWORKS: dict[str, type[nn.Module]] = {"pic": PIC, "rfr": RFR}

_KL, _APPEARANCE, _ADVERSARIAL = 20.0, 20.0, 1.0  # PIC's weights (section 4)
_HOLE, _VALID, _STYLE, _PERCEPTUAL = 6.0, 1.0, 120.0, 0.05  # RFR's weights (section 3.4)


def make_network(stage: str, preset: Preset) -> nn.Module:
    """PIC or RFR; raises `ConfigError` for the paper's preset, which is a size of ours only."""
    if preset == "paper":
        raise ConfigError(f"{stage} has no preset 'paper'; choose small or base")
    return NETWORKS[stage](preset)


class BaselineStage(Stage):
    """What both have in common: a network `fill = network(image, hole)`."""

    @torch.no_grad()
    def picture(self, network: nn.Module, batch: Batch) -> list[Tensor]:
        return [batch.image, batch.image * (1 - batch.hole), network(batch.image, batch.hole)]


class PICStage(BaselineStage):
    """Kullback-Leibler, appearance and adversarial terms of both paths (section 3.2).

    Two discriminators: one is matched in its features, one is to be fooled.
    """

    def __init__(self, config: TrainConfig) -> None:
        super().__init__()
        self.network = make_network("pic", config.preset)
        self.critics = (Critic(lr=config.lr), Critic(lr=config.lr))

    def forward(self, batch: Batch) -> Tensor:
        generator = torch.Generator(batch.image.device).manual_seed(batch.number)
        shape = self.network.latent_shape(batch.image)
        noise = [torch.randn(shape, generator=generator, device=batch.image.device) for _ in range(2)]
        paths = self.network.paths(batch.image, batch.hole, tuple(noise))
        known = 1 - batch.hole
        true = known + batch.loss  # beyond the photo's frame nobody knows the truth
        kl = kl_divergence(paths.posterior, hidden_prior(batch.hole, paths.posterior)) + kl_divergence(
            paths.posterior, paths.prior
        )
        # The reconstructive path answers for all, the generative one for what is visible: many fills are right.
        appearance = per_hole((paths.reconstructed - batch.image).abs(), true)
        appearance = appearance + per_hole((paths.generated - batch.image).abs(), known)
        made = [torch.where(true > 0, p, batch.image) for p in (paths.reconstructed, paths.generated)]
        matched, fooled = self.critics
        with torch.no_grad():
            wanted, _ = matched.judge(batch.image)
        features, _ = matched.judge(made[0])
        adversarial = ((features - wanted) ** 2).mean((1, 2, 3)) + fooled.fooled(made[1])
        if self.training:
            for critic, picture in zip(self.critics, made, strict=True):
                critic.see(batch.image, picture)
        return (_KL * kl.mean((1, 2, 3)) + _APPEARANCE * appearance + _ADVERSARIAL * adversarial).mean()


class RFRStage(BaselineStage):
    """Section 3.4 of the paper; CenterFace's features stand in for VGG-16's, whose weights must be downloaded."""

    def __init__(self, config: TrainConfig) -> None:
        super().__init__()
        self.network = make_network("rfr", config.preset)
        self.features = FaceFeatures()

    def forward(self, batch: Batch) -> Tensor:
        drawn = self.network.draw(batch.image, batch.hole)
        error = (drawn - batch.image).abs()
        loss = _HOLE * per_hole(error, batch.loss) + _VALID * per_hole(error, 1 - batch.hole)
        filled = torch.where(batch.loss > 0, drawn, batch.image)
        made = self.features(filled)
        with torch.no_grad():
            true = self.features(batch.image)
        return (loss + _STYLE * style(made, true) + _PERCEPTUAL * perceptual(made, true)).mean()
