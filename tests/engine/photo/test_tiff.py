"""TIFF as people have it: every layout of samples, thumbnails, captions, further channels; told by other readers too.

`tiffs` holds what tifffile alone does not write: packed with imagecodecs, the pixels are those of `samples`.
"""

from __future__ import annotations

import itertools
import struct
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from engine import Photo, Request, losses, read_photo, restore, write_photo
from engine.errors import PhotoError
from engine.photo import photoshop
from engine.photo.directories import Field, Fields, exif_block, pack
from engine.photo.metadata import Metadata, upright

HEIGHT, WIDTH = 40, 37
TIFFS = Path(__file__).parent / "tiffs"


def samples(channels: int, kind: str = "uint16") -> Any:
    """(H, W, channels) or (H, W) samples; alpha, the fourth, is never below a colour."""
    y, x, c = np.mgrid[:HEIGHT, :WIDTH, :channels]
    made = (y * 977 + x * 331 + c * 20011) % 65536 if kind == "uint16" else (y * 7 + x * 3 + c * 71) % 256
    return made.astype(kind)[..., 0] if channels == 1 else made.astype(kind)


def write(path: Path, pixels: np.ndarray, *, byteorder: Any = "<", bigtiff: bool = False, **options: Any) -> Path:
    """By tifffile; (H, W, C) pixels in every case."""
    if options.get("planarconfig") == "separate":
        pixels = np.ascontiguousarray(np.moveaxis(pixels, 2, 0))
    colour = {"photometric": "rgb" if pixels.ndim == 3 else "minisblack"}
    told: dict[str, Any] = colour | {"metadata": None, "software": False} | options
    with tifffile.TiffWriter(path, byteorder=byteorder, bigtiff=bigtiff) as file:
        file.write(pixels, **told)
    return path


def read_by_others(path: Path) -> np.ndarray:
    """(H, W, ...) samples as tifffile reads them."""
    with tifffile.TiffFile(path) as file:
        page = file.pages[0]
        assert isinstance(page, tifffile.TiffPage)
        found = page.asarray()
        return np.moveaxis(found, 0, 2) if page.planarconfig == 2 and found.ndim == 3 else found


def tags_of(path: Path) -> dict[int, Any]:
    """The values of a TIFF's main directory as tifffile reads them."""
    with tifffile.TiffFile(path) as file:
        page = file.pages[0]
        assert isinstance(page, tifffile.TiffPage)
        return {tag.code: tag.value for tag in page.tags.values()}


def all_samples(photo: Photo) -> np.ndarray:
    extra = photo.metadata.extra
    return np.dstack([photo.pixels, extra.samples]) if extra else photo.pixels


LAYOUTS = list(
    itertools.product(
        ("uint8", "uint16"), (3, 4, 5), ("contig", "separate"), ({"tile": (16, 32)}, {"rowsperstrip": 7}), "<>"
    )
)


@pytest.mark.parametrize(("kind", "channels", "planes", "blocks", "order"), LAYOUTS)
def test_every_layout_is_read_and_kept(
    kind: str, channels: int, planes: str, blocks: dict[str, Any], order: str, tmp_path: Path
) -> None:
    truth = samples(channels, kind)
    path = write(
        tmp_path / "a.tif", truth, byteorder=order, bigtiff=order == ">", planarconfig=planes,
        extrasamples=["unassalpha", "unspecified"][: channels - 3] or None,
        compression=None if planes == "contig" else "zlib", predictor=planes != "contig" and kind == "uint16",
        **blocks,
    )  # fmt: skip
    photo = read_photo(path)
    assert photo.mode == {3: "RGB", 4: "RGBA", 5: "RGBA"}[channels] + "16" * (kind == "uint16")
    np.testing.assert_array_equal(all_samples(photo), truth)
    assert losses(photo, "tif") == ()
    write_photo(photo, tmp_path / "b.tif")
    np.testing.assert_array_equal(read_by_others(tmp_path / "b.tif"), truth)


@pytest.mark.parametrize("path", sorted(TIFFS.iterdir()), ids=lambda path: path.stem)
def test_every_packing_is_read(path: Path) -> None:
    photo = read_photo(path)
    channels = 1 if photo.pixels.ndim == 2 else photo.pixels.shape[2]
    np.testing.assert_array_equal(photo.pixels, samples(channels, str(photo.pixels.dtype)))


