"""The framing network: what it learns from, that it learns, and how frames are measured."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from skimage import data

from engine.faces.frames import cut
from engine.faces.reframing import mean_error, moved
from engine.geometry import SQUARE, Frame
from engine.networks.framing_network import FramingNetwork, fit
from engine.photo.photos import Photo
from tests.training.conftest import learn, made_shard
from training.__main__ import main
from training.data import squares
from training.data.datasets import Chips
from training.data.shards import decode, read_shard
from training.data.squares import SquareMaker, in_frame
from training.learning.config import TrainConfig
from training.learning.loop import make_stage
from training.learning.losses import corner_distance, framing_loss, place_loss
from training.measuring.frame_cases import KINDS, chip_cases, frame_hole
from training.measuring.frame_report import markdown, write
from training.measuring.frame_scores import FrameScore


def truths(n: int) -> torch.Tensor:
    return squares._truth(draws(n))


def draws(n: int) -> squares._Draw:
    return squares._Draw(n, torch.Generator().manual_seed(3), torch.device("cpu"))


def test_places_that_are_right_give_the_frame_exactly() -> None:
    truth = truths(50)
    place = in_frame(truth, 12).permute(0, 3, 1, 2)
    spread = torch.randn(50, 1, 12, 12)
    found = fit(place, spread, torch.zeros(50, 1))
    assert corner_distance(found, truth).max() < 1e-3
    # Places that claim nothing count for nothing.
    wrong, unsure = place.clone(), torch.full_like(spread, -4.0)
    wrong[..., :6], unsure[..., :6] = 3.0, 9.0
    assert corner_distance(fit(wrong, unsure, torch.zeros(50, 1)), truth).max() < 0.01


def test_the_truth_of_a_square_is_where_the_engine_puts_the_frame() -> None:
    square, truth = Frame(40, 70, 30, 20), torch.tensor([[0.2, -0.1, 1.3, 0.4]])
    frame = moved(square, [*truth[0].tolist(), 0.0])
    place = in_frame(truth)[0].numpy()
    for row, column in ((0, 0), (10, 80), (95, 40)):
        x, y = frame.to_photo(1) @ (*(place[row, column] + 0.5), 1.0)
        at = square.to_photo(SQUARE) @ (column + 0.5, row + 0.5, 1.0)
        assert (x, y) == pytest.approx(at, abs=1e-3)
    other = torch.tensor([[0.25, -0.1, 1.2, 0.5]])
    off = mean_error(moved(square, [*other[0].tolist(), 0.0]), frame)
    assert corner_distance(other, truth).item() == pytest.approx(off, rel=1e-3)


def test_a_square_never_shows_the_border_of_its_chip() -> None:
    """Else the network would read the frame off that: chips with a white rim on black show no white."""
    chips = torch.zeros(64, 4, 128, 128)
    chips[:, 3] = 1
    for rows, columns in ((0, slice(None)), (-1, slice(None)), (slice(None), 0), (slice(None), -1)):
        chips[:, :3, rows, columns] = 1
    draw, truth = draws(64), truths(64)
    plain = torch.cat((torch.zeros(64, 3, 128, 128), torch.ones(64, 1, 128, 128)), 1)
    place = in_frame(truth)
    assert (place.abs() > 0.5).flatten(1).any(1).float().mean() > 0.5
    window = squares._Window.draw(draw, upright=torch.full((64,), math.nan))
    far, inside = window.distance(place)
    assert inside.abs().max() < 0.49
    shown = squares._sample(chips, inside, torch.ones(64, 1, 1, 1))
    assert shown[:, :3].max() == 0
    assert (far > 1).any()
    picture, _known = squares._scene(plain, plain, place, draw, truth=truth, mirror=torch.ones(64, 1, 1, 1))
    assert picture.isfinite().all()


@pytest.mark.slow
def test_holes_do_not_follow_the_face(small_shard: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same batch with other true frames has the same holes, wherever the photo does not end."""
    maker = SquareMaker(Chips.load([small_shard], 64, cache=small_shard.parent), batch=8, masks=20, seed=0)
    one = next(maker.batches(4))
    truth = squares._truth
    monkeypatch.setattr(squares, "_truth", lambda draw: truth(draw) * torch.tensor([0.5, 0.5, 1.0, -1.0]))
    other = next(maker.batches(4))
    assert (one.truth != other.truth).any()
    assert one.picture.shape == (8, 3, SQUARE, SQUARE)
    assert (one.picture[(one.known == 0).expand_as(one.picture)] == 0).all()
    holes = [maker.masks[i, 0] > 0 for i in range(len(maker.masks))]
    for batch in (one, other):
        for known in batch.known[:, 0]:
            assert any((known[hole] == 0).all() for hole in holes) or known.min() == 1
    full = (one.known.flatten(1).mean(1) > 0.3) & (one.known.flatten(1).mean(1) < 1)
    assert full.any()


@pytest.mark.slow
def test_steps_make_the_loss_fall(small_shard: Path) -> None:
    torch.manual_seed(0)
    stage = make_stage(TrainConfig(stage="framing", preset="small"), None)
    batch = next(
        SquareMaker(Chips.load([small_shard], 64, cache=small_shard.parent), batch=8, masks=10, seed=0).batches(0)
    )
    losses = learn(stage, batch, steps=25)
    assert all(math.isfinite(value) for value in losses)
    assert losses[-1] < losses[0] - 0.3
    assert len(stage.picture(stage.network, batch)) == 3
    assert sum(p.numel() for p in stage.network.parameters()) < 1.5e6


def test_losses_know_right_from_wrong() -> None:
    truth, face = truths(16), torch.ones(16)
    exact, wrong = torch.cat((truth, torch.full((16, 1), -3.0)), 1), torch.cat((truth + 0.2, torch.zeros(16, 1)), 1)
    assert (framing_loss(exact, truth, face) < framing_loss(wrong, truth, face)).all()
    # Without a face only the claim counts: to be sure is worse than not to be.
    assert (framing_loss(exact, truth, 0 * face) > framing_loss(wrong, truth, 0 * face)).all()
    place = torch.zeros(2, 2, 12, 12)
    off = place + 0.1
    claims = [place_loss(off, torch.full((2, 1, 12, 12), math.log(s)), place) for s in (0.03, 0.14, 0.6)]
    assert (claims[1] < claims[0]).all()
    assert (claims[1] < claims[2]).all()


def test_a_fresh_network_leaves_the_square() -> None:
    found = FramingNetwork()(torch.zeros(2, 3, SQUARE, SQUARE), torch.ones(2, 1, SQUARE, SQUARE))
    torch.testing.assert_close(found[:, :4], torch.tensor([[0.0, 0.0, 1.0, 0.0]] * 2), atol=1e-3, rtol=0)


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
