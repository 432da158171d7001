"""Batches: what a training step sees."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from training.data import holes, styles
from training.data.datasets import Batch, Chips, Maker, stream
from training.errors import SourceError


def first(shard: Path, *, seed: int = 0, number: int = 0) -> Batch:
    chips = Chips.load([shard], 64)
    return next(Maker(chips, batch=6, masks=20, seed=seed).batches(number))


def test_a_batch_keeps_its_promises(small_shard: Path) -> None:
    batch = first(small_shard)
    assert batch.image.shape == (6, 3, 64, 64)
    assert -1 <= batch.image.min() < batch.image.max() <= 1
    for plane in (batch.edges, batch.hole, batch.loss):
        assert plane.shape == (6, 1, 64, 64)
        assert set(plane.unique().tolist()) <= {0.0, 1.0}
    assert not (batch.loss > batch.hole).any()
    assert (batch.hole > batch.loss).any()  # beyond the frame: missing, but nobody knows the truth
    filled = batch.prefill()
    torch.testing.assert_close(filled * (1 - batch.hole), batch.image * (1 - batch.hole))


def test_a_seed_and_a_place_decide_the_batch(small_shard: Path) -> None:
    same = first(small_shard), first(small_shard)
    torch.testing.assert_close(same[0].image, same[1].image, rtol=0, atol=0)
    for other in (first(small_shard, seed=1), first(small_shard, number=5)):
        assert not torch.equal(same[0].image, other.image)


def test_the_worker_process_makes_the_same_batches(small_shard: Path) -> None:
    chips = Chips.load([small_shard], 64)
    maker = Maker(chips, batch=4, masks=10, seed=2)
    here, there = next(maker.batches(0)), next(stream(maker, 0, "cpu"))
    torch.testing.assert_close(here.image, there.image)
    torch.testing.assert_close(here.hole, there.hole)


def test_a_file_that_is_no_shard_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "no.tar").write_bytes(b"nothing")
    with pytest.raises(SourceError, match="cannot be read as a shard"):
        Chips.load([tmp_path / "no.tar"], 64)


@pytest.mark.parametrize("kind", holes.KINDS)
def test_every_kind_of_hole_is_a_mask_of_some_size(kind: object) -> None:
    rng = np.random.default_rng(0)
    made = [kind(rng, 64) for _ in range(20)]  # type: ignore[operator]
    assert all(set(np.unique(hole)) <= {0, 1} and hole.shape == (64, 64) for hole in made)
    assert np.mean([hole.mean() for hole in made]) > 0.005


def test_a_bank_depends_on_its_seed_only() -> None:
    bank = holes.bank(30, 64, seed=1)
    np.testing.assert_array_equal(bank, holes.bank(30, 64, seed=1))
    assert bank.mean((1, 2, 3)).min() > 0.005
    assert bank.mean((1, 2, 3)).max() < 0.65


def test_styles_change_pictures_but_stay_pictures() -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(64, 3, 32, 32, generator=generator)
    for style in (styles.soft, styles.toned, styles.faded, styles.grainy, styles.compressed):
        y = style(x, generator)
        assert y.shape == x.shape
        assert 0 <= y.min() <= y.max() <= 1
        share = (y != x).flatten(1).any(1).float().mean()
        assert 0 < share < 1
