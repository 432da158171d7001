"""PIC and RFR: sizes, holes respected, learning, resuming, and the way from `train` to `evaluate`."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from engine.networks.completion_network import CompletionNetwork
from engine.networks.edge_network import EdgeNetwork
from engine.networks.presets import Preset
from tests.training.conftest import learn
from training.__main__ import main
from training.data.datasets import Batch
from training.errors import ConfigError
from training.learning import checkpoints
from training.learning.baselines.critic import PatchCritic
from training.learning.baselines.rfr import ConsistentAttention, PartialConv
from training.learning.baselines.stages import NETWORKS, make_network
from training.learning.config import TrainConfig
from training.learning.loop import make_stage, train


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def batch() -> Batch:
    torch.manual_seed(0)
    image = F.interpolate(torch.rand(2, 3, 4, 4) * 2 - 1, (32, 32), mode="bilinear")
    hole = torch.zeros(2, 1, 32, 32)
    hole[:, :, 8:24, 6:20] = 1
    nothing = torch.zeros_like(hole)
    return Batch(image, nothing, hole, hole, nothing, image * (1 - hole), 0)


@pytest.mark.parametrize("preset", ["small", "base"])
@pytest.mark.parametrize("stage", NETWORKS)
def test_a_baseline_is_no_smaller_than_ours(stage: str, preset: Preset) -> None:
    with torch.device("meta"):
        completion = CompletionNetwork(preset)
        completion.refinement = None  # for what is blurred, which no baseline mends
        ours = parameters(EdgeNetwork(preset)) + parameters(completion)
        theirs = parameters(make_network(NETWORKS[stage], preset))
    assert ours <= theirs < 1.3 * ours


@pytest.mark.parametrize("stage", NETWORKS)
def test_the_papers_preset_is_not_theirs(stage: str) -> None:
    with pytest.raises(ConfigError, match=stage.upper()):
        make_network(NETWORKS[stage], "paper")


@pytest.mark.parametrize("stage", NETWORKS)
def test_known_pixels_stay_and_hidden_ones_are_not_seen(stage: str) -> None:
    torch.manual_seed(0)
    network = make_network(NETWORKS[stage], "small").eval()
    for p in network.parameters():
        nn.init.normal_(p, std=0.05)  # nothing that starts at zero may hide a leak
    image, hole = torch.rand(2, 3, 64, 64) * 2 - 1, torch.zeros(2, 1, 64, 64)
    hole[:, :, 10:50, 20:60] = 1
    with torch.no_grad():
        filled = network(image, hole)
        other = network(torch.where(hole > 0, -image, image), hole)
    assert filled.shape == image.shape
    assert torch.equal(filled * (1 - hole), image * (1 - hole))
    assert not torch.equal(filled * hole, image * hole)
    assert torch.equal(filled, other)
    assert filled.abs().max() <= 1


@pytest.mark.slow
@pytest.mark.parametrize("stage", NETWORKS)
def test_steps_make_the_loss_fall(stage: str) -> None:
    made, one = make_stage(TrainConfig(stage=stage, preset="small")), batch()  # type: ignore[arg-type]
    losses = learn(made, one, steps=8)
    assert losses[-1] < 0.95 * losses[0]
    assert len(made.picture(made.network, one)) == 3


def test_partial_convolutions_see_what_is_known_and_grow_it() -> None:
    conv = PartialConv(1, 1, kernel=3)
    nn.init.ones_(conv.conv.weight)
    known = torch.zeros(1, 1, 9, 9)
    known[..., :4] = 1
    out, reached = conv(torch.where(known > 0, 2.0, 77.0), known)
    assert reached[..., :5].all()
    assert not reached[..., 5:].any()
    torch.testing.assert_close(out[0, 0, 4, :6], torch.tensor([18.0] * 5 + [0.0]))


def test_attention_goes_on_from_the_recurrence_before_where_it_was_known() -> None:
    attention = ConsistentAttention(4)
    x, known = torch.randn(1, 4, 3, 3), torch.zeros(1, 1, 3, 3)
    known[..., 0] = 1
    _, fresh = attention(x, known, None)
    torch.testing.assert_close(fresh.sum(1), torch.ones(1, 3, 3))
    _, scores = attention(x, known, (torch.zeros_like(fresh), known))
    torch.testing.assert_close(scores[..., 0], fresh[..., 0] / 2)
    torch.testing.assert_close(scores[..., 1:], fresh[..., 1:])


def test_a_critic_learns_and_leaves_the_maker_its_gradients() -> None:
    torch.manual_seed(0)
    critic = PatchCritic(lr=1e-2, width=8)
    true, made = torch.rand(4, 3, 32, 32), torch.zeros(4, 3, 32, 32, requires_grad=True)
    critic.fooled(made).mean().backward()
    assert made.grad is not None
    assert made.grad.abs().sum() > 0
    assert all(p.grad is None for p in critic.network.parameters())
    gap = critic.fooled(made).mean() - critic.fooled(true).mean()
    for _ in range(30):
        critic.see(true, made)
        critic.step()
    assert critic.fooled(made).mean() - critic.fooled(true).mean() > gap + 0.2
    again = PatchCritic(lr=1e-2, width=8)
    again.resume(critic.state())
    again.network.eval(), critic.network.eval()
    torch.testing.assert_close(again.fooled(made), critic.fooled(made))


@pytest.mark.slow
def test_trained_baselines_resume_and_are_measured(small_shard: Path, tmp_path: Path) -> None:
    argv = ["evaluate", "--shards", str(small_shard), "--out", str(tmp_path / "out"), "--limit", "2"]
    argv += ["--methods", "telea,mypic,myrfr,mine,mine-2:ddim"]
    for stage in ("pic", "rfr", "fine"):
        config = TrainConfig(stage=stage, preset="small", size=32, batch=2, masks=10, mean=1.0)
        run = train(config, [small_shard], tmp_path / stage, images=2, device="cpu")
        name = {"fine": "mine"}.get(stage, f"my{stage}")
        argv += ["--method-weights", f"{name}={run.folder / 'weights.safetensors'}"]
        if stage == "pic":
            again = train(config, [small_shard], tmp_path / stage, images=4, device="cpu")
            assert again.images == 4
            kept = checkpoints.load(again.checkpoint)["critics"]
            assert [len(state["optimizer"]["state"]) > 0 for state in kept] == [True, True]
    assert main(argv) == 0
    rows = list(csv.DictReader((tmp_path / "out" / "cases.csv").read_text().splitlines()))
    assert {row["method"] for row in rows} == {"telea", "mypic", "myrfr", "mine", "mine-2:ddim"}
    assert all(float(row["perceptual"]) > 0 for row in rows)
    text = (tmp_path / "out" / "table.md").read_text()
    assert "GFLOP" in text
    assert "perceptual distance" in text
