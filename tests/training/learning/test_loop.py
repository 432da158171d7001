"""The trainer: it learns, it resumes, and what it writes is exported and loads again."""

from __future__ import annotations

import copy
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnx
import pytest
import torch

from engine import Progress, Request, load_models, restore
from engine.networks.completion_network import CompletionNetwork
from engine.networks.damage_network import DamageNetwork
from engine.networks.edge_network import EdgeNetwork
from engine.networks.lite_trunk import LiteTrunk
from engine.photo.photos import Photo
from engine.runtime.catalog import DAMAGE, DETECTOR, FOLDER, read_catalog
from engine.runtime.onnx_backend import open_session
from tests.training.conftest import learn
from tests.training.learning.test_critic import HERE, needs_weights
from training.__main__ import main
from training.data.datasets import Chips, Movable
from training.errors import ConfigError, WeightsError
from training.export import export, export_network
from training.learning import checkpoints, loop
from training.learning.config import Stage, TrainConfig, usual
from training.learning.imagenet import teach
from training.learning.loop import make_stage, train
from training.learning.losses import denoising_loss, edge_loss, epsilon_loss, fill_loss, per_hole

SMALL = {"preset": "small", "size": 64, "batch": 4, "masks": 20, "warmup": 5}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stage", "given", "fall"),
    [
        ("edges", {}, 0.05),
        ("coarse", {"mean": 1.0}, 0.05),
        ("fine", {"mean": 1.0}, 0.05),
        ("fine", {"formulation": "denoise"}, 0.05),
        ("fine", {"formulation": "ddpm"}, 0.015),  # of 0.1
    ],
)
def test_steps_make_the_loss_fall(small_shard: Path, stage: Stage, given: dict[str, object], fall: float) -> None:
    torch.manual_seed(0)
    made = make_stage(usual(stage, **SMALL, **given))
    chips = Chips.load([small_shard], 64, cache=small_shard.parent)
    batch = next(made.maker(chips, batch=4, masks=10, seed=2).batches(0))
    losses = learn(made, batch, steps=20)
    assert all(math.isfinite(value) for value in losses)
    assert min(losses[-3:]) < losses[0] - fall


@pytest.mark.slow
def test_a_run_goes_on_where_it_stopped(small_shard: Path, tmp_path: Path) -> None:
    config = TrainConfig(stage="edges", **SMALL)  # type: ignore[arg-type]
    run = train(config, [small_shard], tmp_path / "run", images=8, device="cpu")
    assert (run.images, run.steps) == (8, 2)
    again = train(config, [small_shard], tmp_path / "run", images=12, device="cpu", decay=True)
    assert (again.images, again.steps) == (12, 3)
    assert {p.name for p in (tmp_path / "run").iterdir()} == {
        *("checkpoint.pt", "weights.safetensors", "weights-5000.safetensors", "weights-30000.safetensors"),
        *("sheet.png", "log"),
    }
    assert checkpoints.preset_of(tmp_path / "run" / "weights.safetensors") == "small"


@pytest.mark.slow
def test_runs_beside_each_other_share_the_decoded_chips(small_shard: Path, tmp_path: Path) -> None:
    for stage in ("edges", "framing"):
        config = TrainConfig(stage=stage, **SMALL)  # type: ignore[arg-type]
        train(config, [small_shard], tmp_path / "runs" / stage, images=4, device="cpu")
    assert [path.suffix for path in (tmp_path / "runs" / "cache").iterdir()] == [".npy"]