@pytest.mark.parametrize("packing", ["tiff_lzw", "packbits", "tiff_adobe_deflate", "lzma", "zstd"])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "CMYK"])
def test_what_libtiff_packs_is_read(mode: str, packing: str, tmp_path: Path) -> None:
    truth = samples(len(mode), "uint8")
    Image.frombytes(mode, (WIDTH, HEIGHT), truth.tobytes()).save(tmp_path / "a.tif", compression=packing)
    np.testing.assert_array_equal(read_photo(tmp_path / "a.tif").pixels, truth)


def test_a_restoration_keeps_planes_and_infrared_outside_the_mask(tmp_path: Path) -> None:
    truth = samples(5)
    kinds = ["unassalpha", "unspecified"]
    photo = read_photo(write(tmp_path / "a.tif", truth, planarconfig="separate", extrasamples=kinds))
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[10:14, 10:20] = 255
    result = restore(Request(photo=photo, mask=mask, method="telea", feather=0), None)
    write_photo(result.photo, tmp_path / "b.tif")
    changed = (read_by_others(tmp_path / "b.tif") != truth).any(axis=2)
    assert changed.any()
    assert not changed[mask == 0].any()


def multiplied(truth: np.ndarray) -> np.ndarray:
    out = truth.copy()
    out[..., :3] = np.minimum(out[..., :3], out[..., 3:])
    out[:5, :5] = 0
    return out


@pytest.mark.parametrize("kind", ["uint8", "uint16"])
def test_colours_multiplied_by_alpha_come_back_bit_for_bit(kind: str, tmp_path: Path) -> None:
    truth = multiplied(samples(4, kind))
    photo = read_photo(write(tmp_path / "a.tif", truth, extrasamples=["assocalpha"]))
    top = np.iinfo(kind).max
    shown = photo.pixels[..., :3].astype(float) * photo.pixels[..., 3:] / top
    assert np.abs(shown - truth[..., :3]).max() <= 0.5
    assert losses(photo, "tif") == losses(photo, "png") == ()
    write_photo(photo, tmp_path / "b.tif")
    np.testing.assert_array_equal(read_by_others(tmp_path / "b.tif"), truth)
    assert tags_of(tmp_path / "b.tif")[338] == (1,)
    write_photo(photo, tmp_path / "b.png")
    np.testing.assert_array_equal(read_photo(tmp_path / "b.png").pixels, photo.pixels)


def test_colours_beyond_their_alpha_are_told(tmp_path: Path) -> None:
    truth = multiplied(samples(4))
    truth[20, 20] = (60000, 0, 0, 10)
    photo = read_photo(write(tmp_path / "a.tif", truth, extrasamples=["assocalpha"]))
    assert "stronger than their transparency" in str(losses(photo, "tif")[0])


def test_the_full_picture_is_read_not_its_thumbnail(tmp_path: Path) -> None:
    truth = samples(3)
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        for pixels, reduced in ((truth[::4, ::4], 1), (truth[::2, ::2], 1), (truth, 0), (truth[::3, ::3], 1)):
            file.write(np.ascontiguousarray(pixels), photometric="rgb", subfiletype=reduced, metadata=None)
    photo = read_photo(tmp_path / "a.tif")
    np.testing.assert_array_equal(photo.pixels, truth)
    assert [str(said) for said in losses(photo, "tif")] == ["The file's small copies of the picture are left out."]


