"""Quality curves: which are asked for, measured and plotted."""

from __future__ import annotations

import csv
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.fill.sampling import Sampling
from tests.training.conftest import made_shard
from training.__main__ import main
from training.errors import ConfigError
from training.quality import choices, plot


def asked(**given: str) -> Namespace:
    return Namespace(**({"steps": "1,4", "samplers": "ddim,heun", "starts": "0.5", "guidance": "1"} | given))


def test_every_combination_is_measured_once() -> None:
    assert choices(asked()) == [Sampling(1), Sampling(4, "ddim", 0.5), Sampling(4, "heun", 0.5)]
    assert len(choices(asked(guidance="1,2", starts="0.5,inf"))) == 2 + 2 * 2 * 2


@pytest.mark.parametrize("given", [{"steps": "one"}, {"starts": "0.5,"}, {"samplers": "euler"}])
def test_what_cannot_be_measured_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(ConfigError):
        choices(asked(**given))


def test_a_curve_goes_through_what_was_measured() -> None:
    rows = [
        ["curve", "evaluations", "perceptual", "psnr"],
        ["first fill", "1", "21.7", "26.4"],
        *(["ddim, start 0.5", str(n), f"{20 - n}", f"{26 + n / 10}"] for n in (2, 8)),
    ]
    for axes, name, wanted in zip(
        plot(rows).axes, ("perceptual", "psnr"), ([[21.7], [18, 12]], [[26.4], [26.2, 26.8]]), strict=True
    ):
        assert (axes.get_title(), axes.get_xscale()) == (name, "log")
        assert [line.get_label() for line in axes.lines] == ["first fill", "ddim, start 0.5"]
        assert [np.asarray(line.get_xdata()).tolist() for line in axes.lines] == [[1], [2, 8]]
        assert [np.asarray(line.get_ydata()).tolist() for line in axes.lines] == wanted
        assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "2", "8"]


@pytest.mark.slow
def test_the_command_measures_and_plots(tmp_path: Path) -> None:
    shard = made_shard(tmp_path / "made.tar", chips=1, side=256)
    argv = ["quality", "--shards", str(shard), "--out", str(tmp_path / "out"), "--steps", "1,2", "--device", "cpu"]
    assert main([*argv, "--samplers", "ddim", "--starts", "0.3,0.6"]) == 0
    assert (tmp_path / "out" / "quality.md").read_text().count("\n| ddim") == 2
    rows = list(csv.DictReader((tmp_path / "out" / "quality.csv").read_text().splitlines()))
    assert [(row["curve"], row["evaluations"]) for row in rows] == [
        ("first fill", "1"),
        ("ddim, start 0.3", "2"),
        ("ddim, start 0.6", "2"),
    ]
    with Image.open(tmp_path / "out" / "quality.png") as picture:
        assert picture.size == (1300, 400)
