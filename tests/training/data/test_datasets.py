"""Batches: what a training step sees."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.fill.edges import canny
from engine.fill.prefill import push_pull
from engine.geometry import U8
from engine.request import Canny
from tests.training.conftest import made_shard
from training.data import blurs, datasets, holes, styles
from training.data.datasets import Batch, ChipMaker, Chips, stream
from training.data.layouts import LAYOUTS
from training.data.shards import write_shard
from training.data.sources import WEIGHTS
from training.errors import SourceError

pytestmark = pytest.mark.slow


def first(shard: Path, *, seed: int = 0, number: int = 0, blurred: float = 0.0) -> Batch:
    chips = Chips.load([shard], 64, cache=shard.parent)
    return next(ChipMaker(chips, batch=6, masks=20, seed=seed, blurred=blurred).batches(number))


@pytest.mark.parametrize("blurred", [0.0, 0.5, 1.0])
def test_a_batch_keeps_its_promises(small_shard: Path, blurred: float) -> None:
    batch = first(small_shard, blurred=blurred)
    assert batch.image.shape == batch.prefill.shape == (6, 3, 64, 64)
    assert -1 <= batch.image.min() < batch.image.max() <= 1
    for plane in (batch.edges, batch.hole, batch.loss, batch.worth, batch.missing):
        assert plane.shape == (6, 1, 64, 64)
        assert set(plane.unique().tolist()) <= {0.0, 1.0}
    assert not (batch.loss > batch.hole).any()
    assert (batch.hole > batch.loss).any()  # beyond the frame: missing, but nobody knows the truth
    assert int(batch.worth.amax((1, 2, 3)).sum()) == 6 * blurred
    torch.testing.assert_close(batch.prefill * (1 - batch.hole), batch.image * (1 - batch.hole))


def test_what_is_missing_does_not_tell_in_the_prefill(small_shard: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is drawn over it before the hole is cut makes no difference."""
    batch, real = first(small_shard, blurred=0.5), push_pull

    def painted(picture: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
        return real(torch.where(known > 0, picture, 7.0), known)

    monkeypatch.setattr(datasets, "push_pull", painted)
    torch.testing.assert_close(first(small_shard, blurred=0.5).prefill, batch.prefill, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("kind", "softer", "most"),
    [("_apart", 0.6, 0.2), ("_copied", 0.9, 0.25)],  # bad copies are seldom as soft, and noise is detail too
)
def test_a_blurred_place_is_softer_than_its_truth(
    small_shard: Path, monkeypatch: pytest.MonkeyPatch, kind: str, softer: float, most: float
) -> None:
    monkeypatch.setattr(blurs, "blurred", getattr(blurs, kind))
    chips = Chips.load([small_shard], 64, cache=small_shard.parent)
    maker = ChipMaker(chips, batch=32, masks=20, seed=0, blurred=1.0)
    for part in (maker.masks, maker.areas):
        part.zero_()
    maker.areas.fill_(1)  # the whole chip, and no holes but beyond the photo's frame
    batch = next(maker.batches(0))
    seen = 1 - batch.missing
    truth, prefill = (_detail(picture, seen) for picture in (batch.image, batch.prefill))
    assert (prefill < softer * truth).float().mean() > 0.5
    error = ((batch.image - batch.prefill).abs() * seen).mean((1, 2, 3))
    assert 0 < error.min() < error.max() < most


def _detail(picture: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
    """(N,): energy of what lies between a picture and its means over 3x3 places, noise and all."""
    soft = torch.nn.functional.avg_pool2d(picture, 5, 1, 2)
    return ((soft - torch.nn.functional.avg_pool2d(picture, 9, 1, 4)) ** 2 * seen).mean((1, 2, 3))


def test_a_seed_and_a_place_decide_the_batch(small_shard: Path) -> None:
    same = first(small_shard), first(small_shard)
    torch.testing.assert_close(same[0].image, same[1].image, rtol=0, atol=0)
    for other in (first(small_shard, seed=1), first(small_shard, number=5)):
        assert not torch.equal(same[0].image, other.image)
    soft = [first(small_shard, blurred=0.5) for _ in range(2)]
    for plane in ("image", "hole", "worth", "prefill"):
        torch.testing.assert_close(getattr(soft[0], plane), getattr(soft[1], plane), rtol=0, atol=0)


@pytest.mark.slow
def test_the_worker_process_makes_the_same_batches(small_shard: Path) -> None:
    chips = Chips.load([small_shard], 64, cache=small_shard.parent)
    maker = ChipMaker(chips, batch=4, masks=10, seed=2)
    here, there = next(maker.batches(0)), next(stream(maker, 0, "cpu"))
    torch.testing.assert_close(here.image, there.image)
    torch.testing.assert_close(here.hole, there.hole)


def test_decoded_chips_are_kept_for_the_next_run(small_shard: Path, tmp_path: Path) -> None:
    cache = tmp_path / "deep" / "cache"
    first = Chips.load([small_shard], 64, cache=cache)
    (kept,) = cache.iterdir()
    written = kept.stat().st_mtime_ns
    again = Chips.load([small_shard], 64, cache=cache)
    assert torch.equal(again.planes, first.planes)
    assert again.weights.tolist() == pytest.approx([6.0, 3.0, 0.7] * 2)
    assert [path.stat().st_mtime_ns for path in cache.iterdir()] == [written]


def test_other_chips_in_a_shard_of_the_same_name_and_size_are_decoded(tmp_path: Path) -> None:
    loaded = []
    for side in (60, 62):
        folder = tmp_path / str(side)
        folder.mkdir()
        shard = made_shard(folder / "made.tar", side=side)
        loaded.append((shard.stat().st_size, Chips.load([shard], 64, cache=tmp_path / "cache").planes))
    assert loaded[0][0] == loaded[1][0]
    assert not torch.equal(loaded[0][1], loaded[1][1])


def of_thresholds(low: float, high: float) -> Callable[[U8, U8 | None], U8]:
    return lambda rgb, known: canny(rgb, known, Canny(low, high))


def test_a_change_of_the_edge_map_never_trains_on_old_edges(
    small_shard: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither one of the code nor, in the same code, one of the thresholds."""
    edges = []
    for code in (canny, of_thresholds(20, 60), of_thresholds(20, 65)):
        monkeypatch.setattr(datasets, "canny", code)
        planes = Chips.load([small_shard], 64, cache=tmp_path / "cache").planes.numpy()
        np.testing.assert_array_equal(planes[1, 4], code(np.ascontiguousarray(planes[1, :3].transpose(1, 2, 0)), None))
        edges.append(planes[:, 4])
    assert len(list((tmp_path / "cache").iterdir())) == 3
    assert (edges[1] > edges[0]).any()
    monkeypatch.setattr(datasets, "canny", lambda rgb, known: canny(rgb, known))
    Chips.load([small_shard], 64, cache=tmp_path / "cache")
    assert len(list((tmp_path / "cache").iterdir())) == 4, "another code is not trusted to draw the same"


def test_every_layouts_letter_is_explained() -> None:
    assert {layout.prefix for layout in LAYOUTS.values()} <= set(WEIGHTS)


def test_sources_are_drawn_by_their_weights(small_shard: Path) -> None:
    """Six chips, two of each of `f-`, `m-` and `a-`, told apart by their single colour."""
    chips = Chips.load([small_shard], 64, cache=small_shard.parent)
    planes = torch.zeros_like(chips.planes)
    planes[:, 3] = 255
    planes[:, :3] = torch.tensor([40, 120, 200] * 2, dtype=torch.uint8).reshape(6, 1, 1, 1)
    maker = ChipMaker(Chips(planes, chips.weights), batch=64, masks=4, seed=0)
    seen = torch.cat([batch.image[:, 0].mean((1, 2)) for batch in islice(maker.batches(0), 20)])
    levels = (seen + 1) * 127.5
    shares = [float(((levels - value).abs() < 40).float().mean()) for value in (40, 120, 200)]
    assert shares == pytest.approx([6 / 9.7, 3 / 9.7, 0.7 / 9.7], abs=0.06)


def test_a_file_that_is_no_shard_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "no.tar").write_bytes(b"nothing")
    with pytest.raises(SourceError, match="cannot be read as a shard"):
        Chips.load([tmp_path / "no.tar"], 64, cache=tmp_path)
    with pytest.raises(SourceError, match="no chips"):
        Chips.load([write_shard(tmp_path / "empty.tar", [], lambda name: b"")], 64, cache=tmp_path)


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


def test_wide_holes_are_wide_and_half_of_all() -> None:
    rng = np.random.default_rng(0)
    shares = [holes.wide(rng, 64).mean() for _ in range(60)]
    assert 0.35 <= min(shares) < 0.5 < 0.75 < max(shares) <= 0.9
    bank = holes.bank(40, 64, seed=2, wide_ones=20)
    np.testing.assert_array_equal(bank, holes.bank(40, 64, seed=2, wide_ones=20))
    assert bank[20:].mean((1, 2, 3)).min() >= 0.35
    assert bank[:20].mean((1, 2, 3)).min() < 0.2
    assert ChipMaker(black_chips(), batch=1, masks=8, seed=0).masks[4:].float().mean((1, 2, 3)).min() >= 0.35


def black_chips() -> Chips:
    return Chips(torch.zeros(1, 5, 64, 64, dtype=torch.uint8), torch.ones(1))


def test_styles_change_pictures_but_stay_pictures() -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(64, 3, 32, 32, generator=generator)
    for style in (styles.soft, styles.toned, styles.faded, styles.grainy, styles.compressed):
        y = style(x, generator)
        assert y.shape == x.shape
        assert 0 <= y.min() <= y.max() <= 1
        share = (y != x).flatten(1).any(1).float().mean()
        assert 0 < share < 1
