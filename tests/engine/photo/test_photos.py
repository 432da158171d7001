"""Photos come back as they were wherever nobody painted, in every mode, format and orientation."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngInfo

from engine.geometry import Box, Size
from engine.photo import encoding
from engine.photo.colour import MODES, Pixels
from engine.photo.formats import FORMATS
from engine.photo.metadata import Metadata, upright
from engine.photo.photos import Canvas, Paint, Photo, losses, read_photo, write_photo
from tests.photo_kinds import write_kind

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
HOLDING = [(mode, suffix) for mode in MODES for suffix in ("png", "tif", "webp", "bmp")]
EXACT = [(m, s) for m, s in HOLDING if m in FORMATS[encoding.format_of("." + s)].modes]
HOLE = Box(10, 8, 30, 20)


def photo_of(mode: str, *, height: int = 37, width: int = 53, seed: int = 1) -> Photo:
    rng, kind = np.random.default_rng(seed), MODES[mode]
    shape = (height, width, kind.channels)[: 2 if kind.channels == 1 else 3]
    values = rng.integers(0, kind.top + 1, shape)
    pixels: Pixels = values.astype(np.uint8) if kind.bits == 8 else values.astype(np.uint16)
    if mode == "P":
        return Photo(pixels % 200, "P", rng.integers(0, 256, (200, 3)).astype(np.uint8))
    if mode == "1":
        pixels = (pixels > 127).astype(np.uint8) * 255
    return Photo.from_array(pixels, mode)


def fill(box: Box = HOLE, value: float = 0.5) -> Paint:
    alpha = np.ones((box.height, box.width), np.float32)
    alpha[0] = 0
    alpha[1] = 0.25
    return Paint(box, np.full((box.height, box.width, 3), value, np.float32), alpha)


def untouched(photo: Photo, paint: Paint) -> np.ndarray:
    keep = np.ones(photo.pixels.shape[:2], bool)
    keep[paint.box.slices] = paint.alpha == 0
    return keep


def jpeg_bytes(path: Path, **options: object) -> None:
    y, x = np.mgrid[0:48, 0:64]
    picture = np.dstack([x * 4, y * 5, 128 + 60 * np.sin(x / 9)]).astype(np.uint8)
    Image.fromarray(picture).save(path, "JPEG", **options)


@pytest.mark.parametrize(("mode", "suffix"), EXACT)
def test_pixels_outside_the_paint_survive_a_file(mode: str, suffix: str, tmp_path: Path) -> None:
    photo = photo_of(mode)
    painted = photo.painted(HOLE, fill().rgb, fill().alpha)
    write_photo(painted, tmp_path / f"out.{suffix}")
    back = read_photo(tmp_path / f"out.{suffix}")
    keep = untouched(photo, fill())
    assert (back.mode, back.pixels.dtype, back.size) == (mode, photo.pixels.dtype, photo.size)
    np.testing.assert_array_equal(back.pixels[keep], photo.pixels[keep])
    np.testing.assert_array_equal(back.pixels, painted.pixels)
    if photo.palette is not None and back.palette is not None:
        np.testing.assert_array_equal(back.palette[: len(photo.palette)], photo.palette)


@pytest.mark.parametrize("mode", MODES)
def test_paint_changes_the_hole_and_nothing_else(mode: str) -> None:
    photo = photo_of(mode)
    before = photo.pixels.copy()
    painted = photo.painted(HOLE, fill(value=0.6).rgb, fill().alpha)
    np.testing.assert_array_equal(photo.pixels, before)
    np.testing.assert_array_equal(painted.pixels[untouched(photo, fill())], before[untouched(photo, fill())])
    inner = painted.rgb(Box(12, 11, 28, 19))
    if mode in ("1", "P"):
        assert abs(float(inner.mean()) - 0.6) < 0.1  # error diffusion keeps the mean
    else:
        assert np.abs(inner - 0.6).max() <= 1.5 / MODES[mode].top + 1e-6


@pytest.mark.parametrize("mode", MODES)
def test_colours_of_a_box_are_those_of_the_whole(mode: str) -> None:
    photo = photo_of(mode)
    whole, whole8 = photo.rgb(), photo.rgb8()
    assert whole.dtype == np.float32
    assert whole8.dtype == np.uint8
    assert 0 <= whole.min() <= whole.max() <= 1
    np.testing.assert_array_equal(photo.rgb(HOLE), whole[HOLE.slices])
    np.testing.assert_array_equal(photo.rgb8(HOLE), whole8[HOLE.slices])
    assert np.abs(whole * 255 - whole8).max() <= 0.51


def test_a_partly_transparent_stroke_blends_at_native_depth() -> None:
    photo = Photo.from_array(np.full((4, 4, 3), 1000, np.uint16))
    alpha = np.full((4, 4), 0.5, np.float32)
    painted = photo.painted(photo.box, np.full((4, 4, 3), 3001 / 65535, np.float32), alpha)
    assert np.abs(painted.pixels.astype(int) - 2000.5).max() <= 1


def test_a_fill_makes_a_cut_off_corner_visible_and_leaves_other_alpha() -> None:
    pixels = np.full((6, 6, 4), 200, np.uint8)
    pixels[:3, :, 3] = 0
    pixels[3:, :, 3] = 255
    alpha = np.zeros((6, 6), np.float32)
    alpha[1:5, 1:5] = 1
    painted = Photo.from_array(pixels).painted(Box(0, 0, 6, 6), np.zeros((6, 6, 3), np.float32), alpha)
    assert (painted.pixels[1:5, 1:5] == (0, 0, 0, 255)).all()
    assert (painted.pixels[0] == pixels[0]).all()
    assert painted.has_alpha


@pytest.mark.parametrize("indexed", [False, True])
def test_what_covers_nothing_changes_colours_and_leaves_transparency(indexed: bool) -> None:
    pixels = np.full((6, 6, 4), 200, np.uint8)
    pixels[:3, :, 3] = 0
    palette = np.array([[200, 200, 200, 0], [200, 200, 200, 200], [0, 0, 0, 255]], np.uint8)
    photo = Photo((pixels[..., 3] > 0).astype(np.uint8), "P", palette) if indexed else Photo.from_array(pixels)
    shape = (6, 6)
    canvas = Canvas(photo)
    canvas.paint(
        [Paint(photo.box, np.zeros((*shape, 3), np.float32), np.ones(shape, np.float32), np.zeros(shape, np.float32))]
    )
    painted = palette[canvas.photo.pixels] if indexed else canvas.photo.pixels
    assert (painted[:3, :, 3] == 0).all()
    assert (painted[3:, :, :3] == 0).all()
    assert (painted[3:, :, 3] == (255 if indexed else 200)).all()


def test_palette_transparency_is_kept_and_never_painted_with(tmp_path: Path) -> None:
    palette = np.array([[0, 0, 0, 0], [255, 255, 255, 255], [90, 90, 90, 255], [0, 0, 0, 255]], np.uint8)
    index = np.random.default_rng(0).integers(0, 4, (20, 20)).astype(np.uint8)
    photo = Photo(index, "P", palette)
    painted = photo.painted(Box(0, 0, 20, 10), np.zeros((10, 20, 3), np.float32), np.ones((10, 20), np.float32))
    assert (painted.pixels[:10] == 3).all()
    write_photo(painted, tmp_path / "p.png")
    back = read_photo(tmp_path / "p.png")
    np.testing.assert_array_equal(back.pixels, painted.pixels)
    np.testing.assert_array_equal(back.palette, palette)


def test_a_box_past_the_photo_is_refused() -> None:
    photo = photo_of("RGB")
    with pytest.raises(ValueError, match="past the photo"):
        photo.rgb(Box(40, 0, 60, 5))
    with pytest.raises(ValueError, match="past the photo"):
        Canvas(photo).paint([fill(Box(40, 0, 60, 5))])


def test_boxes_are_painted_over_each_other_as_they_come() -> None:
    photo = photo_of("RGB")
    before, canvas = photo.pixels.copy(), Canvas(photo)
    seen = []

    def paints() -> Iterator[Paint]:
        for left, value in ((0, 0.0), (10, 1.0)):
            seen.append(canvas.photo.pixels[0, 12].copy())
            yield Paint(
                Box(left, 0, left + 20, 5), np.full((5, 20, 3), value, np.float32), np.ones((5, 20), np.float32)
            )

    canvas.paint(paints())
    np.testing.assert_array_equal(seen, [before[0, 12], [0, 0, 0]])
    assert (canvas.photo.pixels[:5, :10] == 0).all()
    assert (canvas.photo.pixels[:5, 10:30] == 255).all()
    np.testing.assert_array_equal(canvas.photo.pixels[5:], before[5:])
    np.testing.assert_array_equal(photo.pixels, before)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif"])
def test_orientation_is_applied_once(orientation: int, suffix: str, tmp_path: Path) -> None:
    base = np.zeros((16, 32, 3), np.uint8)
    base[:8, :16] = 255
    base[8:, 16:] = (255, 0, 0)
    exif = Image.Exif()
    exif[274], exif[271] = orientation, "Maker"
    options = {"lossless": True} if suffix == "webp" else {"subsampling": 0} if suffix == "jpg" else {}
    Image.fromarray(base).save(tmp_path / f"in.{suffix}", exif=exif, **options)
    photo = read_photo(tmp_path / f"in.{suffix}")
    wanted = upright(base, orientation)
    assert photo.size == Size(wanted.shape[1], wanted.shape[0])
    assert np.abs(photo.pixels.astype(int) - wanted).max() <= 6
    write_photo(photo, tmp_path / f"out.{suffix}")
    np.testing.assert_array_equal(read_photo(tmp_path / f"out.{suffix}").pixels, photo.pixels)
    with Image.open(tmp_path / f"out.{suffix}") as out:
        assert out.getexif().get(274, 1) == (orientation if suffix == "jpg" else 1)  # JPEG's squares lie as they lay
        assert out.getexif()[271] == "Maker"
    again = read_photo(tmp_path / f"out.{suffix}")
    assert np.abs(again.pixels.astype(int) - wanted).max() <= 6


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_sixteen_bit_tiff_is_turned_once(orientation: int, tmp_path: Path) -> None:
    photo = photo_of("RGB16")
    write_photo(photo, tmp_path / "a.tif")
    data = bytearray((tmp_path / "a.tif").read_bytes())
    entry = data.index(struct.pack("<HHLHH", 274, 3, 1, 1, 0))
    data[entry + 8] = orientation
    (tmp_path / "b.tif").write_bytes(data)
    np.testing.assert_array_equal(read_photo(tmp_path / "b.tif").pixels, upright(photo.pixels, orientation))


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "I;16", "RGB16", "RGBA16"])
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_metadata_survives(mode: str, suffix: str, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[271] = "Maker"
    exif[0x8769] = {0x9003: "2001:02:03 04:05:06"}
    metadata = Metadata(
        exif=exif.tobytes().removeprefix(b"Exif\0\0"), icc=SRGB, dpi=(300.0, 240.0), xmp=b"<x:xmpmeta/>"
    )
    photo = Photo(**{**vars(photo_of(mode)), "metadata": metadata})
    write_photo(photo, tmp_path / f"a.{suffix}")
    back = read_photo(tmp_path / f"a.{suffix}").metadata
    assert back.icc == SRGB
    assert back.xmp == b"<x:xmpmeta/>"
    assert back.dpi == pytest.approx((300, 240), rel=1e-4)
    with Image.open(tmp_path / f"a.{suffix}") as out:
        assert out.getexif()[271] == "Maker"
        assert out.getexif().get_ifd(0x8769)[0x9003] == "2001:02:03 04:05:06"


def test_png_keeps_texts_and_colour_chunks(tmp_path: Path) -> None:
    info = PngInfo()
    info.add_text("Title", "Grandmother")
    info.add_itxt("Place", "北京", lang="zh", tkey="地点")
    info.add(b"gAMA", struct.pack(">I", 45455))
    for mode in ("RGB", "RGB16"):
        Image.fromarray(photo_of("RGB").pixels).save(tmp_path / "a.png", pnginfo=info)
        source = read_photo(tmp_path / "a.png")
        photo = Photo(photo_of(mode).pixels, mode, None, source.metadata)
        write_photo(photo, tmp_path / "b.png", force=True)
        back = read_photo(tmp_path / "b.png").metadata
        assert [(t.key, t.value) for t in back.text] == [("Title", "Grandmother"), ("Place", "北京")]
        assert (back.text[1].language, back.text[1].translated) == ("zh", "地点")
        assert back.chunks == ((b"gAMA", struct.pack(">I", 45455)),)


@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_jpeg_keeps_its_tables_and_captions(subsampling: int, tmp_path: Path) -> None:
    caption = b"\xff\xed\x00\x14Photoshop 3.0\x008BIM"
    jpeg_bytes(tmp_path / "a.jpg", quality=71, subsampling=subsampling, comment=b"note", extra=caption, dpi=(72, 72))
    write_photo(read_photo(tmp_path / "a.jpg"), tmp_path / "b.jpg")
    with Image.open(tmp_path / "a.jpg") as a, Image.open(tmp_path / "b.jpg") as b:
        assert isinstance(a, JpegImageFile)
        assert isinstance(b, JpegImageFile)
        assert a.quantization == b.quantization
        assert b.info["comment"] == b"note"
        assert b.info["dpi"] == (72, 72)
        assert ("APP13", b"Photoshop 3.0\x008BIM") in b.applist
    one, two = read_photo(tmp_path / "a.jpg"), read_photo(tmp_path / "b.jpg")
    assert one.metadata.jpeg == two.metadata.jpeg
    assert np.abs(one.pixels.astype(int) - two.pixels).mean() < 1


def test_exif_is_patched_in_place_and_loses_its_thumbnail(tmp_path: Path) -> None:
    head = b"MM\0*\0\0\0\x08" + struct.pack(">H", 2)
    head += struct.pack(">HHLHH", 0x0112, 3, 1, 6, 0) + struct.pack(">HHLL", 0x8769, 4, 1, 38)
    head += struct.pack(">L", 99)  # the thumbnail's directory
    head += struct.pack(">H", 3) + struct.pack(">HHLL", 0x927C, 7, 8, 80)
    head += struct.pack(">HHLL", 0xA002, 4, 1, 64) + struct.pack(">HHLL", 0xA003, 4, 1, 48)
    head += bytes(4)
    jpeg_bytes(tmp_path / "a.jpg", exif=b"Exif\0\0" + head + b"maker note at its place" + bytes(40))
    exif = read_photo(tmp_path / "a.jpg").metadata.exif
    assert exif is not None
    assert len(exif) == len(head) + 63
    assert b"maker note at its place" in exif
    assert struct.unpack_from(">H", exif, 18)[0] == 1
    assert struct.unpack_from(">L", exif, 34)[0] == 0
    loaded = Image.Exif()
    loaded.load(b"Exif\0\0" + exif)
    assert (loaded.get_ifd(0x8769)[0xA002], loaded.get_ifd(0x8769)[0xA003]) == (48, 64)


def test_cmyk_goes_through_files_and_back(tmp_path: Path) -> None:
    flat = Photo.from_array(np.full((16, 16, 4), (10, 200, 30, 40), np.uint8), "CMYK")
    write_photo(flat, tmp_path / "a.jpg")
    back = read_photo(tmp_path / "a.jpg")
    assert back.mode == "CMYK"
    assert np.abs(back.pixels.astype(int) - flat.pixels).max() <= 2
    assert list(map(str, losses(flat, "png"))) == ["PNG holds no CMYK: the photo is converted to RGB."]


@pytest.mark.parametrize(
    ("mode", "form", "words"),
    [
        ("RGB16", "jpeg", ["16 bits", "compresses"]),
        ("RGBA", "jpg", ["transparent", "compresses"]),
        ("LA", "bmp", ["transparent"]),
        ("P", "webp", ["palette"]),
        ("RGBA16", "webp", ["16 bits"]),
        ("RGB16", "tiff", []),
        ("RGBA", "png", []),
    ],
)
def test_losses_are_said(mode: str, form: str, words: list[str]) -> None:
    said = list(map(str, losses(photo_of(mode), form)))
    assert len(said) == len(words)
    assert all(word in sentence for word, sentence in zip(words, said, strict=True))


def test_what_a_format_cannot_hold_is_converted(tmp_path: Path) -> None:
    deep = photo_of("RGBA16")
    write_photo(deep, tmp_path / "a.webp")
    back = read_photo(tmp_path / "a.webp")
    assert np.abs(back.pixels / 255 - deep.pixels / 65535).max() <= 0.5 / 255 + 1e-6
    clear = Photo.from_array(np.zeros((8, 8, 4), np.uint8))
    write_photo(clear, tmp_path / "b.bmp")
    assert (read_photo(tmp_path / "b.bmp").pixels == 255).all()


def test_arrays_that_are_no_photo_are_refused() -> None:
    wrong: tuple[tuple[Any, str | None], ...] = ((np.zeros((4, 4)), None), (np.zeros((4, 4, 3), np.uint8), "L"))
    for pixels, mode in wrong:
        with pytest.raises(ValueError, match="mode"):
            Photo.from_array(pixels, mode)


def test_the_resolution_is_lost_where_exif_does_not_tell_it(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "a camera"
    for told in (False, True):
        if told:
            exif[0x011A], exif[0x011B], exif[0x0128] = 300.0, 300.0, 2
        source = tmp_path / f"{told}.png"
        Image.new("RGB", (8, 8)).save(source, dpi=(300, 300), exif=exif)
        said = " ".join(map(str, losses(read_photo(source), "WebP")))
        assert ("resolution" in said) is not told


def test_heic_is_read_upright(tmp_path: Path) -> None:
    pytest.importorskip("pi_heif")
    path = tmp_path / "photo.heic"
    write_kind(path)
    photo = read_photo(path)
    assert (photo.size, photo.mode) == (Size(16, 24), "RGB")
    assert photo.metadata.exif
    assert "JPEG" in " ".join(map(str, losses(photo, "JPEG")))
