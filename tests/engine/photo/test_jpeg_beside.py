"""What a JPEG holds beside its pixels stays, or is named: pictures, videos, profiles, resolutions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from skimage import data

from engine import Box, Photo, Size, cropped, enlarged, losses, read_photo, straightened, write_photo
from engine.photo.metadata import Metadata, exif_orientation, upright
from engine.photo.segments import parts
from tests.engine.photo.test_jpeg import CASES, HOLE, decoded, painted, source


def appended(path: Path) -> bytes:
    """What lies behind the first picture of a file."""
    file = path.read_bytes()
    return file[parts(file).end :]


def described(path: Path) -> list[bytes]:
    """Segments that describe the picture, but for the index of pictures and the preview in EXIF."""
    head = [s for s in parts(path.read_bytes()).head if s.describes]
    return [s.written() for s in head if not s.content.startswith((b"MPF\0", b"Exif\0"))]


@pytest.mark.parametrize("quality", [None, 80])
@pytest.mark.parametrize("name", ["j_ultrahdr", "j_motionphoto", "j_segments"])
def test_what_is_beside_the_picture_stays(name: str, quality: int | None, tmp_path: Path) -> None:
    before, after = CASES / f"{name}.jpg", tmp_path / "b.jpg"
    photo = read_photo(before)
    assert [said for said in losses(photo, ".jpg") if "small losses" not in str(said)] == []
    pixels = photo.pixels.copy()
    pixels[HOLE] = 255 - pixels[HOLE]
    write_photo(replace(photo, pixels=pixels), after, quality=quality)
    assert appended(after) == appended(before)
    assert described(after) == described(before)


def test_the_index_leads_to_the_gain_map(tmp_path: Path) -> None:
    painted(CASES / "j_ultrahdr.jpg", tmp_path / "b.jpg")
    whole = (tmp_path / "b.jpg").read_bytes()
    with Image.open(tmp_path / "b.jpg") as image:
        assert isinstance(image, JpegImageFile)
        found = image._getmp()
        assert found is not None
        primary, gain_map = found[0xB002]
        assert primary["Size"] == parts(whole).end
        start = gain_map["DataOffset"] + whole.index(b"MPF\0") + 4
    assert whole[start : start + gain_map["Size"]] == appended(CASES / "j_ultrahdr.jpg")
    assert whole[start : start + 2] == b"\xff\xd8"


def test_a_file_of_several_pictures_stays_one(tmp_path: Path) -> None:
    pictures = [Image.fromarray(np.roll(data.astronaut()[40:213, 150:307], 40 * n, axis=1)) for n in range(3)]
    pictures[0].save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=pictures[1:])
    assert losses(read_photo(tmp_path / "a.jpg"), ".jpg") == ()
    painted(tmp_path / "a.jpg", tmp_path / "b.jpg")
    with Image.open(tmp_path / "a.jpg") as a, Image.open(tmp_path / "b.jpg") as b:
        assert b.format == "MPO"
        assert getattr(b, "n_frames", 0) == 3
        for frame in (1, 2):
            a.seek(frame)
            b.seek(frame)
            np.testing.assert_array_equal(np.asarray(b), np.asarray(a))


def test_a_damaged_index_of_pictures_stays_as_it_is(tmp_path: Path) -> None:
    file = (CASES / "j_ultrahdr.jpg").read_bytes()
    place = file.index(b"MPF\0") + 4
    for index in (b"XX*\0" + bytes(8), b"II*\0" + b"\xff" * 8, b"II*\0\x08\0\0\0\xff\xff" + b"\x02\xb0"):
        (tmp_path / "a.jpg").write_bytes(file[:place] + index + file[place + len(index) :])
        painted(tmp_path / "a.jpg", tmp_path / "b.jpg")
        assert appended(tmp_path / "b.jpg") == appended(tmp_path / "a.jpg")


@pytest.mark.parametrize("name", ["j_ultrahdr", "j_motionphoto"])
def test_another_format_says_that_it_holds_less_and_claims_no_more(name: str, tmp_path: Path) -> None:
    photo = read_photo(CASES / f"{name}.jpg")
    for suffix in ("png", "tif", "webp"):
        assert "appended" in " ".join(map(str, losses(photo, suffix)))
        write_photo(photo, tmp_path / f"b.{suffix}")
        xmp = read_photo(tmp_path / f"b.{suffix}").metadata.xmp
        assert xmp is not None
        ElementTree.fromstring(xmp)
        for claim in (b"MotionPhoto=", b"MicroVideo=", b"hdrgm:Version", b"Container:Directory"):
            assert claim not in xmp
    assert "cameras and programs" in " ".join(map(str, losses(read_photo(CASES / "j_segments.jpg"), "png")))


@pytest.mark.parametrize("quality", [None, 80])
def test_adobe_s_statement_of_colours_stays_true(quality: int | None, tmp_path: Path) -> None:
    """Photoshop's files have no JFIF segment."""
    source(tmp_path / "a.jpg", quality=90)
    file = (tmp_path / "a.jpg").read_bytes()
    adobe = b"\xff\xee\0\x0eAdobe\0\x64\x40\0\0\0\x01"
    (tmp_path / "a.jpg").write_bytes(file[:2] + adobe + file[20:])
    photo = read_photo(tmp_path / "a.jpg")
    assert losses(photo, "png") == ()
    write_photo(photo, tmp_path / "b.jpg", quality=quality)
    assert (adobe in (tmp_path / "b.jpg").read_bytes()) is (quality is None)
    assert np.abs(decoded(tmp_path / "b.jpg").astype(int) - photo.pixels).mean() < 4


