"""`auto`: how faint, what was found, which mask was taken, and photos that are left for review."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data

from faceapp.__main__ import main
from faceapp.runs.batch import REPORT

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """A photo with a scratch through it."""
    picture = np.repeat(data.camera()[:240, 200:440, None], 3, axis=2)
    cv2.line(picture, (15, 10), (60, 230), (250, 250, 250), 3, cv2.LINE_AA)
    path = tmp_path / "in" / "scan.png"
    path.parent.mkdir()
    Image.fromarray(picture).save(path)
    return path


def restored(scan: Path, capsys: Captured, *options: object) -> dict[str, object]:
    out = scan.parents[1] / "out.png"
    arguments = ["restore", scan, "--mask", "auto", "-o", out, "--method", "telea", "--json", "--force", *options]
    assert main([str(argument) for argument in arguments]) == 0
    told: dict[str, object] = json.loads(capsys.readouterr().out)
    return told


@pytest.mark.slow
def test_json_tells_pieces_and_share_and_the_mask_is_saved(scan: Path, tmp_path: Path, capsys: Captured) -> None:
    told = restored(scan, capsys, "--save-mask", tmp_path / "mask.png")
    damage = told["damage"]
    assert isinstance(damage, dict)
    assert 0.002 < damage["share"] < 0.2
    largest = damage["pieces"][0]
    assert largest["width"] == largest["right"] - largest["left"] > 0
    mask = np.asarray(Image.open(tmp_path / "mask.png"))
    assert told["mask_file"] == str(tmp_path / "mask.png")
    line = np.zeros_like(mask)
    cv2.line(line, (15, 10), (60, 230), (255,), 1)
    assert (mask[line > 0] == 255).mean() > 0.6
    before, after = (np.asarray(Image.open(path)) for path in (scan, tmp_path / "out.png"))
    grown = cv2.dilate(mask, np.ones((33, 33), np.uint8))
    np.testing.assert_array_equal(before[grown == 0], after[grown == 0])


@pytest.mark.slow
def test_sensitivity_finds_more(scan: Path, capsys: Captured) -> None:
    shares = []
    for percent in (5, 50, 95):
        damage = restored(scan, capsys, "--sensitivity", percent)["damage"]
        assert isinstance(damage, dict)
        shares.append(damage["share"])
    assert shares == sorted(shares)
    assert shares[0] < shares[2]


def test_a_given_mask_is_saved_too_and_nothing_was_searched(scan: Path, tmp_path: Path, capsys: Captured) -> None:
    mask, saved = tmp_path / "m.png", tmp_path / "saved.png"
    Image.fromarray(np.pad(np.full((20, 20), 255, np.uint8), ((50, 170), (80, 140)))).save(mask)
    told = restored(scan, capsys, "--mask", mask, "--save-mask", saved)
    assert told["damage"] is None
    np.testing.assert_array_equal(np.asarray(Image.open(saved)), np.asarray(Image.open(mask)))


@pytest.mark.parametrize("percent", ["-1", "101", "nan", "much"])
def test_nonsense_is_one_line(percent: str, capsys: Captured) -> None:
    assert main(["restore", "a.png", "--mask", "auto", "-o", "b.png", "--sensitivity", percent]) == 2
    assert "is not a number from 0 to 100" in capsys.readouterr().err


def test_the_mask_is_not_written_over_anything(scan: Path, tmp_path: Path, capsys: Captured) -> None:
    out = tmp_path / "out.png"
    arguments = ["restore", scan, "--mask", "auto", "-o", out, "--method", "telea"]
    for saved, told in ((out, "the name for two files"), (scan, "the original")):
        assert main([*map(str, arguments), "--save-mask", str(saved)]) == 2
        assert told in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.slow
def test_a_photo_that_is_mostly_damaged_is_left_for_review(scan: Path, tmp_path: Path, capsys: Captured) -> None:
    out = tmp_path / "out"
    arguments = ["batch", scan.parent, out, "--masks", "auto", "--method", "telea"]
    assert main([*map(str, arguments), "--review-above", "0.1"]) == 0
    assert "1 review of 1 photos" in capsys.readouterr().out
    assert not (out / "scan.png").exists()
    with (out / REPORT).open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert row["status"] == "review"
    assert row["damaged"].endswith("%")
    assert "left for review, not restored" in row["text"]
    assert main([*map(str, arguments), "--resume"]) == 0
    assert (out / "scan.png").exists()
