"""Frames from landmarks, cutting and pasting chips, and the detector on a real face."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from engine.errors import MaskError
from engine.faces.frames import HOLE_COVERAGE, align, cut, cut_mask, detect, frame_around, paste
from engine.geometry import CHIP, F32, U8, Box, Frame, Size

UPRIGHT = np.array([[40.0, 50], [60, 50], [50, 62], [43, 75], [57, 75]])


@dataclass
class Picture:
    """A photo of known pixels that remembers what was read of it."""

    pixels: F32
    read: Box | None = None

    @property
    def size(self) -> Size:
        return Size(self.pixels.shape[1], self.pixels.shape[0])

    def rgb(self, box: Box | None = None) -> F32:
        assert box is not None
        assert box == box.clipped(self.size)
        self.read = box if self.read is None else self.read.union(box)
        return self.pixels[box.slices]


def smooth(width: int, height: int) -> F32:
    """Slow colour waves, period 80 pixels and more."""
    y, x = np.mgrid[:height, :width].astype(np.float32) + 0.5
    waves = [np.sin(x / 13), np.cos(y / 17), np.sin((x + y) / 19)]
    return np.stack(waves, 2).astype(np.float32) * 0.4 + 0.5


def astronaut() -> U8:
    return pytest.importorskip("skimage.data").astronaut()


def test_align_upright_face_by_hand() -> None:
    # eyes (50, 50) apart 20, mouth (50, 75): half side max(2 * 20, 1.8 * 25) = 45, centre (50, 52.5)
    frame = align(UPRIGHT)
    assert frame.angle == pytest.approx(0)
    assert frame.corners() == pytest.approx(np.array([[5, 7.5], [5, 97.5], [95, 97.5], [95, 7.5]]))


@pytest.mark.parametrize("angle", [-170, -35, 20, 90, 135])
def test_align_follows_the_formula_of_ffhq(angle: float) -> None:
    turn = np.radians(angle)
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    points = (UPRIGHT + np.array([[0, 0], [3, 2], [0, 0], [1, 1], [0, 3]])) @ spin.T
    eye, mouth, ee = points[:2].mean(0), points[3:].mean(0), points[1] - points[0]
    em = mouth - eye
    x = ee - np.array([-em[1], em[0]])
    x *= max(2.0 * np.hypot(*ee), 1.8 * np.hypot(*em)) / np.hypot(*x)
    y, c = np.array([-x[1], x[0]]), eye + 0.1 * em
    assert align(points).corners() == pytest.approx(np.stack([c - x - y, c - x + y, c + x + y, c + x - y]))


def test_cut_of_an_aligned_frame_is_the_picture() -> None:
    photo = Picture(smooth(400, 300))
    chip, valid = cut(photo, Frame(160, 140, 256))
    assert chip.shape == (256, 256, 3)
    assert chip.dtype == np.float32
    assert valid.all()
    np.testing.assert_allclose(chip, photo.pixels[12:268, 32:288], atol=1e-5)


@pytest.mark.parametrize("side", [90.0, 300.0, 511.0, 900.0])
@pytest.mark.parametrize("angle", [0.0, 33.0])
def test_cut_shows_each_point_where_the_frame_says(side: float, angle: float) -> None:
    photo, frame = Picture(smooth(1400, 1400)), Frame(700.3, 690.8, side, angle)
    chip, valid = cut(photo, frame)
    y, x = np.mgrid[:CHIP, :CHIP] + 0.5
    where = np.stack([x, y, np.ones_like(x)], 2) @ frame.to_photo().T
    truth = [np.sin(where[..., 0] / 13), np.cos(where[..., 1] / 17), np.sin(where.sum(2) / 19)]
    assert valid.all()
    assert np.abs(chip - (np.stack(truth, 2) * 0.4 + 0.5)).max() < 0.02


def test_cut_reads_only_the_frame_and_marks_what_lies_beyond() -> None:
    photo = Picture(smooth(500, 400))
    chip, valid = cut(photo, Frame(10, 200, 128))
    assert photo.read is not None
    assert photo.read.right < 100
    assert not valid[:, :107].any()
    assert valid[:, 109:].all()
    assert np.isfinite(chip).all()
    chip, valid = cut(photo, Frame(-900, -900, 100))
    assert not valid.any()
    assert not chip.any()


def test_cut_is_antialiased() -> None:
    board = np.indices((1024, 1024)).sum(0) % 2
    photo = Picture(np.repeat(board[..., None], 3, 2).astype(np.float32))
    for angle in (0.0, 21.0):
        chip, _ = cut(photo, Frame(512, 512, 700, angle))
        assert np.abs(chip - 0.5).max() < 0.12


@pytest.mark.parametrize("side", [60.0, 250.0, 700.0, 2100.0])
@pytest.mark.parametrize("angle", [0.0, 45.0])
def test_a_scratch_of_one_pixel_is_never_lost(side: float, angle: float) -> None:
    mask = np.zeros((3000, 3000), np.uint8)
    mask[:, 1500] = 255
    hole = cut_mask(mask, Frame(1500, 1500, side, angle)) > HOLE_COVERAGE
    # The line crosses the chip: every row has it, and so has every column when the frame is turned.
    assert hole.any(1).all()
    assert hole.mean() < max(0.03, 3 / side)


def test_mask_cover_is_the_share() -> None:
    mask = np.zeros((600, 600), np.uint8)
    mask[:, 300:] = 255
    cover = cut_mask(mask, Frame(300, 300, 512))
    assert cover[:, :127].max() == 0
    assert cover[:, 129:].min() == 1
    assert cut_mask(mask, Frame(5000, 0, 100)).max() == 0


@pytest.mark.parametrize("side", [64.0, 256.0, 400.0, 777.0])
@pytest.mark.parametrize("angle", [0.0, 30.0, -50.0])
def test_paste_undoes_cut(side: float, angle: float) -> None:
    photo = Picture(smooth(1200, 1200))
    frame = Frame(600.4, 599.7, side, angle)
    inner = int(side / 3)
    box = Box(600 - inner, 600 - inner, 600 + inner, 600 + inner)
    back = paste(cut(photo, frame)[0], frame, box)
    assert back.shape == (2 * inner, 2 * inner, 3)
    assert np.abs(back - photo.pixels[box.slices]).max() < 0.02


def test_paste_keeps_any_number_of_channels() -> None:
    chip = np.full((CHIP, CHIP, 1), 0.25, np.float32)
    assert paste(chip, Frame(20, 20, 30), Box(10, 10, 31, 25)).shape == (15, 21, 1)


def test_frame_around_stays_on_the_photo() -> None:
    mask = np.zeros((300, 500), np.uint8)
    mask[10:110, 420:480] = 200
    frame = frame_around(mask, Size(500, 300))
    assert frame == Frame(420, 80, 160)
    mask[:] = 255
    assert frame_around(mask, Size(500, 300)) == Frame(250, 150, 800)
    mask[:] = 0
    mask[150, 250] = 255
    assert frame_around(mask, Size(500, 300)).side == 64
    with pytest.raises(MaskError, match="empty"):
        frame_around(mask * 0, Size(500, 300))


def found_on(picture: U8) -> Frame:
    return detect(np.ascontiguousarray(picture))[0].frame


def test_detector_finds_the_astronaut_at_any_size_and_turn() -> None:
    photo = astronaut()
    frame = found_on(photo)
    assert (frame.cx, frame.cy) == pytest.approx((222, 116), abs=12)
    assert frame.side == pytest.approx(190, abs=40)
    assert abs(frame.angle) < 15
    for scale in (0.25, 2.5):
        resized = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        other = found_on(np.asarray(resized, np.uint8))
        assert (other.cx / scale, other.cy / scale) == pytest.approx((frame.cx, frame.cy), abs=8)
    turned = found_on(np.rot90(photo, 1))
    assert (turned.cx, turned.cy) == pytest.approx((frame.cy, 512 - frame.cx), abs=8)
    assert turned.angle == pytest.approx(frame.angle - 90, abs=20)


def test_detector_finds_nobody_on_a_wall() -> None:
    assert detect(np.full((70, 90, 3), 128, np.uint8)) == []


def test_importing_faces_is_light() -> None:
    code = "import sys, engine.faces.frames; sys.exit('onnxruntime' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