@pytest.mark.parametrize("quality", [None, 80])
def test_cmyk_lies_and_says_as_it_did(quality: int | None, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    source(tmp_path / "a.jpg", mode="CMYK", quality=90, exif=exif.tobytes(), comment=b"note")
    photo = read_photo(tmp_path / "a.jpg")
    assert "small losses" in str(*losses(photo, "jpg"))
    write_photo(photo, tmp_path / "b.jpg", quality=quality)
    assert described(tmp_path / "b.jpg")[-1] == described(tmp_path / "a.jpg")[-1]
    back = read_photo(tmp_path / "b.jpg")
    assert (back.mode, back.size) == ("CMYK", photo.size)
    assert np.abs(back.pixels.astype(int) - photo.pixels).mean() < 6


def test_pixels_that_are_not_square_are_told(tmp_path: Path) -> None:
    source(tmp_path / "a.jpg", quality=85)
    file = bytearray((tmp_path / "a.jpg").read_bytes())
    file[14:18] = bytes((0, 2, 0, 1))
    (tmp_path / "a.jpg").write_bytes(file)
    painted(tmp_path / "a.jpg", tmp_path / "b.jpg")
    assert (tmp_path / "b.jpg").read_bytes()[:20] == file[:20]
    assert "not square" in " ".join(map(str, losses(read_photo(tmp_path / "a.jpg"), "png")))


def test_a_resolution_beyond_reason_is_none_and_one_that_jfif_cannot_hold_is_told(tmp_path: Path) -> None:
    for dpi, kept in ((1e9, False), (300_000.0, True), (0.25, True)):
        photo = replace(Photo.from_array(np.zeros((9, 9), np.uint8)), metadata=Metadata(dpi=(dpi, dpi)))
        for suffix in ("png", "jpg"):
            said = " ".join(map(str, losses(photo, suffix)))
            write_photo(photo, tmp_path / f"a.{suffix}", force=True)
            found = read_photo(tmp_path / f"a.{suffix}").metadata.dpi
            there = kept and suffix != "jpg"
            assert found == (pytest.approx((dpi, dpi), rel=0.05) if there else None)
            assert ("resolution" in said) is (kept and not there)


def test_extended_xmp_stays(tmp_path: Path) -> None:
    digest = b"0123456789ABCDEF0123456789ABCDEF"
    claim = b'<x:xmpmeta><rdf:Description xmpNote:HasExtendedXMP="' + digest + b'"/></x:xmpmeta>'
    more = b"http://ns.adobe.com/xmp/extension/\0" + digest + bytes(8) + b"<x:xmpmeta>more</x:xmpmeta>"
    source(tmp_path / "a.jpg", quality=85, xmp=claim, extra=b"\xff\xe1" + (len(more) + 2).to_bytes(2, "big") + more)
    painted(tmp_path / "a.jpg", tmp_path / "b.jpg")
    assert described(tmp_path / "b.jpg") == described(tmp_path / "a.jpg")
    photo = read_photo(tmp_path / "a.jpg")
    assert "cameras and programs" in " ".join(map(str, losses(photo, "png")))
    write_photo(photo, tmp_path / "c.png")
    assert read_photo(tmp_path / "c.png").metadata.xmp == b"<x:xmpmeta><rdf:Description/></x:xmpmeta>"


@pytest.mark.parametrize("kind", [1, 3, 4])
def test_an_orientation_of_any_whole_number_turns(kind: int, tmp_path: Path) -> None:
    file = (CASES / "e_long6.jpg").read_bytes()
    value = {1: b"\6\0\0\0", 3: b"\0\6\0\0", 4: b"\0\0\0\6"}[kind]
    entry = file.index(b"\x01\x12\0\4")
    (tmp_path / "a.jpg").write_bytes(
        file[: entry + 2] + bytes([0, kind]) + file[entry + 4 : entry + 8] + value + file[entry + 12 :]
    )
    photo = read_photo(tmp_path / "a.jpg")
    assert photo.size == Size(160, 120)
    np.testing.assert_array_equal(photo.pixels, upright(decoded(CASES / "e_long6.jpg"), 6))
    write_photo(photo, tmp_path / "b.png")
    again = read_photo(tmp_path / "b.png")
    assert exif_orientation(again.metadata.exif) == 1
    np.testing.assert_array_equal(again.pixels, photo.pixels)


def off_the_squares(photo: Photo) -> Photo:
    return cropped(photo, Box(3, 5, 67, 69))


@pytest.mark.parametrize("reshaped", [partial(enlarged, factor=2), off_the_squares, partial(straightened, degrees=3)])
@pytest.mark.parametrize("name", ["j_ultrahdr", "j_motionphoto", "j_segments"])
def test_a_reshaped_photo_says_what_it_lost_and_claims_it_no_more(
    name: str, reshaped: Callable[[Photo], Photo], tmp_path: Path
) -> None:
    photo = reshaped(read_photo(CASES / f"{name}.jpg"))
    lost = "cameras and programs" if name == "j_segments" else "appended"
    for suffix in ("jpg", "png"):
        assert [str(said) for said in losses(photo, suffix) if lost in str(said)] == [
            str(said) for said in photo.metadata.remarks
        ]
        write_photo(photo, tmp_path / f"b.{suffix}")
        xmp = read_photo(tmp_path / f"b.{suffix}").metadata.xmp or b""
        for claim in (b"MotionPhoto=", b"MicroVideo=", b"hdrgm:Version", b"Container:Directory"):
            assert claim not in xmp
    assert photo.metadata.remarks


def test_a_photo_cut_at_its_squares_loses_nothing() -> None:
    photo = read_photo(CASES / "j_ultrahdr.jpg")
    cut = cropped(photo, Box(16, 16, 64, 64))
    assert cut.metadata.jpeg is not None
    assert (cut.metadata.remarks, cut.metadata.xmp) == (photo.metadata.remarks, photo.metadata.xmp)