@pytest.mark.slow
def test_minutes_end_a_run_and_let_its_learning_rate_fall(
    small_shard: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a clock that a step moves by ten seconds."""
    now, shares, real = [0.0], [], loop.Run.step

    def step(run: loop.Run, batches: Iterator[Movable], left: float) -> torch.Tensor:
        now[0] += 10
        shares.append(left)
        return real(run, batches, left)

    monkeypatch.setattr(loop.Run, "step", step)
    monkeypatch.setattr(loop, "time", SimpleNamespace(monotonic=lambda: now[0]))
    config = TrainConfig(stage="edges", **SMALL)  # type: ignore[arg-type]
    run = train(config, [small_shard], tmp_path / "run", minutes=0.5, device="cpu", decay=True)
    assert run.steps == 3
    assert shares == pytest.approx([1, 2 / 3, 1 / 3])


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ([], "give --minutes, --images"),
        (["--minutes", "0"], "more than 0"),
        (["--minutes", "nan"], "more than 0"),
        (["--images", "0"], "more than 0"),
    ],
)
def test_a_run_without_an_end_or_a_beginning_is_refused(
    small_shard: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], given: list[str], why: str
) -> None:
    argv = ["train", "edges", "--shards", str(small_shard), "--out", str(tmp_path / "run"), "--device", "cpu", *given]
    assert main(argv) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert why in line
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_two_processes_learn_what_one_does(small_shard: Path, tmp_path: Path) -> None:
    """Two processes with a batch each take the steps of one process with two, also when they go on from it."""
    argv = ["train", "fine", "--shards", str(small_shard), "--device", "cpu", "--no-bf16"]
    argv += ["--preset", "small", "--size", "32", "--batch", "2", "--masks", "20", "--warmup", "1", "--lr", "5e-4"]
    argv += ["--optimizer", "adamw"]  # Muon makes much of how few examples' gradients are rounded
    argv += ["--seed", "1"]  # with 0 AdamW does, of one weight whose gradient is next to nothing
    argv += ["--mean", "0.5"] if HERE else ["--formulation", "denoise"]  # with a critic, where there are its features
    alone = [*argv, "--out", str(tmp_path / "one"), "--accumulate", "2", "--images"]
    assert main([*alone, "12"]) == 0
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    assert main([*alone, "24"]) == 0
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "training"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[3])}
    two = [*launch, *argv, "--out", str(tmp_path / "two"), "--images", "24"]
    done = subprocess.run(two, capture_output=True, text=True, env=environment, timeout=300)
    assert done.returncode == 0, done.stderr
    one, other = (checkpoints.load(tmp_path / n / "checkpoint.pt") for n in ("one", "two"))
    assert one["steps"] == other["steps"] == 6
    assert one["images"] == other["images"] == 24
    start = make_stage(usual("fine", preset="small", size=32, mean=1.0)).network.state_dict()
    for name, weights in one["network"].items():
        torch.testing.assert_close(other["network"][name], weights, rtol=1e-3, atol=1e-4)
    assert any(not torch.equal(one["network"][n], start[n]) for n in start)


@pytest.mark.slow
def test_trained_networks_export_and_restore(small_shard: Path, tmp_path: Path) -> None:
    weights: dict[str, Path] = {}
    for stage in ("edges", "coarse", "fine", "framing"):
        argv = ["train", stage, "--shards", str(small_shard), "--out", str(tmp_path / stage), "--images", "4"]
        argv += ["--preset", "small", "--size", "64", "--batch", "4", "--masks", "20", "--device", "cpu"]
        argv += ["--mean", "1", "--no-bf16"]
        if stage == "fine":
            argv += ["--edge-weights", str(weights["edges"]), "--coarse-weights", str(weights["coarse"])]
        assert main(argv) == 0
        weights[stage] = tmp_path / stage / "weights.safetensors"
    out = tmp_path / "models"
    argv = ["export", "--out", str(out), "--name", "tiny", "--default-steps", "2"]
    given = [part for stage, path in weights.items() for part in (f"--{stage}", str(path))]
    assert main([*argv, *given]) == 0
    graphs = [p for p in out.iterdir() if p.suffix == ".onnx"]
    assert len(graphs) == 8
    assert max(p.stat().st_size for p in graphs) < 500_000
    mask = np.zeros((256, 256), np.uint8)
    mask[90:150, 90:150] = 255
    photo = Photo.from_array(np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8))
    request = Request(photo=photo, mask=mask, aligned=True)
    results = [
        restore(request, load_models(device="cpu", backend=b, folder=out), Progress()) for b in ("onnx", "torch")
    ]
    assert {(r.model, r.steps) for r in results} == {("tiny", 2)}
    difference = results[0].photo.pixels.astype(int) - results[1].photo.pixels
    assert np.abs(difference).max() <= 1


@pytest.mark.slow
def test_an_export_lists_the_detector_that_lies_in_its_folder(tmp_path: Path) -> None:
    weights, out = tmp_path / "w.safetensors", tmp_path / "models"
    checkpoints.save_weights(weights, EdgeNetwork("small").state_dict(), {"preset": "small"})
    export({"edges": weights}, out, name="mine", default_steps=1)
    assert DETECTOR not in read_catalog(out).files
    shutil.copy(FOLDER / DETECTOR, out)
    export({"edges": weights}, out, name="ships", default_steps=1)
    assert read_catalog(out).checked(DETECTOR) == out / DETECTOR


@pytest.mark.slow
def test_an_exported_damage_network_computes_the_same_and_is_kept(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network, out, given = DamageNetwork().eval(), tmp_path / "models", tmp_path / "damage.safetensors"
    torch.nn.init.normal_(network.out.weight, std=0.1)
    checkpoints.save_weights(given, network.state_dict(), {"preset": "base"})
    checkpoints.load_weights(given, network)
    edges = tmp_path / "w.safetensors"
    checkpoints.save_weights(edges, EdgeNetwork("small").state_dict(), {"preset": "small"})
    export({"edges": edges, DAMAGE: given}, out, name="mine", default_steps=1)
    export({"edges": edges}, out, name="again", default_steps=1)
    graph = open_session(read_catalog(out).checked("damage.fp32.onnx"), threads=1)
    grey = torch.rand(1, 1, 48, 96)
    (found,) = graph.run({"grey": grey.numpy()})
    with torch.no_grad():
        np.testing.assert_allclose(found, network(grey).numpy(), atol=1e-5)
    assert sum(path.stat().st_size for path in out.glob("damage.*")) < 2_000_000


@pytest.mark.slow
def test_an_exported_fine_network_refines_only_where_it_is_blurred(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network, given = CompletionNetwork("small").eval(), tmp_path / "w.safetensors"
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.03)
    checkpoints.save_weights(given, network.state_dict(), {"preset": "small"})
    checkpoints.load_weights(given, network)
    export_network("fine", given, tmp_path)
    graph = open_session(tmp_path / "fine.fp32.onnx", threads=1)
    plain, refined = copy.deepcopy(network), {}
    plain.refinement = None
    for worth in (0.0, 1.0):
        for sigma in (math.inf, 0.3):
            condition, residual = torch.rand(2, 6, 256, 256), torch.zeros(2, 3, 256, 256)
            condition[:, 3], condition[:, 5] = 1, worth
            feeds = {"residual": residual, "sigma": torch.full((2,), sigma), "condition": condition}
            (found,) = graph.run({name: plane.numpy() for name, plane in feeds.items()})
            with torch.no_grad():
                np.testing.assert_allclose(found, network(*feeds.values()).numpy(), atol=1e-5)
                refined[worth, sigma] = not np.allclose(found, plain(*feeds.values()).numpy(), atol=1e-4)
    assert [case for case, done in refined.items() if done] == [(1.0, math.inf)]
    (choice,) = (node for node in onnx.load(tmp_path / "fine.fp32.onnx").graph.node if node.op_type == "If")
    sizes = {branch.name: len(branch.g.node) for branch in choice.attribute}
    assert sizes["else_branch"] == 1 < sizes["then_branch"]


@needs_weights
@pytest.mark.slow
def test_a_taught_trunk_learns_slowly_and_its_first_layers_not_at_all(small_shard: Path, tmp_path: Path) -> None:
    config = usual("damage", size=64, batch=2, masks=17, warmup=1)
    run = train(config, [small_shard], tmp_path / "run", device="cpu", images=4)
    taught = LiteTrunk(4, planes=1)
    teach(taught)
    trunk = run.stage.network.trunk
    assert isinstance(trunk, LiteTrunk)
    moved = {
        name: (now - before).abs().max().item()
        for (name, now), before in zip(trunk.named_parameters(), taught.parameters(), strict=True)
    }
    still = {name for name, distance in moved.items() if not distance}
    assert still == {name for name in moved if name.startswith(("stem", "blocks.0", "blocks.1.", "blocks.2"))}
    assert max(moved.values()) < 3 * 0.1 * config.lr, "two steps, each of about the learning rate"


def test_weights_that_do_not_fit_are_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    with pytest.raises(WeightsError, match="cannot be read"):
        checkpoints.preset_of(path)
    checkpoints.save_weights(path, {"a": torch.zeros(1)}, {})
    with pytest.raises(WeightsError, match="preset"):
        checkpoints.preset_of(path)
    with pytest.raises(WeightsError, match="another network"):
        checkpoints.load_weights(path, torch.nn.Linear(1, 1))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(WeightsError, match="cannot be read"):
        checkpoints.load_weights(path, torch.nn.Linear(1, 1))


@pytest.mark.slow
def test_weights_that_fp16_cannot_hold_are_refused_and_the_checkpoint_before_stays(
    small_shard: Path, tmp_path: Path
) -> None:
    config = TrainConfig(stage="edges", **SMALL)  # type: ignore[arg-type]
    run = train(config, [small_shard], tmp_path / "run", device="cpu", images=4)
    kept = (tmp_path / "run" / "checkpoint.pt").read_bytes()
    first = next(iter(run.average.weights))
    run.average.weights[first].fill_(1e5)
    with pytest.raises(WeightsError, match=f"{first} holds what fp16 cannot"):
        run.save()
    assert (tmp_path / "run" / "checkpoint.pt").read_bytes() == kept


@pytest.mark.slow
def test_a_fresh_run_begins_with_given_weights_and_bf16_learns(small_shard: Path, tmp_path: Path) -> None:
    config = TrainConfig(stage="edges", **SMALL)  # type: ignore[arg-type]
    given = train(config, [small_shard], tmp_path / "first", images=8, device="cpu").average.weights
    argv = ["train", "edges", "--shards", str(small_shard), "--out", str(tmp_path / "second"), "--device", "cpu"]
    argv += ["--preset", "small", "--size", "64", "--batch", "4", "--masks", "20", "--images", "8"]
    argv += ["--bf16", "--begin", str(tmp_path / "first" / "weights.safetensors")]
    # One process has one precision, as accelerate sees it.
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[3])}
    subprocess.run([sys.executable, "-m", "training", *argv], check=True, env=environment, timeout=300)
    learned = checkpoints.load(tmp_path / "second" / "checkpoint.pt")["averages"][1]
    fresh = make_stage(config).network.state_dict()

    def distance(weights: dict[str, torch.Tensor]) -> float:
        return sum(float((weights[n] - given[n]).abs().sum()) for n in given)

    assert 0 < distance(learned) < 0.5 * distance(fresh)


@pytest.mark.slow
def test_an_average_of_given_weights_is_worth_as_much_as_they_are(small_shard: Path, tmp_path: Path) -> None:
    config = TrainConfig(stage="edges", **SMALL)  # type: ignore[arg-type]
    weights = tmp_path / "given.safetensors"
    given = EdgeNetwork("small").state_dict()
    checkpoints.save_weights(weights, given, {"preset": "small", "images": "400000"})
    run = train(config, [small_shard], tmp_path / "run", images=8, device="cpu", given=loop.Given(begin=weights))
    assert checkpoints.images_of(tmp_path / "run" / "weights.safetensors") == 400_008
    network = run.stage.network.state_dict()

    def distance(weights: dict[str, torch.Tensor]) -> float:
        return sum(float((weights[n] - given[n].half().float()).abs().sum()) for n in given)

    halves = [distance(average.weights) / distance(network) for average in run.averages]
    assert 0 < halves[2] < halves[1] < halves[0] < 0.01


def test_an_older_checkpoint_is_refused_in_a_sentence(small_shard: Path, tmp_path: Path) -> None:
    config = TrainConfig(stage="edges", **SMALL)  # type: ignore[arg-type]
    checkpoints.save(tmp_path / "run" / "checkpoint.pt", {"network": {}, "average": {}})
    with pytest.raises(ConfigError, match="another version"):
        train(config, [small_shard], tmp_path / "run", images=4, device="cpu")


def test_a_critic_without_a_use_is_refused(small_shard: Path, tmp_path: Path) -> None:
    config = TrainConfig(stage="edges", **SMALL)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="no critic"):
        train(config, [small_shard], tmp_path / "run", images=4, device="cpu", given=loop.Given(critic=small_shard))


def test_the_average_forgets_by_its_half_life() -> None:
    network = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.zeros_(network.weight)
    average = checkpoints.MovingAverage(network, half_life=100)
    torch.nn.init.ones_(network.weight)
    for _ in range(10):
        average.update(network, images=1_000_000, batch=10)
    assert average.weights["weight"].item() == pytest.approx(0.5)


def test_losses_see_the_hole_only_and_weigh_holes_alike() -> None:
    mask = torch.zeros(2, 1, 8, 8)
    mask[0, :, :2, :2] = 1
    mask[1, :, :, :] = 1
    error = torch.full((2, 3, 8, 8), 0.5)
    error[0, :, 4:] = 100
    torch.testing.assert_close(per_hole(error, mask), torch.tensor([0.5, 0.5]))
    truth = torch.zeros(2, 3, 8, 8)
    close, far = fill_loss(truth + 0.01, truth, mask), fill_loss(truth + 0.3, truth, mask)
    assert (close < far).all()
    sigma = torch.tensor([0.3, 0.3])
    assert (denoising_loss(truth, truth, mask, sigma) == 0).all()
    noise = torch.randn(2, 3, 8, 8)
    noisy = 0.3 * noise
    torch.testing.assert_close(epsilon_loss(truth, noisy, noise, mask, sigma), torch.zeros(2), atol=1e-5, rtol=0)
    edges = (torch.rand(2, 1, 8, 8) < 0.5).float()
    assert (edge_loss(20 * edges - 10, edges, mask) < edge_loss(0 * edges, edges, mask)).all()
