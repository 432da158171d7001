"""How the search for damage is measured: the counts, the sound pictures, the command."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from engine.geometry import U8, Box
from tests.training.conftest import made_shard
from training.__main__ import main
from training.data.damaged import KINDS
from training.measuring.damage_cases import STRENGTHS, DamageCase, damage_cases, shown
from training.measuring.damage_report import markdown
from training.measuring.damage_scores import DamageScore, precision_recall, score, score_sound


def case() -> DamageCase:
    truth, doubt = np.zeros((2, 40, 40), bool)
    truth[10:12, :] = True
    doubt[30:36, :] = True
    return DamageCase("scratch", "clear", np.zeros((40, 40), np.uint8), truth, doubt)


def marking(*rows: slice) -> DamageScore:
    """The score of a search that marks these rows."""

    def search(rgb: U8) -> U8:
        found = np.zeros(rgb.shape[:2], np.uint8)
        for row in rows:
            found[row] = 255
        return found

    return score(case(), search)


def test_two_pixels_are_near_enough_and_doubtful_places_count_neither_way() -> None:
    assert precision_recall([marking(slice(10, 12))]) == (1, 1)
    assert precision_recall([marking(slice(12, 14))]) == (1, 1), "two pixels beside it"
    assert precision_recall([marking(slice(14, 16))]) == (0, 0)
    assert precision_recall([marking(slice(10, 12), slice(31, 35))]) == (1, 1)
    assert precision_recall([marking(slice(10, 11), slice(20, 21))]) == (0.5, 1)
    assert precision_recall([marking()]) == (0, 0)


@pytest.mark.slow
def test_marks_on_sound_pictures_and_their_features_are_counted() -> None:
    face = data.astronaut()[:260, 100:360].copy()
    everywhere = score_sound([face, face], lambda rgb: np.full(rgb.shape[:2], 255, np.uint8))
    assert (everywhere.pictures, everywhere.share, everywhere.marked, everywhere.features) == (2, 1.0, 2, 2)
    nowhere = score_sound([face], lambda rgb: np.zeros(rgb.shape[:2], np.uint8))
    assert (nowhere.share, nowhere.marked, nowhere.features) == (0.0, 0, 0)


def test_sound_chips_are_cut_to_what_their_photos_show() -> None:
    valid = np.ones((60, 80), bool)
    assert shown(valid) == Box(0, 0, 80, 60)
    valid[:7], valid[:, 70:] = False, False
    assert shown(valid) == Box(0, 7, 70, 60)
    tilted = np.add.outer(np.arange(60), np.arange(60)) >= 20
    assert shown(tilted) == Box(10, 10, 60, 60)


@pytest.mark.slow
def test_cases_are_of_every_kind_and_the_same_each_time(tmp_path: Path) -> None:
    shard = made_shard(tmp_path / "made.tar", chips=2, side=256)
    one, again = (list(damage_cases([shard], limit=1, seed=2)) for _ in range(2))
    assert [(c.kind, c.strength) for c in one] == [(kind, strength) for kind in KINDS for strength in STRENGTHS]
    for a, b in zip(one, again, strict=True):
        np.testing.assert_array_equal(a.grey, b.grey)
        assert not (a.truth & a.doubt).any()
    assert sum(c.truth.any() for c in one) > 0.8 * len(one)


def test_the_report_tells_kinds_strengths_and_all() -> None:
    scores = [DamageScore("dust", "faint", 10, 5, 20, 10), DamageScore("tear", "clear", 90, 90, 80, 80)]
    lines = markdown(scores, {}).splitlines()
    rows = {line.split("|")[1].strip(): [cell.strip() for cell in line.split("|")[2:-1]] for line in lines}
    assert rows["dust"] == ["0.50, 0.50", "0.00, 0.00", "0.50, 0.50"]
    assert rows["all kinds"] == ["0.50, 0.50", "1.00, 1.00", "0.95, 0.90"]


@pytest.mark.slow
def test_the_command_writes_tables_and_a_sheet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shard, photos = made_shard(tmp_path / "made.tar", chips=2, side=256), tmp_path / "photos"
    photos.mkdir()
    Image.fromarray(data.astronaut()[:200, :200]).save(photos / "a.png")
    given = ["evaluate-damage", "--shards", shard, "--photos", photos, "--out", tmp_path / "out"]
    assert main([*map(str, given), "--limit", "1", "--sound", "2"]) == 0
    told = capsys.readouterr().out
    for word in ("all kinds", "faces", "whole photos", *KINDS):
        assert word in told
    assert (tmp_path / "out" / "damage.csv").read_text().count("\n") == 1 + 2 * len(KINDS)
    with Image.open(tmp_path / "out" / "damage.png") as sheet:
        assert sheet.width == 6 * 256
