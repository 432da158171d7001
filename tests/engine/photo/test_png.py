"""PNG: what chunks say is kept wherever they stand, or it is told; a picture that is whole opens."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from skimage import data

from engine import Photo, PhotoError, Size, losses, read_photo, write_photo
from engine.geometry import U8
from engine.photo.chunks import SIGNATURE, written
from engine.photo.metadata import PngText, exif_orientation, upright

CASES = Path(__file__).resolve().parents[2] / "cases"
PICTURE = data.astronaut()[30:78, 180:244]
SRGB_GAMMA = struct.pack(">I", 45455)


def chunks(file: bytes) -> list[tuple[bytes, bytes]]:
    """(name, content) of every chunk: an independent reader."""
    found, at = [], 8
    while at < len(file):
        length, name = struct.unpack_from(">I4s", file, at)
        found.append((name, file[at + 8 : at + 8 + length]))
        assert zlib.crc32(file[at + 4 : at + 8 + length]) == int.from_bytes(file[at + 8 + length : at + 12 + length])
        at += 12 + length
        if name == b"IEND":
            break
    return found


def with_chunks(picture: Image.Image | bytes, *added: tuple[bytes, bytes], behind: bool = False) -> bytes:
    """A PNG file with chunks before or behind its pixels."""
    stream = io.BytesIO()
    if isinstance(picture, Image.Image):
        picture.save(stream, "PNG")
    file = picture if isinstance(picture, bytes) else stream.getvalue()
    place = file.rindex(b"IEND") - 4 if behind else file.index(b"IDAT") - 4
    return file[:place] + b"".join(written(*chunk) for chunk in added) + file[place:]


def said(photo: Photo, suffix: str = "png") -> str:
    return " ".join(map(str, losses(photo, suffix)))


def through(file: bytes, folder: Path) -> tuple[Photo, list[tuple[bytes, bytes]]]:
    """The photo as it is read, and the chunks of the PNG file that it is written to."""
    (folder / "a.png").write_bytes(file)
    photo = read_photo(folder / "a.png")
    write_photo(photo, folder / "b.png", force=True)
    back = read_photo(folder / "b.png")
    np.testing.assert_array_equal(back.pixels, photo.pixels)
    return photo, chunks((folder / "b.png").read_bytes())


def deep() -> bytes:
    """A 16-bit RGB file without any chunk beside the picture."""
    pixels = PICTURE.astype(">u2") * 257
    lines = b"".join(b"\0" + line.tobytes() for line in pixels)
    head = struct.pack(">IIBBBBB", PICTURE.shape[1], PICTURE.shape[0], 16, 2, 0, 0, 0)
    return SIGNATURE + b"".join(written(*c) for c in ((b"IHDR", head), (b"IDAT", zlib.compress(lines)), (b"IEND", b"")))


@pytest.mark.parametrize("name", ["m_png8_late", "m_png16_late"])
def test_what_stands_behind_the_pixels_counts(name: str, tmp_path: Path) -> None:
    photo = read_photo(CASES / f"{name}.png")
    with Image.open(CASES / f"{name}.png") as image:
        lying = np.asarray(image)
    np.testing.assert_array_equal(photo.rgb8(), upright(lying, 6))
    assert photo.metadata.xmp
    assert b"Orientation" in photo.metadata.xmp or b"xpacket" in photo.metadata.xmp
    assert exif_orientation(photo.metadata.exif) == 1
    assert said(photo) == ""
    write_photo(photo, tmp_path / "b.png")
    assert read_photo(tmp_path / "b.png").metadata == photo.metadata


@pytest.mark.parametrize("picture", [Image.fromarray(PICTURE), deep()], ids=["8", "16"])
def test_large_packed_chunks_open(picture: Image.Image | bytes, tmp_path: Path) -> None:
    profile = bytes(16) + b"RGB " + bytes(2 << 20)
    xmp = b"<x:xmpmeta>" + b" " * (2 << 20) + b"</x:xmpmeta>"
    file = with_chunks(
        picture,
        (b"iCCP", b"name\0\0" + zlib.compress(profile)),
        (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(xmp)),
        (b"zTXt", b"Notes\0\0" + zlib.compress(b"much " * 500_000)),
    )
    photo, _ = through(file, tmp_path)
    assert photo.metadata.icc == profile
    assert photo.metadata.xmp == xmp
    assert photo.metadata.text == (PngText("Notes", "much " * 500_000),)
    again = read_photo(tmp_path / "b.png").metadata
    assert (again.icc, again.xmp, again.text) == (profile, xmp, photo.metadata.text)


def test_a_chunk_that_unpacks_without_end_is_left_out(tmp_path: Path) -> None:
    bomb = zlib.compress(bytes(100 << 20), 9)
    photo, found = through(with_chunks(Image.fromarray(PICTURE), (b"zTXt", b"Notes\0\0" + bomb)), tmp_path)
    assert "left out: zTXt" in said(photo)
    assert b"tEXt" not in dict(found)


HDR = (
    (b"cICP", b"\x09\x10\x00\x01"), (b"mDCV", bytes(range(24))), (b"cLLI", bytes(range(8))), (b"sBIT", b"\x08\x07\x06"),
)  # fmt: skip
OTHERS = (
    (b"tIME", struct.pack(">H5B", 2001, 2, 3, 4, 5, 6)), (b"bKGD", bytes((0, 9, 0, 8, 0, 7))),
    (b"oFFs", struct.pack(">iiB", 5, -6, 0)), (b"pHYs", struct.pack(">IIB", 2, 3, 0)), (b"sCAL", b"\x011.5\0002.5"),
    (b"prVt", b"of some program"),
)  # fmt: skip


@pytest.mark.parametrize("picture", [Image.fromarray(PICTURE), deep()], ids=["8", "16"])
def test_chunks_are_kept_or_told(picture: Image.Image | bytes, tmp_path: Path) -> None:
    photo, found = through(with_chunks(picture, *HDR, *OTHERS), tmp_path)
    assert said(photo) == ""
    assert set(HDR + OTHERS) <= set(found)
    names = [name for name, _ in found]
    assert max(map(names.index, dict(HDR + OTHERS))) < names.index(b"IDAT")
    for suffix in ("jpg", "tif", "webp", "bmp"):
        for name, _ in HDR + OTHERS:
            assert name.decode() in said(photo, suffix)


def test_what_goes_without_saying_is_not_told(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(
        with_chunks(Image.fromarray(PICTURE), (b"gAMA", SRGB_GAMMA), (b"sRGB", b"\0"), (b"sBIT", b"\x08\x08\x08"))
    )
    assert said(read_photo(tmp_path / "a.png"), "tif") == ""
    (tmp_path / "a.png").write_bytes(with_chunks(Image.fromarray(PICTURE), (b"gAMA", struct.pack(">I", 100000))))
    assert "gAMA" in said(read_photo(tmp_path / "a.png"), "tif")


def test_a_palette_stands_between_its_chunks(tmp_path: Path) -> None:
    palette = Image.fromarray(PICTURE).quantize(40)
    _, found = through(with_chunks(palette, (b"bKGD", b"\x07"), (b"sPLT", b"a\0\x08"), (b"sPLT", b"b\0\x08")), tmp_path)
    names = [name for name, _ in found]
    assert names.index(b"PLTE") < names.index(b"bKGD") < names.index(b"IDAT")
    assert found.count((b"sPLT", b"a\0\x08")) == found.count((b"sPLT", b"b\0\x08")) == 1
    file = with_chunks(palette, (b"bKGD", b"\x07"))
    place = file.index(b"PLTE") - 4
    _, found = through(file[:place] + written(b"gAMA", SRGB_GAMMA) + file[place:], tmp_path)
    names = [name for name, _ in found]
    assert names.index(b"gAMA") < names.index(b"PLTE")


def test_chunks_that_pixels_make_wrong_are_left_out_and_that_is_said(tmp_path: Path) -> None:
    photo, found = through(with_chunks(Image.fromarray(PICTURE), (b"dSIG", b"x"), (b"iDOT", b"x" * 28)), tmp_path)
    assert not {b"dSIG", b"iDOT"} & set(dict(found))
    assert "left out: dSIG" in said(photo)
    assert "iDOT" not in said(photo)


def test_places_on_the_page_are_told_to_be_lost_by_turning(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[274] = 6
    turned = (b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0"))
    photo, found = through(
        with_chunks(Image.fromarray(PICTURE), turned, (b"oFFs", bytes(9)), (b"pHYs", struct.pack(">IIB", 2, 3, 0))),
        tmp_path,
    )
    assert photo.size == Size(48, 64)
    assert "left out: oFFs" in said(photo)
    assert (b"pHYs", struct.pack(">IIB", 3, 2, 0)) in found


def test_texts_of_one_key_and_of_any_letters_are_kept(tmp_path: Path) -> None:
    photo = read_photo(CASES / "p_latin1_text.png")
    found = chunks((CASES / "p_latin1_text.png").read_bytes())
    write_photo(photo, tmp_path / "b.png")
    texts = [chunk for chunk in found if chunk[0] in (b"tEXt", b"iTXt")]
    assert [chunk for chunk in chunks((tmp_path / "b.png").read_bytes()) if chunk[0] in (b"tEXt", b"iTXt")] == texts
    assert [text.value for text in photo.metadata.text if text.key == "Comment"] == ["first", "second"]
    odd = ((b"tEXt", b"Author\0\xc3\xbc\xff\x80"), (b"iTXt", b"Title\0\0\0\0\0broken \xff UTF-8"))
    _, kept = through(with_chunks(Image.fromarray(PICTURE), *odd), tmp_path)
    assert set(odd) <= set(kept)


@pytest.mark.parametrize("form", ["1", "2 bits", "L", "RGB", "I;16", "RGB16"])
def test_one_colour_that_means_nothing_here_is_seen_through(form: str, tmp_path: Path) -> None:
    grey, key = np.array([[0, 1, 1], [1, 0, 1]]), 1
    stream = io.BytesIO()
    if form == "1":
        Image.fromarray(grey.astype(bool)).save(stream, "PNG")
    elif form == "2 bits":
        Image.fromarray((grey * 85).astype(np.uint8)).save(stream, "PNG", bits=2)
    elif form == "RGB":
        Image.fromarray(np.dstack([grey] * 3).astype(np.uint8)).save(stream, "PNG")
    elif form == "L":
        Image.fromarray(grey.astype(np.uint8)).save(stream, "PNG")
    file = stream.getvalue()
    if "16" in form:
        photo = Photo.from_array((np.dstack([grey] * 3) if form == "RGB16" else grey).astype(np.uint16) * 40_000)
        write_photo(photo, tmp_path / "deep.png")
        file, key = (tmp_path / "deep.png").read_bytes(), 40_000
    transparent = struct.pack(">H", key) * (3 if "RGB" in form else 1)
    photo, _ = through(with_chunks(file, (b"tRNS", transparent)), tmp_path)
    np.testing.assert_array_equal(photo.alpha8(), np.where(grey == 1, 0, 255))
    top = {"1": 255, "2 bits": 85, "I;16": 40_000, "RGB16": 40_000}.get(form, 1)
    np.testing.assert_array_equal(photo.pixels[..., 0], grey * top)
    assert said(photo) == ""


def test_a_grey_of_16_bits_keeps_its_transparency(tmp_path: Path) -> None:
    photo = read_photo(CASES / "p_grey16_trns.png")
    assert photo.mode == "LA16"
    with Image.open(CASES / "p_grey16_trns.png") as image:
        grey = np.asarray(image)
    np.testing.assert_array_equal(photo.pixels[..., 0], grey)
    np.testing.assert_array_equal(photo.pixels[..., 1] == 0, grey == 0x9E9E)
    assert (photo.pixels[..., 1] == 0).any()


def test_significant_bits_go_with_the_alpha_that_they_get(tmp_path: Path) -> None:
    file = with_chunks(Image.fromarray(PICTURE[..., 0]), (b"sBIT", b"\x05"), (b"tRNS", b"\0\x40"))
    photo, found = through(file, tmp_path)
    assert (b"sBIT", b"\x05\x08") in found
    assert said(photo) == ""


def broken(file: bytes, name: bytes) -> bytes:
    """The file with another check sum for the first chunk of that name."""
    place = file.index(name)
    end = place + 4 + int.from_bytes(file[place - 4 : place])
    return file[:end] + bytes([file[end] ^ 1]) + file[end + 1 :]


@pytest.mark.parametrize("picture", [Image.fromarray(PICTURE), deep()], ids=["8", "16"])
def test_a_wrong_sum_beside_the_pixels_is_a_remark(picture: Image.Image | bytes, tmp_path: Path) -> None:
    file = with_chunks(picture, (b"tEXt", b"Title\0Wedding"), (b"cICP", bytes(4)))
    for name, words in ((b"tEXt", "kept as they read: tEXt"), (b"cICP", "left out: cICP")):
        photo, found = through(broken(file, name), tmp_path)
        np.testing.assert_array_equal(photo.rgb8(), PICTURE)
        assert words in said(photo)
        assert photo.metadata.text == (PngText("Title", "Wedding"),)
        assert (b"cICP" in dict(found)) is (name != b"cICP")
        assert said(read_photo(tmp_path / "b.png")) == ""
    assert read_photo(CASES / "p_badcrc_text.png").metadata.text == (PngText("Title", "Wedding"),)


def test_a_wrong_sum_of_pixels_is_said_or_refused(tmp_path: Path) -> None:
    photo, _ = through(broken(with_chunks(Image.fromarray(PICTURE)), b"IDAT"), tmp_path)
    np.testing.assert_array_equal(photo.pixels, PICTURE)
    assert "kept as they read: IDAT" in said(photo)
    (tmp_path / "c.png").write_bytes(broken(deep(), b"IDAT"))
    with pytest.raises(PhotoError, match="damaged"):
        read_photo(tmp_path / "c.png")


@pytest.mark.parametrize("picture", [Image.fromarray(PICTURE), deep()], ids=["8", "16"])
def test_a_missing_end_is_no_loss(picture: Image.Image | bytes, tmp_path: Path) -> None:
    file = with_chunks(picture)
    for cut in (12, 8, 3):
        photo, _ = through(file[:-cut], tmp_path)
        np.testing.assert_array_equal(photo.rgb8(), PICTURE)
        assert ("end is missing" in said(photo)) is (cut > 4)
    for cut in (17, 60, 1000):
        (tmp_path / "c.png").write_bytes(file[:-cut])
        with pytest.raises(PhotoError, match="truncated"):
            read_photo(tmp_path / "c.png")


def test_what_is_appended_stays(tmp_path: Path) -> None:
    photo, _ = through(with_chunks(Image.fromarray(PICTURE)) + b"a video", tmp_path)
    assert (tmp_path / "b.png").read_bytes().endswith(b"IEND\xaeB`\x82a video")
    assert "appended" in said(photo, "tif")


def test_an_animation_is_told_to_lose_its_frames(tmp_path: Path) -> None:
    frames = [Image.fromarray(np.roll(PICTURE, n)) for n in range(3)]
    frames[0].save(tmp_path / "a.png", save_all=True, append_images=frames[1:])
    photo = read_photo(tmp_path / "a.png")
    np.testing.assert_array_equal(photo.pixels, PICTURE)
    assert "one of" in said(photo)


def test_a_file_of_ours_is_read_by_others(tmp_path: Path) -> None:
    info = PngInfo()
    info.add_text("Title", "Grandmother")
    Image.fromarray(PICTURE).save(tmp_path / "a.png", pnginfo=info, dpi=(300, 200), icc_profile=b"x" * 200)
    write_photo(read_photo(tmp_path / "a.png"), tmp_path / "b.png")
    with Image.open(tmp_path / "b.png") as image:
        found: U8 = np.asarray(image)
        np.testing.assert_array_equal(found, PICTURE)
        assert image.info["Title"] == "Grandmother"
        assert image.info["dpi"] == pytest.approx((300, 200), rel=1e-3)
        assert image.info["icc_profile"] == b"x" * 200


def test_many_chunks_are_all_kept_even_empty_ones(tmp_path: Path) -> None:
    many = [(b"prVt", b""), (b"tEXt", b"a\0b")] * 10_000
    _, found = through(with_chunks(Image.fromarray(PICTURE), *many), tmp_path)
    assert len(found) == len(many) + 3
