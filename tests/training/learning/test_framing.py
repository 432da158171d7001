"""The framing network: what it learns from, and that it learns."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from engine.faces.reframing import mean_error, moved
from engine.geometry import SQUARE, Frame
from engine.networks.framing_network import FramingNetwork, fit
from tests.training.conftest import learn
from training.data import squares
from training.data.datasets import Chips
from training.data.squares import SquareMaker, in_frame
from training.learning.config import TrainConfig
from training.learning.loop import make_stage
from training.learning.losses import corner_distance, framing_loss, place_loss


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
    stage = make_stage(TrainConfig(stage="framing", preset="small"))
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
