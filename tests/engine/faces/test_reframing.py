"""Framing hidden faces: the geometry, the looks, and what the chooser makes of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
import pytest
from skimage import data

from engine import Models, Photo, Request, load_models, restore
from engine.faces.choosing import choose_frames, find_faces, fit_frame
from engine.faces.reframing import PASSES, ZOOM, apart, corner_error, mean, mean_error, moved, propose, reframe
from engine.geometry import F32, SQUARE, Frame
from engine.networks.presets import Role
from engine.wording import Sentence

STAYS = (0.0, 0.0, 1.0, 0.0)


@dataclass
class Fixed:
    """Networks that give every square the same answer, and remember what they saw."""

    answer: tuple[float, ...]
    device: str = "cpu"
    notes: tuple[Sentence, ...] = ()
    can_frame: bool = True
    has_coarse: bool = False
    seen: list[tuple[F32, F32]] = field(default_factory=list)

    def frame(self, picture: F32, known: F32) -> F32:
        self.seen.append((picture, known))
        return np.tile(np.array(self.answer, np.float32), (len(picture), 1))

    def draw_edges(self, edges: F32, hole: F32, image: F32) -> F32:
        raise AssertionError("frames need no edges")

    def denoise(self, residual: F32, sigma: float, condition: F32, *, role: Role = "fine") -> F32:
        raise AssertionError("frames need no fill")


def sure(error: float) -> Fixed:
    return Fixed((*STAYS, math.log(error)))


@pytest.fixture
def bare() -> Request:
    """A photo without a face, a mask in its middle."""
    mask = np.zeros((200, 300), np.uint8)
    mask[80:120, 100:160] = 255
    return Request(photo=Photo.from_array(np.full((200, 300, 3), 90, np.uint8)), mask=mask)


def test_a_move_is_a_similarity_in_the_squares_axes() -> None:
    square = Frame(100, 80, 50, 90)
    quarter = math.radians(30)
    frame = moved(square, (0.2, -0.1, 2 * math.cos(quarter), 2 * math.sin(quarter), 0))
    # A square turned by 90 degrees: its x runs down the photo, its y to the left.
    assert (frame.cx, frame.cy) == pytest.approx((100 + 5, 80 + 10))
    assert (frame.side, frame.angle) == pytest.approx((100, 120))
    assert corner_error(moved(square, STAYS), square) == pytest.approx(0, abs=1e-9)


def test_errors_are_shares_of_the_true_side() -> None:
    truth = Frame(100, 100, 200)
    assert corner_error(replace(truth, cx=110), truth) == pytest.approx(0.05)
    assert mean_error(replace(truth, cx=110), truth) == pytest.approx(0.05)
    turned = 2 * math.sin(math.radians(5)) * math.sqrt(0.5)
    assert corner_error(replace(truth, angle=10), truth) == pytest.approx(turned)


def test_the_mean_of_two_frames_turns_the_short_way() -> None:
    between = mean(Frame(100, 100, 200, 175), Frame(110, 90, 220, -175))
    assert (between.cx, between.cy, between.side) == (105, 95, 210)
    assert between.angle % 360 == pytest.approx(180)


def test_each_look_follows_the_last_and_sees_neither_hole_nor_beyond(bare: Request) -> None:
    networks = Fixed((0.1, 0.0, 1 / ZOOM, 0.0, math.log(0.03)))
    (guess,) = reframe(bare.photo, bare.mask, [Frame(10, 100, 100)], networks)
    assert len(networks.seen) == PASSES
    assert guess.error == pytest.approx(0.03)
    assert guess.frame.side == pytest.approx(100 / ZOOM)
    assert guess.frame.cx == pytest.approx(10 + 0.1 * 100 * PASSES)
    picture, known = networks.seen[0]
    assert picture.shape == (1, 3, SQUARE, SQUARE)
    assert known.shape == (1, 1, SQUARE, SQUARE)
    assert known[0, 0, SQUARE // 2, : SQUARE * 40 // 100 - 2].max() == 0  # beyond the photo
    assert known[0, 0, SQUARE // 2, SQUARE * 40 // 100 + 2] == 1
    assert (picture[np.broadcast_to(known == 0, picture.shape)] == 0).all()
    whole = reframe(bare.photo, bare.mask, [Frame(130, 100, 80)], sure(0.03))
    assert whole[0].frame.cx == pytest.approx(130)


def test_faces_that_overlap_count_once_and_the_surest_comes_first(bare: Request) -> None:
    mask = np.zeros((200, 300), np.uint8)
    mask[10:40, 10:40] = mask[150:180, 250:280] = 255
    found = propose(bare.photo, mask, sure(0.05))
    assert all(apart(a.frame, b.frame) for a in found for b in found if a is not b)
    assert [g.error for g in found] == sorted(g.error for g in found)
    assert {(g.frame.cx < 60, g.frame.cx > 240) for g in found} >= {(True, False), (False, True)}


@pytest.mark.slow
@pytest.mark.parametrize(("error", "found"), [(0.01, "framed"), (0.5, "mask")])
def test_only_a_sure_frame_is_taken(bare: Request, error: float, found: str) -> None:
    assert {c.found for c in choose_frames(bare, sure(error))} == {found}


@pytest.mark.slow
def test_a_result_says_that_the_network_placed_the_frame(bare: Request) -> None:
    models = load_models(device="cpu")
    fixed = sure(0.01)
    fixed.draw_edges, fixed.denoise = models.networks.draw_edges, models.networks.denoise  # type: ignore[method-assign]
    result = restore(replace(bare, steps=1), Models(fixed, models.name, 1, models.backend))
    assert {face.found for face in result.faces} == {"framed"}
    (note,) = result.notes
    assert str(note) == "The mask hides a face; the framing network placed it by what is left of it."


@pytest.mark.slow
def test_without_the_network_the_mask_gives_the_frame(bare: Request) -> None:
    assert [c.found for c in choose_frames(bare)] == ["mask"]
    assert [c.found for c in choose_frames(bare, replace(sure(0.01), can_frame=False))] == ["mask"]


@pytest.mark.parametrize(
    ("rows", "error", "asked", "anew"),
    [((55, 75), 0.01, False, False), ((95, 125), 0.01, True, True), ((95, 125), 0.5, True, False)],
)
def test_a_face_whose_landmarks_are_seen_is_not_framed_anew(
    rows: tuple[int, int], error: float, asked: bool, anew: bool
) -> None:
    mask = np.zeros((512, 512), np.uint8)
    mask[slice(*rows), 200:260] = 255
    networks = sure(error)
    request = Request(photo=Photo.from_array(data.astronaut()), mask=mask)
    (chosen,), (without,) = choose_frames(request, networks), choose_frames(request)
    assert chosen.found == without.found == "detected"
    assert bool(networks.seen) == asked
    assert (chosen.frame != without.frame) == anew


@pytest.mark.slow
@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize("rough", [Frame(224, 100, 200), Frame(224, 110, 140), Frame(205, 125, 240)])
def test_a_box_around_a_head_becomes_the_frame_of_its_face(rough: Frame, hidden: bool) -> None:
    astronaut, mask = data.astronaut(), np.zeros((512, 512), np.uint8)
    (truth,) = (face.frame for face in find_faces(Photo.from_array(astronaut)))
    if hidden:
        mask[85:125, 185:265] = 255
        astronaut[mask > 0] = 118
    photo, networks = Photo.from_array(astronaut), load_models(device="cpu").networks
    fitted = fit_frame(photo, mask, rough, networks)
    assert fitted is not None
    assert corner_error(fitted, truth) < 0.13 < corner_error(rough, truth)
    assert fit_frame(photo, mask, Frame(400, 400, 150), networks) is None  # a shoulder


@pytest.mark.slow
def test_hidden_eyes_are_framed_nearer_with_the_models_that_ship() -> None:
    astronaut = data.astronaut()
    (truth,) = (face.frame for face in find_faces(Photo.from_array(astronaut)))
    mask = np.zeros((512, 512), np.uint8)
    mask[85:125, 185:265] = 255
    astronaut[mask > 0] = 118
    request = Request(photo=Photo.from_array(astronaut), mask=mask, steps=1)
    models = load_models(device="cpu")
    (without,), (chosen,) = choose_frames(request), choose_frames(request, models.networks)
    assert corner_error(chosen.frame, truth) < 0.08 < corner_error(without.frame, truth)
    result = restore(request, models)
    assert result.faces[0].frame == chosen.frame
    textures = Photo.from_array(data.coffee()[:400])
    spot = np.zeros((400, 600), np.uint8)
    spot[200:240, 300:360] = 255
    assert all(g.error > 0.06 for g in propose(textures, spot, models.networks))


@pytest.mark.slow
def test_a_hidden_face_is_framed_beside_one_that_is_seen() -> None:
    """Whatever is marked on the seen one; a thin scratch elsewhere hides none."""
    pair = np.hstack((data.astronaut(), data.astronaut()))
    mask = np.zeros(pair.shape[:2], np.uint8)
    cv2.line(mask, (190, 140), (400, 150), 255, 4)
    models = load_models(device="cpu")
    left, right = sorted((face.frame for face in find_faces(Photo.from_array(pair))), key=lambda frame: frame.cx)
    (alone,) = choose_frames(Request(photo=Photo.from_array(pair), mask=mask), models.networks)
    assert corner_error(alone.frame, left) < 0.05
    mask[30:130, 512 + 170 : 512 + 280] = 255
    pair[mask > 0] = 118
    found = choose_frames(Request(photo=Photo.from_array(pair), mask=mask), models.networks)
    assert [chosen.found for chosen in found] == ["detected", "framed"]
    assert corner_error(found[1].frame, right) < 0.2


@pytest.mark.slow
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_hidden_face_is_framed_however_the_photo_is_turned(turns: int) -> None:
    (truth,) = (face.frame for face in find_faces(Photo.from_array(data.astronaut())))
    mask = np.zeros((512, 512), np.uint8)
    mask[85:125, 185:265] = 255
    photo, mask = np.rot90(data.astronaut(), turns).copy(), np.rot90(mask, turns).copy()
    for _ in range(turns):
        truth = Frame(truth.cy, 512 - truth.cx, truth.side, truth.angle - 90)
    best, *_ = propose(Photo.from_array(photo), mask, load_models(device="cpu").networks)
    assert best.error < 0.06
    assert corner_error(best.frame, truth) < 0.2
