"""The coarse and the fine network under training: what they are given, and what each loss teaches."""

from __future__ import annotations

import math
from contextlib import nullcontext
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
import torch

from engine.fill.edges import edge_hole
from engine.fill.prefill import push_pull
from engine.networks.completion_network import CompletionNetwork
from engine.networks.edge_network import EdgeNetwork
from tests.training.conftest import learn
from tests.training.learning.test_critic import needs_weights
from training.data.datasets import Batch, Chips
from training.errors import ConfigError
from training.learning import checkpoints, guesses
from training.learning.completion import CompletionStage, FineStage
from training.learning.config import Stage, usual
from training.learning.gauge import Gauge
from training.learning.loop import Run, make_stage, train

pytestmark = pytest.mark.slow

TINY = {"preset": "small", "size": 64, "batch": 4, "masks": 20, "warmup": 5}


def batch_of(stage: CompletionStage, shard: Path, *, number: int = 0, n: int = 4) -> Batch:
    chips = Chips.load([shard], 64, cache=shard.parent)
    return next(stage.maker(chips, batch=n, masks=20, seed=0).batches(number))


def stage_of(stage: Stage, **given: object) -> CompletionStage:
    torch.manual_seed(0)
    made = make_stage(usual(stage, **(TINY | given)))
    assert isinstance(made, CompletionStage)
    return made


def awake(network: torch.nn.Module) -> torch.nn.Module:
    """With weights that are not zero where a fresh network's are: they would hide what is wrong."""
    torch.manual_seed(0)
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.05)
    return network


@pytest.mark.slow
@needs_weights
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("stage", ["coarse", "fine"])
def test_both_losses_teach_all_weights(small_shard: Path, stage: Stage, dtype: torch.dtype) -> None:
    made = stage_of(stage)
    awake(made.network)
    batch = batch_of(made, small_shard)
    for share in (0.0, 1.0):
        made.config = replace(made.config, mean=share)
        made.network.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=dtype == torch.bfloat16):
            loss = made(batch)
        loss.backward()
        found = set(made.figures())
        assert found == ({"fill"} if share else {"l1", "perceptual", "fooled", "hinge"})
        for name, weight in made.network.named_parameters():
            if name.startswith("refinement.") and not share:
                continue  # of the mean alone
            assert weight.grad is not None, name
            assert weight.grad.abs().sum() > 0, name
    (critic,) = made.critics
    before = [w.clone() for w in critic.network.parameters()]
    made.finish_step()
    assert any(not torch.equal(w, b) for w, b in zip(critic.network.parameters(), before, strict=True))


@pytest.mark.slow
@needs_weights
def test_transport_draws_nearer_to_the_truth(small_shard: Path) -> None:
    """Without the critic's word, which need not fall."""
    made = stage_of("fine", mean=0.0, adversarial=0.0)
    losses = learn(made, batch_of(made, small_shard), steps=12)
    assert all(math.isfinite(value) for value in losses)
    assert min(losses[-3:]) < losses[0] - 0.05


def test_the_refinement_learns_alone(small_shard: Path) -> None:
    made = stage_of("fine", part="refinement", mean=1.0, blurred=1.0)
    before = {name: weight.clone() for name, weight in made.network.named_parameters()}
    losses = learn(made, batch_of(made, small_shard), steps=12)
    assert min(losses[-3:]) < losses[0]
    changed = {name for name, weight in made.network.named_parameters() if not torch.equal(weight, before[name])}
    assert changed == {name for name in before if name.startswith("refinement.")}
    with pytest.raises(ConfigError, match="no refinement"):
        stage_of("fine", part="refinement", mean=1.0, preset="paper")
    with pytest.raises(ConfigError, match="of the fine network, not of coarse"):
        usual("coarse", part="refinement")


def test_transport_goes_on_from_the_mean_and_noise_in_the_hole(small_shard: Path) -> None:
    made = stage_of("coarse", mean=1.0)
    awake(made.network)
    batch = batch_of(made, small_shard)
    generator = torch.Generator().manual_seed(1)
    _, condition = made.inputs(batch, generator)
    seen: list[torch.Tensor] = []
    made.network.register_forward_hook(lambda _, inputs, out: seen.extend((*inputs[:2], out.detach())))
    made._moved(made.network, condition, torch.full((4,), 0.6), generator)
    nothing, infinity, mean, noisy, sigma, _ = seen
    assert (nothing == 0).all()
    assert infinity.isinf().all()
    assert (sigma == 0.6).all()
    hole = batch.hole.expand_as(mean) > 0
    assert float((noisy - mean)[hole].std()) == pytest.approx(0.6, rel=0.05)
    assert (noisy[~hole] == 0).all()