def test_pages_are_told_and_a_thumbnail_alone_is_the_photo(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        for _ in range(2):
            file.write(samples(3), photometric="rgb", metadata=None)
    said = [str(sentence) for sentence in losses(read_photo(tmp_path / "a.tif"), "tif")]
    assert said == ["Only one of the file's pages or frames is kept."]
    write(tmp_path / "b.tif", samples(3), subfiletype=1)
    np.testing.assert_array_equal(read_photo(tmp_path / "b.tif").pixels, samples(3))


def test_a_raw_file_whose_preview_alone_can_be_read_is_refused(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(samples(3, "uint8"), photometric="rgb", subfiletype=1, subifds=1, metadata=None)
        file.write(samples(1), photometric=32803, subfiletype=0, metadata=None)  # a colour filter array
    with pytest.raises(PhotoError, match="only a small copy"):
        read_photo(tmp_path / "a.tif")


CAPTIONS = {
    "UTF-8": "Großmutter Zoë, Łódź".encode(),
    "Latin-1": "Jürgen".encode("latin-1"),
    "Shift-JIS": "祖母".encode("cp932"),
}


@pytest.mark.parametrize("suffix", ["tif", "png", "jpg", "webp"])
@pytest.mark.parametrize("source", ["tif", "jpg"])
@pytest.mark.parametrize("text", CAPTIONS.values(), ids=CAPTIONS)
@pytest.mark.parametrize("order", ["<", ">"])
def test_captions_are_kept_byte_for_byte(order: Any, text: bytes, source: str, suffix: str, tmp_path: Path) -> None:
    """With the directories below: a maker note, interoperability, a tag that nobody knows."""
    told: Fields = {
        270: Field(2, len(text) + 1, text + b"\0"),
        40093: Field(1, 6, b"a\0b\0\0\0"),
        50999: Field(12, 1, struct.pack(order + "d", 1.5)),
        0x8769: {
            0x9286: Field(7, 8 + len(text), b"JIS".ljust(8, b"\0") + text),
            0x927C: Field(7, 300, bytes(range(150)) * 2),
            0xA005: {1: Field(2, 4, b"R98\0")},
        },
        0x8825: {1: Field(2, 2, b"N\0"), 2: Field(5, 3, struct.pack(order + "6L", 52, 1, 30, 1, 5, 2))},
    }
    exif = exif_block(order, told)
    path = tmp_path / f"a.{source}"
    if source == "jpg":
        Image.fromarray(samples(3, "uint8")).save(path, exif=b"Exif\0\0" + exif)
    else:
        write_bare(path, order, told)
    photo = read_photo(path)
    assert not [said for said in losses(photo, suffix) if "compresses" not in str(said)]
    write_photo(photo, tmp_path / f"b.{suffix}")
    back = described(tmp_path / f"b.{suffix}")
    wanted = described(path)
    assert back | wanted == back, "something is missing or another"
    assert text in back[(0, 270)][2]
    assert back[(0x8769, 0x927C)][2] == bytes(range(150)) * 2
    assert back[(0xA005, 1)][2] == b"R98\0"


def write_bare(path: Path, order: Any, told: Any) -> None:
    """A TIFF of 8-bit grey and those entries, written by hand."""
    pixels = samples(1, "uint8").tobytes()
    stored = {256: WIDTH, 257: HEIGHT, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: HEIGHT, 279: len(pixels)}
    head = {"<": b"II", ">": b"MM"}[order] + struct.pack(order + "HL", 42, 8 + len(pixels))
    fields = told | {tag: Field(4, 1, struct.pack(order + "L", value)) for tag, value in stored.items()}
    path.write_bytes(head + pixels + pack(order, fields, 8 + len(pixels)))


def described(path: Path) -> dict[tuple[int, int], tuple[int, int, bytes]]:
    """(directory, tag) to kind, count and bytes of all that describes the photo, by tifffile or by hand."""
    if path.suffix == ".tif":
        block = path.read_bytes()
    else:
        with Image.open(path) as image:
            block = image.info["exif"].removeprefix(b"Exif\0\0")
    order = "<" if block[:2] == b"II" else ">"
    found: dict[tuple[int, int], tuple[int, int, bytes]] = {}
    left = [(0, struct.unpack_from(order + "L", block, 4)[0])]
    sizes = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 12: 8}
    while left:
        level, at = left.pop()
        for start in range(at + 2, at + 2 + 12 * struct.unpack_from(order + "H", block, at)[0], 12):
            tag, kind, count = struct.unpack_from(order + "HHL", block, start)
            place = start + 8
            if tag in (0x8769, 0x8825, 0xA005):
                left.append((tag, struct.unpack_from(order + "L", block, place)[0]))
            elif level or tag in (270, 40093, 50999):
                if sizes[kind] * count > 4:
                    (place,) = struct.unpack_from(order + "L", block, place)
                found[level, tag] = (kind, count, block[place : place + sizes[kind] * count])
    return found


def test_a_maker_note_stays_where_its_own_offsets_point(tmp_path: Path) -> None:
    exif = exif_block(">", {0x8769: {0x927C: Field(7, 40, b"offsets count from the head of the file!")}})
    photo = Photo(samples(3), "RGB16", None, Metadata(exif=exif))
    write_photo(photo, tmp_path / "a.tif")
    data = (tmp_path / "a.tif").read_bytes()
    assert data[8 : len(exif)] == exif[8:]
    np.testing.assert_array_equal(read_by_others(tmp_path / "a.tif"), samples(3))


IPTC = b"\x1c\x01\x5a\x00\x03\x1b%G" + b"\x1c\x02\x78\x00\x10" + "Hochzeit von Zoë"[:15].encode()
RESOURCES = b"8BIM\x04\x0a\x00\x00\x00\x00\x00\x01\x01\x00"  # the copyright flag


def test_captions_and_resources_go_between_tiff_and_jpeg(tmp_path: Path) -> None:
    tags = [(33723, 7, len(IPTC), IPTC, True), (34377, 7, len(RESOURCES), RESOURCES, True)]
    photo = read_photo(write(tmp_path / "a.tif", samples(3, "uint8"), extratags=tags))
    assert losses(photo, "tif") == ()
    write_photo(photo, tmp_path / "b.tif")
    write_photo(read_photo(tmp_path / "b.tif"), tmp_path / "c.jpg")
    with Image.open(tmp_path / "c.jpg") as image:
        blocks = dict(image.applist)["APP13"]  # type: ignore[attr-defined]
    assert blocks == b"Photoshop 3.0\0" + photoshop.segments(IPTC, RESOURCES)[18:]  # type: ignore[index]
    write_photo(read_photo(tmp_path / "c.jpg"), tmp_path / "d.tif")
    for name in ("b", "d"):
        told = tags_of(tmp_path / f"{name}.tif")
        assert bytes(told[33723]) == IPTC
        assert bytes(told[34377]) == RESOURCES
    assert "IPTC" in str(losses(photo, "png")[0])


def test_resources_that_are_none_stay_whole() -> None:
    odd = b"\xff\xed\x00\x14Photoshop 3.0\x008BIM"
    assert photoshop.parted(odd) == (None, b"8BIM")
    assert photoshop.parted(photoshop.segments(b"x" * 70_001, RESOURCES) or b"") == (b"x" * 70_001, RESOURCES)


def test_layers_are_left_out_and_told(tmp_path: Path) -> None:
    layers = b"Adobe Photoshop Document Data Block\0"
    path = write(tmp_path / "a.tif", samples(3), extratags=[(37724, 7, len(layers), layers, True)])
    assert "layers" in str(losses(read_photo(path), "tif")[0])


@pytest.mark.parametrize("suffix", ["tif", "png", "jpg", "bmp"])
def test_no_resolution_stays_none(suffix: str, tmp_path: Path) -> None:
    write_bare(tmp_path / "a.tif", "<", {18246: Field(3, 1, b"\5\0")})
    photo = read_photo(tmp_path / "a.tif")
    assert photo.metadata.dpi is None
    write_photo(photo, tmp_path / f"b.{suffix}")
    assert read_photo(tmp_path / f"b.{suffix}").metadata.dpi is None
    if suffix == "tif":
        assert 282 not in tags_of(tmp_path / "b.tif")


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("source", ["tif", "jpg", "png"])
def test_the_resolution_turns_with_the_photo(source: str, orientation: int, tmp_path: Path) -> None:
    pixels, path = samples(3, "uint8"), tmp_path / f"a.{source}"
    exif = Image.Exif()
    exif[274] = orientation
    if source == "tif":
        write(path, pixels, resolution=(600, 300), resolutionunit=2, extratags=[(274, 3, 1, orientation, True)])
    else:
        Image.fromarray(pixels).save(path, dpi=(600, 300), exif=exif)
    photo = read_photo(path)
    turned = (300, 600) if orientation > 4 else (600, 300)
    assert photo.metadata.dpi == pytest.approx(turned, rel=1e-3)
    if source == "tif":
        np.testing.assert_array_equal(photo.pixels, upright(pixels, orientation))
    for suffix in ("tif", "png", "jpg"):
        write_photo(photo, tmp_path / f"b.{suffix}", force=True)
        with Image.open(tmp_path / f"b.{suffix}") as image:
            told, lies = image.info["dpi"], image.getexif().get(274, 1) > 4
            assert told == pytest.approx(turned[::-1] if lies else turned, rel=1e-3)


def test_centimetres_stay_centimetres(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", samples(3), resolution=((11811, 100), (11811, 100)), resolutionunit=3)
    photo = read_photo(path)
    assert photo.metadata.dpi == pytest.approx((300, 300), rel=1e-3)
    write_photo(photo, tmp_path / "b.tif")
    told = tags_of(tmp_path / "b.tif")
    assert (told[282], told[296]) == ((11811, 100), 3)


def test_nothing_is_warned_of(tmp_path: Path) -> None:
    """Python's warnings would stand on the terminal."""
    tags = [(33723, 4, 20, bytes(80), True), (274, 3, 2, (1, 1), True), (270, 2, 4, b"abc\0", True)]
    write(tmp_path / "a.tif", samples(3, "uint8"), extratags=tags)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        read_photo(tmp_path / "a.tif")
    assert not said
