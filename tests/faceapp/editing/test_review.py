"""A review: pieces come and go with the sensitivity; what a person painted, kept or deleted stays."""

from __future__ import annotations

import numpy as np
import pytest

import engine
from engine.geometry import U8, Box, Size
from faceapp.editing.review import Review

CLEAR, FAINT, STAIN = Box(10, 10, 60, 14), Box(10, 40, 60, 44), Box(70, 20, 90, 60)


def found(scale: int = 1) -> engine.DamageMap:
    chances = np.zeros((80, 100), np.uint8)
    chances[CLEAR.slices], chances[FAINT.slices], chances[STAIN.slices] = 250, 170, 250
    return engine.DamageMap(chances, np.zeros_like(chances), Size(100 * scale, 80 * scale))


def begun(base: U8 | None = None, scale: int = 1) -> Review:
    damage = found(scale)
    return Review(damage, damage.at(0.5), np.zeros((80 * scale, 100 * scale), np.uint8) if base is None else base)


def at(review: Review, sensitivity: float) -> Review:
    return review.at(review.damage.at(sensitivity))


def masked(review: Review, box: Box) -> float:
    return float((review.mask()[box.slices] > 127).mean())


def test_the_sensitivity_takes_away_as_well_as_adds() -> None:
    review = begun()
    assert len(review.pieces) == 2
    assert masked(review, FAINT) == 0
    assert masked(at(review, 1), FAINT) == 1
    np.testing.assert_array_equal(at(at(review, 1), 0.5).mask(), review.mask())


@pytest.mark.parametrize("scale", [1, 3])
def test_kept_pieces_stay_and_deleted_ones_do_not_come_back(scale: int) -> None:
    review = begun(scale=scale)
    first = review.piece
    assert first is not None
    assert first.box.grown(-1).height > 30 * scale, "the largest first"
    review = review.decided(keep=False)
    large, thin = (Box(*(scale * v for v in (b.left, b.top, b.right, b.bottom))) for b in (STAIN, CLEAR))
    assert masked(review, large) == 0
    assert len(review.pieces) == 1
    review = review.decided(keep=True)
    assert review.piece is None
    for sensitivity in (0.0, 1.0):
        moved = at(review, sensitivity)
        assert masked(moved, large) == 0
        assert masked(moved, thin) == 1
    assert len(at(review, 1.0).pieces) == 1, "the faint one is open"


def test_all_kept_stay_whatever_the_sensitivity() -> None:
    review = begun().all_kept()
    assert review.pieces == ()
    assert masked(at(review, 0.0), CLEAR) == masked(at(review, 0.0), STAIN) == 1


def test_what_was_painted_before_or_during_a_review_is_never_touched() -> None:
    base = np.zeros((80, 100), np.uint8)
    base[15:30, 72:78] = 200  # before; part of it lies in the stain
    review = begun(base)
    mask = review.mask()
    mask[60:70, 5:20] = 255  # painted
    mask[CLEAR.top : CLEAR.bottom, 10:30] = 0  # wiped
    review = review.seen(mask)
    np.testing.assert_array_equal(review.mask(), mask)
    assert review.seen(mask) is review
    strict = at(review, 0.0).mask()
    assert strict[60:70, 5:20].min() == 255
    assert at(review, 1.0).mask()[CLEAR.top : CLEAR.bottom, 10:30].max() == 0
    deleted = review.decided(keep=False)
    assert masked(deleted, Box(80, 20, 90, 60)) == 0
    assert deleted.mask()[15:30, 72:78].min() == 200


def test_steps_go_round_the_open_pieces() -> None:
    review = begun()
    boxes = [review.stepped(by).piece for by in (0, 1, 2, -1)]
    assert boxes[0] == boxes[2] != boxes[1] == boxes[3]
    empty = at(review, 0.5).all_kept()
    assert empty.stepped(1).piece is None
    assert empty.decided(keep=True) is empty


def test_a_decided_piece_does_not_grow_at_another_sensitivity() -> None:
    """Beside the clear scratch lies more of it, fainter."""
    damage = found()
    chances = damage.chances.copy()
    chances[CLEAR.bottom : CLEAR.bottom + 2, 10:60] = 100
    damage = engine.DamageMap(chances, damage.features, damage.size)
    begun = Review(damage, damage.at(0.5), np.zeros((80, 100), np.uint8))
    grown = Box(10, CLEAR.bottom + 2, 60, CLEAR.bottom + 3)  # a pixel beside all that is found
    assert masked(at(begun, 1.0), grown) == 1
    for keep in (False, True):
        review = begun.stepped(1).decided(keep=keep)
        assert masked(at(review, 1.0), grown) == 0
        assert masked(at(review, 1.0), CLEAR) == keep
        assert all(piece.box.top > CLEAR.bottom for piece in at(review, 1.0).pieces)


def test_a_piece_that_the_brush_touches_stays_but_a_wiped_one_is_still_open() -> None:
    review = begun()
    mask = review.mask()
    mask[CLEAR.top - 6 : CLEAR.top + 2, 20:30] = 255
    touched = review.seen(mask)
    np.testing.assert_array_equal(touched.mask(), mask)
    assert [piece.box.width > 30 for piece in touched.pieces] == [False], "the stain is open, the scratch is kept"
    assert masked(at(touched, 0.0), CLEAR) == 1
    mask = review.mask()
    mask[:, 70:75] = 0
    wiped = review.seen(mask)
    assert len(wiped.pieces) == 2
    assert masked(wiped, Box(76, 20, 90, 60)) == 1


def test_the_share_is_that_of_open_pieces() -> None:
    review = begun()
    assert review.share == pytest.approx(sum(piece.share for piece in review.finds.pieces))
    assert 0 < review.decided(keep=False).share < review.share
    assert review.all_kept().share == 0
