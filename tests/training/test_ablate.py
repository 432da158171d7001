"""Ablations, settings from files, and quality curves, on made chips."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.fill.chips import fill_chip
from engine.fill.sampling import Sampling
from engine.networks.blocks import DilatedFusion, HybridAttention
from engine.runtime.models import load_models
from training.__main__ import main
from training.ablate import VARIANTS
from training.data.datasets import Batch
from training.errors import ConfigError, SourceError
from training.export import export_network
from training.learning import checkpoints
from training.learning.bottlenecks import completion_network
from training.learning.config import usual
from training.learning.loop import make_stage
from training.measuring.fills import TrainedNetworks, sampled
from training.options import PRESETS, add_options, config_of

TINY = ["--preset", "small", "--size", "32", "--batch", "2", "--masks", "10", "--device", "cpu"]


def made_batch() -> Batch:
    torch.manual_seed(0)
    hole = torch.zeros(2, 1, 32, 32)
    hole[:, :, 8:24, 6:20] = 1
    image, edges = torch.rand(2, 3, 32, 32) * 2 - 1, (torch.rand(2, 1, 32, 32) < 0.2).float()
    return Batch(image, edges, hole, hole, torch.zeros_like(hole), image * (1 - hole), 0)


def test_bottlenecks_differ_in_what_they_say() -> None:
    torch.manual_seed(0)
    networks = {name: completion_network("small", name) for name in ("hybrid", "dilated", "plain")}
    counts = {name: sum(p.numel() for p in n.parameters()) for name, n in networks.items()}
    assert counts["dilated"] == counts["plain"]
    assert 0.98 * counts["hybrid"] < counts["plain"] < counts["hybrid"]
    dilations = {
        name: [b.dilation for m in n.modules() if isinstance(m, DilatedFusion) for b in m.branches]
        for name, n in networks.items()
    }
    wide, narrow = [(d, d) for d in (1, 2, 4, 8)], [(1, 1)] * 4
    assert dilations == {"hybrid": wide, "dilated": wide, "plain": narrow}
    attentions = {name: any(isinstance(m, HybridAttention) for m in n.modules()) for name, n in networks.items()}
    assert attentions == {"hybrid": True, "dilated": False, "plain": False}
    x = torch.randn(1, 3, 64, 64)
    for network in networks.values():
        assert network(x, torch.ones(1), torch.ones(1, 6, 64, 64)).shape == x.shape


@pytest.mark.slow
@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_learns_by_its_own_loss(name: str) -> None:
    batch = made_batch()
    losses = []
    for given in ({}, VARIANTS[name]):
        torch.manual_seed(0)
        stage = make_stage(usual("fine", preset="small", size=32, mean=0.0, **given))
        for p in stage.network.parameters():
            torch.nn.init.normal_(p, std=0.05)  # what starts at zero hides what a variant changes
        loss = stage(batch)
        loss.backward()
        losses.append(loss.item())
    assert np.isfinite(losses).all()
    assert (losses[0] == losses[1]) == (name == "design")


def test_settings_that_do_not_go_together_are_refused() -> None:
    for stage, given in (("coarse", {"size": 128}), ("fine", {"mean": 2.0}), ("fine", {"blurred": -0.1})):
        with pytest.raises(ConfigError):
            usual(stage, **given)  # type: ignore[arg-type]


@pytest.mark.slow
def test_ablate_trains_measures_and_goes_on(
    small_shard: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = ["ablate", "--shards", str(small_shard), "--val", str(small_shard), "--out", str(tmp_path / "out"), *TINY]
    argv += ["--images", "2", "--limit", "1", "--steps", "2", "--variants", "design,ddpm", "--seeds"]
    assert main([*argv, "0"]) == 0
    first = (tmp_path / "out" / "design-0" / "scores.json").stat().st_mtime_ns
    assert main([*argv, "0,1"]) == 0
    assert (tmp_path / "out" / "design-0" / "scores.json").stat().st_mtime_ns == first
    text = (tmp_path / "out" / "ablation.md").read_text()
    rows = [line.split("|")[1:4] for line in text.splitlines() if line.startswith(("| design", "| ddpm"))]
    assert [[cell.strip() for cell in row] for row in rows] == [
        ["design", "1", "2"],
        ["design", "2", "2"],
        ["ddpm", "2", "2"],
    ]
    assert text.count("+-") > 10
    scores = json.loads((tmp_path / "out" / "ddpm-1" / "scores.json").read_text())["scores"]
    assert list(scores) == ["2"]
    capsys.readouterr()
    assert main([*argv, "0", "--images", "4"]) == 2
    assert "another budget" in capsys.readouterr().err


def test_an_ablations_network_does_not_ship(tmp_path: Path) -> None:
    weights = tmp_path / "w.safetensors"
    checkpoints.save_weights(
        weights, completion_network("small", "plain").state_dict(), {"preset": "small", "bottleneck": "plain"}
    )
    with pytest.raises(SourceError, match="ablation"):
        export_network("fine", weights, tmp_path)
    assert not TrainedNetworks(weights, None).completion.training


def test_presets_are_settings() -> None:
    parser = argparse.ArgumentParser()
    add_options(parser)
    presets = [path.stem for path in PRESETS.glob("*.toml")]
    assert {"cpu-small", "gpu-base", "paper", "pic", "rfr"} <= set(presets)
    for name in presets:
        config = config_of(parser.parse_args(["--shards", "x", "--config", name, "--seed", "7"]), "fine")
        assert config.seed == 7
        assert config != usual("fine", seed=7)


def test_a_stages_table_goes_over_what_holds_for_all(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("batch = 3\nlr = 1\n[fine]\nbatch = 5\n[coarse]\nlr = 2\n")
    parser = argparse.ArgumentParser()
    add_options(parser)
    given = parser.parse_args(["--shards", "x", "--config", str(tmp_path / "c.toml")])
    found = [(c.batch, c.lr, c.optimizer) for c in (config_of(given, stage) for stage in ("fine", "coarse", "edges"))]
    assert found == [(5, 1, "muon"), (3, 2, "muon"), (3, 1, "adamw")]


@pytest.mark.slow
@pytest.mark.parametrize(
    "line",
    ["size = 'large'", "speed = 3", "preset = 'huge'", "stage = 'edges'", "size = true", "lr =", "[fine]\nspeed = 3"],
)
def test_a_wrong_setting_is_one_sentence(line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "c.toml").write_text(line)
    argv = ["train", "edges", "--out", str(tmp_path / "run"), "--images", "1", "--shards", "x"]
    assert main([*argv, "--config", str(tmp_path / "c.toml")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.slow
def test_options_go_before_the_config(small_shard: Path, tmp_path: Path) -> None:
    argv = ["train", "edges", "--out", str(tmp_path / "run"), "--shards", str(small_shard)]
    (tmp_path / "c.toml").write_text("preset = 'small'\nsize = 64\nbatch = 1\nmasks = 5\nlr = 1\n")
    assert main([*argv, "--config", str(tmp_path / "c.toml"), "--images", "1", "--size", "32", "--device", "cpu"]) == 0
    about = checkpoints.about(tmp_path / "run" / "weights.safetensors")
    assert (about["size"], about["batch"], about["preset"], about["images"]) == ("32", "1", "small", "1")


@pytest.mark.slow
def test_what_is_measured_is_what_ships() -> None:
    networks, sampling = load_models(device="cpu").networks, Sampling(2, seed=3)
    chips = np.random.default_rng(0).random((2, 256, 256, 3), np.float32)
    holes = np.zeros((2, 256, 256), bool)
    holes[0, 80:150, 90:180] = holes[1, :90, 60:100] = True
    found = sampled(networks, sampling)(chips, holes)
    assert found.edges is not None
    for chip, hole, rgb, edges in zip(chips, holes, found.rgb, found.edges, strict=True):
        shipped = fill_chip(chip, hole, networks=networks, sampling=sampling)
        np.testing.assert_array_equal(rgb, shipped.rgb)
        np.testing.assert_array_equal(edges, shipped.drawn_edges)
