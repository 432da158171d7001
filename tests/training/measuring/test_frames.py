"""How frames are measured: the cases, the report, the command."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from engine.faces.frames import cut
from engine.geometry import Frame
from engine.photo.photos import Photo
from tests.training.conftest import made_shard
from training.__main__ import main
from training.data.shards import decode, read_shard
from training.measuring.frame_cases import KINDS, chip_cases, frame_hole
from training.measuring.frame_report import markdown, write
from training.measuring.frame_scores import FrameScore


@pytest.mark.slow
def test_a_canvas_shows_its_chip_at_the_true_frame(tmp_path: Path) -> None:
    shard = made_shard(tmp_path / "made.tar", chips=3, side=256)
    cases = list(chip_cases([shard], limit=3, kinds=KINDS, seed=1))
    assert len(cases) == 2, "the one that its photo cuts shows too little"
    assert all(case.mask.any() for case in cases)
    files = dict(read_shard(shard))
    for case in cases:
        seen, inside = cut(Photo.from_array(case.whole), case.frame)
        middle = np.s_[60:190, 60:190]
        truth = decode(case.name, files[case.name]).rgb[middle] / 255
        assert inside[middle].all()
        assert np.abs(seen[middle] - truth).mean() < 0.04


def test_no_hole_ends_where_the_frame_does() -> None:
    frame, shape = Frame(200, 200, 200), (400, 400, 3)
    half = frame_hole(frame, shape, "half face", (0, 0)) > 0
    assert half[0].any()
    assert half[-1].any()
    assert 0.4 < half[100:300, 100:300].mean() < 0.6
    strokes = frame_hole(frame, shape, "50-60 %", (0, 0)) > 0
    assert strokes[75:325, 75:325].mean() == pytest.approx(0.55, abs=0.06)
    assert not strokes[:70].any()


def test_the_report_counts_what_is_right(tmp_path: Path) -> None:
    (case,) = chip_cases([made_shard(tmp_path / "one.tar", chips=2, side=256)], limit=2, kinds=("eyes",), seed=0)
    moved_frame = Frame(case.frame.cx + 0.02 * case.frame.side, case.frame.cy, case.frame.side, case.frame.angle)
    scores = [
        FrameScore(case, "CenterFace", None, None, None, 0.1),
        FrameScore(case, "ours", moved_frame, 0.02, 0.025, 0.2, psnr=30.0),
        FrameScore(case, "the true frame", case.frame, 0.0, None, 0.0, psnr=31.0),
    ]
    text = markdown(scores)
    rows = {
        line.split("|")[1].strip(): [c.strip() for c in line.split("|")[2:-1]]
        for line in text.splitlines()
        if "|" in line
    }
    assert rows["CenterFace"][:3] == ["0%", "0%", "0%"]
    assert rows["0.02 - 0.03"] == ["1", "0.025", "0.020", "100%"]
    assert "| 30.00" in text
    assert "-1.00" in text
    assert write(scores, tmp_path / "out") == text
    with (tmp_path / "out" / "frames.csv").open() as file:
        assert [row["error"] for row in csv.DictReader(file)] == ["", "0.02000", "0.00000"]


@pytest.mark.slow
def test_the_command_measures_chips_and_photos(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shard, photos = made_shard(tmp_path / "made.tar", chips=2, side=256), tmp_path / "photos"
    photos.mkdir()
    Image.fromarray(data.astronaut()).save(photos / "astronaut.png")
    argv = ["evaluate-frames", "--shards", str(shard), "--photos", str(photos), "--out", str(tmp_path / "out")]
    assert main([*argv, "--limit", "2", "--kinds", "eyes", "--device", "cpu"]) == 0
    said = capsys.readouterr().out
    assert "chips: 1 cases" in said
    assert "photos: 1 cases" in said
    with (tmp_path / "out" / "frames.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["source"] == "photos"]
    errors = {row["method"]: float(row["error"]) for row in rows if row["error"]}
    assert errors["the true frame"] == 0
    assert errors["moved 10 %"] == pytest.approx(0.1, abs=1e-4)
    assert errors["FaceMend"] < errors["without the network"]
    assert all(10 < float(row["psnr"]) < 50 for row in rows if row["psnr"])
    assert main(["evaluate-frames", "--out", str(tmp_path)]) == 2
    assert "--shards or --photos" in capsys.readouterr().err
