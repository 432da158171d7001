"""Photos cut, turned, mirrored and straightened: which pixels and which coefficients stay as they were."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import engine
from engine import Box, Photo, Size, read_photo, write_photo
from engine.photo import jpeg
from engine.photo.metadata import upright
from engine.photo.reshaping import composed

jpeglib = pytest.importorskip("jpeglib", reason="coefficients of a JPEG are read by jpeglib")


def noise(width: int, height: int, *, channels: int = 3, bits: int = 8) -> np.ndarray:
    kind = np.uint8 if bits == 8 else np.uint16
    coarse = np.random.default_rng(3).integers(0, 1 << bits, (height // 7 + 1, width // 7 + 1, channels), kind)
    return np.ascontiguousarray(coarse.repeat(7, 0).repeat(7, 1)[:height, :width])


def jpeg_file(path: Path, *, subsampling: int = 2, orientation: int | None = None) -> Photo:
    exif = Image.Exif()
    if orientation is not None:
        exif[0x0112] = orientation
    Image.fromarray(noise(150, 100)).save(path, quality=80, subsampling=subsampling, exif=exif)
    return read_photo(path)


def coefficients(path: Path) -> list[np.ndarray]:
    found = jpeglib.read_dct(str(path))
    return [found.Y, found.Cb, found.Cr]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(("channels", "bits"), [(1, 8), (3, 8), (4, 8), (3, 16)])
def test_a_turn_moves_every_pixel_and_changes_none(orientation: int, channels: int, bits: int) -> None:
    photo = Photo.from_array(noise(31, 20, channels=channels, bits=bits))
    turned = engine.turned(photo, orientation)
    assert turned.mode == photo.mode
    assert np.array_equal(turned.pixels, upright(photo.pixels, orientation))
    assert not turned.pixels.flags.writeable
    back = engine.turned(turned, {6: 8, 8: 6}.get(orientation, orientation))
    assert np.array_equal(back.pixels, photo.pixels)


@pytest.mark.parametrize("orientation", [1, 2, 6, 8])
def test_a_turned_jpeg_keeps_its_coefficients(tmp_path: Path, orientation: int) -> None:
    photo = jpeg_file(tmp_path / "a.jpg", orientation=3 if orientation == 2 else None)
    turned = engine.turned(photo, orientation)
    assert engine.losses(turned, ".jpg") == engine.losses(photo, ".jpg") == ()
    write_photo(turned, tmp_path / "b.jpg")
    assert np.array_equal(read_photo(tmp_path / "b.jpg").pixels, turned.pixels)
    for old, new in zip(coefficients(tmp_path / "a.jpg"), coefficients(tmp_path / "b.jpg"), strict=True):
        assert np.array_equal(old, new)


@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("orientation", [1, 6, 3, 5])
def test_a_jpeg_cut_at_its_squares_keeps_its_coefficients(tmp_path: Path, subsampling: int, orientation: int) -> None:
    photo = jpeg_file(tmp_path / "a.jpg", subsampling=subsampling, orientation=orientation)
    wanted = Box(19, 21, photo.size.width - 13, photo.size.height - 11)
    box = engine.snapped(photo, wanted)
    assert box.union(wanted) == box
    assert max(wanted.left - box.left, wanted.top - box.top, box.right - wanted.right, box.bottom - wanted.bottom) < 16
    cut = engine.cropped(photo, box)
    assert cut.size == Size(box.width, box.height)
    assert engine.losses(cut, ".jpg") == ()
    write_photo(cut, tmp_path / "b.jpg")
    assert np.array_equal(read_photo(tmp_path / "b.jpg").pixels, cut.pixels)
    inner = (slice(4, -4), slice(4, -4))  # beside the cut decoders smooth colours otherwise
    assert np.array_equal(cut.pixels[inner], photo.pixels[box.slices][inner])
    whole, part = (coefficients(tmp_path / name)[0] for name in ("a.jpg", "b.jpg"))
    rows, columns = part.shape[:2]
    places = [
        (y, x)
        for y in range(whole.shape[0] - rows + 1)
        for x in range(whole.shape[1] - columns + 1)
        if np.array_equal(whole[y : y + rows, x : x + columns], part)
    ]
    assert places, "the coefficients are not those of the source"


def test_a_jpeg_cut_elsewhere_says_what_is_lost(tmp_path: Path) -> None:
    photo = jpeg_file(tmp_path / "a.jpg")
    cut = engine.cropped(photo, Box(3, 5, 90, 80))
    assert np.array_equal(cut.pixels, photo.pixels[5:80, 3:90])
    assert "small losses everywhere" in " ".join(map(str, engine.losses(cut, ".jpg")))
    assert jpeg.cropped(photo.metadata.jpeg.file if photo.metadata.jpeg else b"", Box(3, 5, 90, 80)) is None


def test_a_crop_is_a_part_of_the_photo() -> None:
    photo = Photo.from_array(noise(40, 30, channels=4))
    assert np.array_equal(engine.cropped(photo, Box(3, 4, 20, 30)).pixels, photo.pixels[4:30, 3:20])
    for box in (Box(0, 0, 41, 10), Box(5, 5, 5, 9)):
        with pytest.raises(ValueError, match="no part"):
            engine.cropped(photo, box)


@pytest.mark.parametrize("degrees", [-30.0, -4.0, 0.0, 7.0, 44.0])
@pytest.mark.parametrize(("width", "height"), [(300, 200), (90, 240), (150, 150)])
def test_what_is_straightened_shows_nothing_from_beyond_the_photo(width: int, height: int, degrees: float) -> None:
    pixels = np.full((height, width, 3), 200, np.uint8)
    pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1] = 0, 0, 0, 0  # a border, which only corners may touch
    straight = engine.straightened(Photo.from_array(pixels), degrees)
    size = engine.straight_size(Size(width, height), degrees)
    assert straight.size == size
    assert (straight.pixels[3:-3, 3:-3] > 150).mean() > 0.99
    if not degrees:
        assert size == Size(width, height)


def test_a_slope_is_level_after_straightening() -> None:
    rows, columns = np.mgrid[:200, :300]
    slope = np.where(rows > 100 + (columns - 150) * np.tan(np.radians(6)), 220, 40).astype(np.uint8)
    straight = engine.straightened(Photo.from_array(slope), -6).pixels
    edge = [int(np.argmax(straight[:, x] > 128)) for x in (10, straight.shape[1] // 2, straight.shape[1] - 10)]
    assert max(edge) - min(edge) <= 1


def test_orientations_are_put_together() -> None:
    assert composed(6, 8) == composed(2, 2) == composed(3, 3) == 1
    assert composed(6, 6) == 3
    pixels = noise(9, 5)
    for first in range(1, 9):
        for second in range(1, 9):
            assert np.array_equal(upright(upright(pixels, first), second), upright(pixels, composed(first, second)))


def test_a_box_goes_along_with_its_photo() -> None:
    size, box = Size(31, 20), Box(3, 5, 11, 18)
    marked = np.zeros((20, 31), np.uint8)
    marked[box.slices] = 1
    for orientation in range(1, 9):
        there = engine.turned_box(box, size, orientation)
        turned = upright(marked, orientation)
        assert turned[there.slices].all()
        assert turned.sum() == turned[there.slices].size