def test_a_batch_and_its_number_decide_the_loss(small_shard: Path) -> None:
    made = stage_of("fine", formulation="denoise")
    awake(made.network)
    batch = batch_of(made, small_shard)
    assert made(batch).item() == made(batch).item()
    assert made(batch).item() != made(replace(batch, number=1)).item()


def fine(**given: object) -> FineStage:
    torch.manual_seed(0)
    config = usual("fine", **(TINY | {"mean": 1.0} | given))
    return FineStage(config, awake(EdgeNetwork("small")), awake(CompletionNetwork("small", "coarse")))


@pytest.mark.slow
def test_no_hidden_pixel_tells_in_what_the_fine_network_is_given(small_shard: Path) -> None:
    """Other truths under the hole: the same prefill and, where no true edges are shown, the same condition."""
    made = fine(blurred=0.5)
    batch = batch_of(made, small_shard, n=12)
    other = torch.where(batch.hole > 0, -batch.image, batch.image)
    edges = torch.where(edge_hole(batch.hole) > 0, 1 - batch.edges, batch.edges)
    changed = replace(batch, image=other, edges=edges)
    found = [made.inputs(b, torch.Generator().manual_seed(3)) for b in (batch, changed)]
    torch.testing.assert_close(found[0][0], found[1][0], rtol=0, atol=0)
    same = (found[0][1] == found[1][1]).flatten(1).all(1).float().mean()
    assert 0.6 < same < 1  # a tenth is shown the true edges
    assert (found[0][1][:, 5:] == batch.worth).all()


def test_the_guess_is_the_coarse_networks_in_what_is_missing_only(small_shard: Path) -> None:
    made = fine(blurred=0.5)
    batch = batch_of(made, small_shard, n=8)
    prefill, _ = made.inputs(batch, torch.Generator().manual_seed(0))
    missing = batch.missing.expand_as(prefill) > 0
    assert torch.equal(prefill[~missing], batch.prefill[~missing])
    assert (prefill[missing] != batch.prefill[missing]).float().mean() > 0.9
    assert prefill.abs().max() <= 1
    bare = FineStage(made.config, None, None)
    assert torch.equal(bare.inputs(batch, torch.Generator().manual_seed(0))[0], batch.prefill)


def test_a_hidden_pixel_does_not_leak_into_the_small_chip(small_shard: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, seen = fine(), []
    batch = batch_of(made, small_shard)
    dirty = replace(batch, prefill=torch.where(batch.missing > 0, 9.0, batch.prefill))
    real = push_pull
    monkeypatch.setattr(guesses, "push_pull", lambda small, known: seen.append(small * known) or real(small, known))
    for given in (batch, dirty):
        made.inputs(given, torch.Generator().manual_seed(0))
    torch.testing.assert_close(seen[0], seen[1], rtol=0, atol=0)


@pytest.mark.slow
@needs_weights
def test_a_run_that_was_stopped_is_as_one_that_was_not(
    small_shard: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the last bit, with its critic, both optimizers and all averages; counting a step's work rounds otherwise."""
    monkeypatch.setattr(Gauge, "counting", lambda gauge: nullcontext())
    config = usual("fine", **(TINY | {"size": 32}))
    whole = train(config, [small_shard], tmp_path / "a" / "run", images=16, device="cpu")
    train(config, [small_shard], tmp_path / "b" / "run", images=8, device="cpu")
    parts = train(config, [small_shard], tmp_path / "b" / "run", images=16, device="cpu")
    assert (whole.images, whole.steps) == (parts.images, parts.steps) == (16, 4)
    for one, other in zip(_all_weights(whole), _all_weights(parts), strict=True):
        for name, weight in one.items():
            torch.testing.assert_close(other[name], weight, rtol=0, atol=0, msg=name)
    names = {path.name for path in (tmp_path / "b" / "run").iterdir()}
    assert names == {
        *("checkpoint.pt", "weights.safetensors", "weights-5000.safetensors", "weights-30000.safetensors"),
        *("critic.safetensors", "sheet.png", "log"),
    }


def _all_weights(run: Run) -> list[dict[str, torch.Tensor]]:
    averages = [average.weights for average in run.averages]
    return [run.stage.network.state_dict(), *averages, run.stage.critics[0].network.state_dict()]


@pytest.mark.slow
@needs_weights
def test_the_mean_first_then_transport_in_one_folder(small_shard: Path, tmp_path: Path) -> None:
    """A run whose critic comes later, with another's weights."""
    config = usual("coarse", **TINY, mean=1.0)
    first = train(config, [small_shard], tmp_path / "run", images=4, device="cpu")
    assert first.stage.critics == ()
    again = train(replace(config, mean=0.5), [small_shard], tmp_path / "run", images=8, device="cpu")
    assert len(again.stage.critics) == 1
    assert int(checkpoints.about(tmp_path / "run" / "weights.safetensors")["images"]) == 8
    assert list(islice(again.stage.figures(), 1)) == ["fill"]
