"""Made damage: every kind shows, its truth lies where the picture changed, decoys count as sound."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from engine import Photo, PhotoError, write_photo
from tests.training.conftest import learn, made_shard
from tests.training.learning.test_critic import needs_weights
from training.data import damaged
from training.data.damaged import KINDS, Bank, Damaged, DamageMaker, in_folder, laid, marked
from training.data.datasets import Chips
from training.learning.config import usual
from training.learning.losses import damage_loss
from training.learning.stages import DamageStage


def maker(folder: Path, *, batch: int = 6, masks: int = 17) -> DamageMaker:
    shard = made_shard(folder / "made.tar", side=64)
    return DamageMaker(Chips.load([shard], 64, cache=folder / "cache"), batch=batch, masks=masks, seed=3)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_marks_something_and_not_everything(kind: str) -> None:
    shares = []
    for seed in range(6):
        mark = KINDS[kind](96, np.random.default_rng(seed))
        for plane in (mark.cover, mark.tone):
            assert plane.shape == (96, 96)
            assert plane.dtype == np.float32
            assert plane.min() >= 0
            assert plane.max() <= 1
        shares.append((mark.cover > 0.35).mean())
    assert 0.0005 < np.mean(shares) < 0.5


def test_truth_lies_where_the_picture_changed() -> None:
    grey = torch.full((1, 1, 32, 32), 0.5)
    cover = torch.zeros_like(grey)
    cover[..., 8:16, :] = 1
    cover[..., 16:18, :] = 0.2
    strong, sheer = torch.ones(1, 1, 1, 1), torch.zeros(1, 1, 1, 1, dtype=torch.bool)
    after, truth, doubt = marked(grey, cover, torch.full_like(grey, 0.9), sheer, strong)
    assert after[0, 0, 10, 0] == pytest.approx(0.9)
    assert truth[0, 0, :, 0].nonzero().flatten().tolist() == list(range(8, 16))
    assert doubt[0, 0, :, 0].nonzero().flatten().tolist() == [16, 17]
    _, truth, doubt = marked(grey, cover, torch.full_like(grey, 0.51), sheer, strong)
    assert not truth.any(), "what cannot be seen is no damage that could be found"
    assert doubt[0, 0, 10, 0] == 1
    shaded = laid(grey, cover, torch.ones_like(grey), ~sheer)
    assert shaded[0, 0, 10, 0] > 0.7


def test_batches_are_the_same_by_number_and_hold_sound_pictures(tmp_path: Path) -> None:
    made = maker(tmp_path, batch=12)
    one, again = (next(made.batches(4)) for _ in range(2))
    for name in ("grey", "truth", "weight"):
        assert torch.equal(getattr(one, name), getattr(again, name))
    assert one.grey.shape == (12, 1, 64, 64)
    damaged_ones = one.truth.flatten(1).any(1)
    assert 0 < damaged_ones.sum() < 12
    faces = one.weight[: made.faces]
    assert faces[one.truth[: made.faces] == 0].max() == 2
    assert one.weight[one.truth > 0].unique().tolist() == [1.0]


def test_a_folder_of_sound_photos_is_learnt_from_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(damaged, "_PICTURES", [])
    shades = np.full((90, 200, 3), 60, np.uint8), np.full((2400, 300, 3), 200, np.uint8)
    (tmp_path / "photos").mkdir()
    for number, pixels in enumerate(shades):
        write_photo(Photo.from_array(pixels), tmp_path / "photos" / f"{number}.png")
    small, large = in_folder(tmp_path / "photos")
    assert small.shape == (90, 200)
    assert large.shape == (1600, 200)
    shard = made_shard(tmp_path / "made.tar", side=64)
    chips = Chips.load([shard], 64, cache=tmp_path / "cache")
    made = DamageMaker(chips, batch=6, masks=17, seed=3, photos=tmp_path / "photos")
    assert sorted(made.scenes.unique().tolist()) == [60, 200]
    (tmp_path / "photos" / "notes.txt").write_text("not a photo")
    with pytest.raises(PhotoError, match="notes"):
        in_folder(tmp_path / "photos")


def test_decoys_change_the_picture_but_are_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(damaged, "_SOUND", 1.0)
    monkeypatch.setattr(damaged, "_DECOYED", 1.0)
    made = maker(tmp_path)
    assert not next(made.batches(0)).truth.any()
    grey = torch.full((4, 1, 64, 64), 0.5)
    generator = torch.Generator().manual_seed(0)
    assert any((made._decoyed(grey, generator) != grey).any() for _ in range(3))


def test_a_bank_turns_its_marks() -> None:
    bank = Bank.drawn((KINDS["tear"],), 1, 48, seed=1)
    generator = torch.Generator().manual_seed(1)
    cover, tone, sheer = bank.some(40, 48, generator)
    assert cover.shape == tone.shape == (40, 1, 48, 48)
    assert sheer.shape == (40, 1, 1, 1)
    assert 4 < len({tuple(c.flatten().tolist()) for c in cover}) <= 8


def test_the_loss_likes_the_truth_and_counts_no_pixel_of_weight_0() -> None:
    truth = torch.zeros(1, 1, 16, 16)
    truth[..., 4:8, :] = 1
    weight = torch.ones_like(truth)
    right, none, all_ = (truth * 2 - 1) * 9, torch.full_like(truth, -9.0), torch.full_like(truth, 9.0)
    assert damage_loss(right, truth, weight) < 0.05 < damage_loss(none, truth, weight)
    assert damage_loss(right, truth, weight) < damage_loss(all_, truth, weight)
    weight[..., 10:, :] = 0
    wrong = right.clone()
    wrong[..., 10:, :] = 9
    assert damage_loss(wrong, truth, weight) == pytest.approx(damage_loss(right, truth, weight).item())


@needs_weights
@pytest.mark.slow
def test_the_stage_learns_a_batch(tmp_path: Path) -> None:
    torch.manual_seed(0)
    stage = DamageStage(usual("damage"))
    batch: Damaged = next(maker(tmp_path).batches(1))
    losses = learn(stage, batch, steps=40)
    assert losses[-1] < 0.8 * losses[0]
    assert set(stage.figures()) == {"precision", "recall"}
