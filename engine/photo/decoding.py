"""From a file to pixels and metadata.

Pillow reads everything but 16-bit colour, which it would cut to 8 bits: there OpenCV decodes the pixels (of TIFF
`tiff_pixels`) and Pillow still gives the metadata.  Every way a file can be bad ends as a `PhotoError` that names it.
"""

from __future__ import annotations

import io
import os
import stat
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageFile, UnidentifiedImageError

from engine.errors import PhotoError
from engine.photo import chunks, jpeg, photoshop, png
from engine.photo.boxes import Told, colour_numbers, told_by_jp2
from engine.photo.chunks import Chunks
from engine.photo.colour import Raster
from engine.photo.deep import largest_sample, read_deep
from engine.photo.formats import FORMATS
from engine.photo.metadata import (
    EXIF_PREFIX,
    JpegCoding,
    Metadata,
    exif_orientation,
    is_exif,
    oriented_exif,
    oriented_xmp,
    tells_resolution,
    upright,
    xmp_orientation,
)
from engine.photo.segments import beside
from engine.photo.tiff_pixels import COLOUR_CHANNELS
from engine.photo.tiff_reading import Page, find_page, read_metadata, read_plain
from engine.photo.unread import bmp_profile, comment, gif_xmp, has_unknown_extension
from engine.wording import Sentence

MAX_PIXELS = 300_000_000
"""Larger pictures are refused before any memory is taken for them: 17,000 x 17,000 still opens."""

_FORMATS = ("DIB", *(form for form, row in FORMATS.items() if row.package is None))
"""What Pillow tries; DIB is a BMP without the head of a file."""
_SIMPLE = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK")
_CONVERTED = {"PA": "RGBA", "La": "LA", "RGBa": "RGBA", "RGBX": "RGB", "YCbCr": "RGB", "HSV": "RGB"}

_SRGB = ((1, 13),)
"""Primaries and transfer that need no word."""

# Pillow warns at 89 megapixels and refuses at 179; ours is the one limit, checked right after the header.
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True, eq=False, slots=True)
class Decoded:
    """A file's upright pixels, its metadata and the name of its format."""

    raster: Raster
    metadata: Metadata
    format: str


def decode(path: Path) -> Decoded:
    """Read one photo file; `PhotoError` names the file and the cause."""
    try:
        _check_file(path)
        with warnings.catch_warnings(action="ignore"), _Stream(path) as stream:  # Pillow's doubts: ours are remarks
            return _decode(stream)
    except PhotoError as error:
        raise PhotoError("{0}: {1}", path, error.sentence) from None
    except MemoryError:
        raise PhotoError("{0}: not enough memory to open it", path) from None
    except OSError as error:
        raise PhotoError("{0}: {1}", path, _reason(error)) from error


def _check_file(path: Path) -> None:
    mode = os.stat(path)
    if stat.S_ISDIR(mode.st_mode):
        raise PhotoError("it is a folder, not a photo")
    if not stat.S_ISREG(mode.st_mode):
        raise PhotoError("it is not a regular file")
    if mode.st_size == 0:
        raise PhotoError("the file is empty")


def _reason(error: OSError) -> Sentence | str:
    if isinstance(error, FileNotFoundError):
        return Sentence("no such file")
    if isinstance(error, PermissionError):
        return Sentence("no permission to read it")
    return error.strerror or Sentence("it cannot be read")


class _Stream(io.BufferedReader):
    """A file that is never asked for more than it holds: a length that lies must not reserve gigabytes."""

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path))
        self._length = os.fstat(self.fileno()).st_size

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            return super().read()
        return super().read(min(size, max(0, self._length - self.tell())))


def _decode(stream: BinaryIO) -> Decoded:
    try:
        if (page := find_page(stream)) is not None:
            return _decode_tiff(stream, page)
        formats, found = _formats(stream), chunks.read(stream)
        stream.seek(0)
        stream = stream if found is None else io.BytesIO(found.picture)
        with _opened(stream, formats) as image:
            _check_size(*image.size)
            form = {"MPO": "JPEG", "DIB": "BMP"}.get(image.format or "", image.format or "")
            return _load(stream, image, form, found)
    except (PhotoError, MemoryError):
        raise
    except Exception as error:  # decoders raise anything at all on a hostile file
        raise PhotoError("damaged or truncated: {0}", _one_line(error)) from error


def _opened(stream: BinaryIO, formats: tuple[str, ...]) -> ImageFile.ImageFile:
    try:
        return Image.open(stream, formats=formats)
    except UnidentifiedImageError:
        raise _unknown(stream) from None


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        most = MAX_PIXELS // 1_000_000
        raise PhotoError("{0} x {1} pixels are too many; the limit is {2} megapixels", width, height, most)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def _formats(stream: BinaryIO) -> tuple[str, ...]:
    """The formats that Pillow is to try; HEIC is read by the optional package pi-heif."""
    if not _is_heic(stream):
        return _FORMATS
    try:
        import pi_heif
    except ImportError:
        raise PhotoError(
            "HEIC pictures need the package pi-heif (pip install pi-heif), or save it as JPEG, PNG or TIFF first"
        ) from None
    pi_heif.register_heif_opener()
    return (*_FORMATS, "HEIF")


def _is_heic(stream: BinaryIO) -> bool:
    stream.seek(0)
    head = stream.read(12)
    stream.seek(0)
    return head[4:8] == b"ftyp" and head[8:] in (b"heic", b"heix", b"mif1", b"hevc", b"msf1")


def _unknown(stream: BinaryIO) -> PhotoError:
    """Why Pillow did not know the file."""
    if _is_heic(stream):
        return PhotoError("this HEIC picture is damaged, or of a kind that cannot be read")
    return PhotoError("it is not a picture in a format that can be read, or it is damaged")


def _decode_tiff(stream: BinaryIO, page: Page) -> Decoded:
    layout = page.layout
    _check_size(layout.width, layout.height)
    if layout.plain:
        return Decoded(*read_plain(stream, page), "TIFF")
    if not layout.known:
        raise PhotoError("this kind of TIFF is not supported")
    try:
        stream.seek(0)
        image = Image.open(stream, formats=("TIFF",))
        image.seek(page.index)
    except (UnidentifiedImageError, SyntaxError):
        raise PhotoError("this kind of TIFF is not supported") from None
    with image:
        _check_size(*image.size)
        image.load()  # and turns it upright
        metadata, raster = read_metadata(stream, page), _raster(image)
    read = COLOUR_CHANNELS.get(layout.photometric, layout.channels) + raster.kind.alpha
    if layout.channels > read:
        dropped = Sentence("Its channels beyond colour and transparency cannot be read and are left out.")
        metadata = replace(metadata, remarks=(*metadata.remarks, dropped))
    return Decoded(replace(raster, icc=metadata.icc), metadata, "TIFF")


def _load(stream: BinaryIO, image: ImageFile.ImageFile, form: str, found: Chunks | None) -> Decoded:
    top = _largest_sample(stream, image, form, found)
    deep = top > 255
    remarks: tuple[Sentence, ...] = ()
    if found is not None:
        image.info.update(png.info(found))
        if not found.ended and not found.all_there():
            raise PhotoError("the file is truncated")
        if deep and not found.sound:  # OpenCV must never see a damaged file
            raise PhotoError("the file is damaged")
    if form == "JPEG":
        stream, image, remarks = _loaded_jpeg(stream, image)
    elif not deep:
        image.load()
    metadata, orientation = _metadata(stream, image, form)
    raster = _deep_raster(stream, image, form, found, top=top) if deep else _raster(image)
    if found is not None:
        raster = png.see_through(raster, found)
        metadata = replace(metadata, **png.told(found, turned=orientation > 4))
    pixels = np.ascontiguousarray(upright(raster.pixels, orientation))
    metadata = replace(metadata, remarks=metadata.remarks + remarks)
    return Decoded(replace(raster, pixels=pixels, icc=metadata.icc), metadata, form)


def _loaded_jpeg(
    stream: BinaryIO, image: ImageFile.ImageFile
) -> tuple[BinaryIO, ImageFile.ImageFile, tuple[Sentence, ...]]:
    """Decode a JPEG file, also one that lacks nothing but its end marker."""
    stream.seek(0)
    file = jpeg.ended(stream.read())
    if file is None:
        image.load()
        return stream, image, ()
    again = Image.open(io.BytesIO(file), formats=("JPEG",))
    again.load()
    return io.BytesIO(file), again, (Sentence("The file's end is missing, but none of its pixels."),)


def _largest_sample(stream: BinaryIO, image: ImageFile.ImageFile, form: str, found: Chunks | None) -> int:
    """The largest value of a sample: over 255 if the file holds samples that Pillow would cut to 8 bits."""
    if found is not None:
        return 65535 if found.bits == 16 and not image.mode.startswith("I") else 255
    return 255 if image.mode == "F" else largest_sample(stream, image, form)


def _raster(image: Image.Image) -> Raster:
    """The pixels of what Pillow read, in their own mode."""
    if image.mode in ("I;16", "I;16L", "I;16B", "I;16N"):
        return Raster(np.asarray(image).astype(np.uint16), "I;16")
    if image.mode in ("I", "F"):
        raise PhotoError("32-bit and floating-point pictures are not supported; save it with 8 or 16 bits")
    if image.mode == "P":
        return _indexed(image)
    if "transparency" in image.info and image.mode in ("1", "L", "RGB"):
        image = image.convert("RGBA" if image.mode == "RGB" else "LA")  # one colour meant "nothing here"
    if image.mode in _CONVERTED:
        image = image.convert(_CONVERTED[image.mode])
    if image.mode not in _SIMPLE:
        raise PhotoError("the colour mode {0} is not supported; save it as RGB", image.mode)
    if image.mode == "1":
        return Raster(np.asarray(image.convert("L")), "1")
    return Raster(np.asarray(image), image.mode)


def _indexed(image: Image.Image) -> Raster:
    index = np.asarray(image)
    palette = np.frombuffer(bytes(image.getpalette("RGB") or ()), np.uint8).reshape(-1, 3)
    needed = int(index.max()) + 1
    if needed > len(palette):  # indices past the palette are legal in some formats, and black
        palette = np.concatenate([palette, np.zeros((needed - len(palette), 3), np.uint8)])
    transparency = image.info.get("transparency")
    if transparency is None:
        return Raster(index, "P", palette)
    alpha = np.full(len(palette), 255, np.uint8)
    if isinstance(transparency, bytes):
        known = np.frombuffer(transparency, np.uint8)[: len(alpha)]
        alpha[: len(known)] = known
    elif int(transparency) < len(alpha):
        alpha[int(transparency)] = 0
    return Raster(index, "P", np.column_stack([palette, alpha]))


def _deep_raster(stream: BinaryIO, image: ImageFile.ImageFile, form: str, found: Chunks | None, *, top: int) -> Raster:
    """16-bit colour through OpenCV, channels as in the file; `top` is its `_largest_sample`."""
    if found is None:
        return read_deep(stream, image, form, top=top)
    import cv2

    stream.seek(0)
    decoded = cv2.imdecode(np.frombuffer(stream.read(), np.uint8), cv2.IMREAD_UNCHANGED)
    if decoded is None or decoded.dtype != np.uint16:
        raise PhotoError("this 16-bit picture cannot be decoded; it may be damaged")
    pixels = decoded.astype(np.uint16, copy=False)
    if pixels.ndim == 3 and pixels.shape[2] == 3:
        cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB, dst=pixels)
        return Raster(pixels, "RGB16")
    if pixels.ndim != 3 or pixels.shape[2] != 4:
        raise PhotoError("a 16-bit picture with this many channels is not supported")
    if found.kind == 4:
        return Raster(np.ascontiguousarray(pixels[..., [0, 3]]), "LA16")
    cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGBA, dst=pixels)
    return Raster(pixels, "RGBA16")


def _metadata(stream: BinaryIO, image: ImageFile.ImageFile, form: str) -> tuple[Metadata, int]:
    """Metadata told upright, and the orientation (1..8) the pixels still have to be turned from."""
    told = told_by_jp2(stream) if form == "JPEG2000" else Told()
    info = dict(image.info)
    if form == "JPEG2000":
        info |= {"icc_profile": told.icc, "exif": told.exif, "xmp": told.xmp}
    elif form == "BMP":
        info["icc_profile"] = bmp_profile(stream)
    elif form == "GIF":
        info["xmp"] = gif_xmp(stream)
    exif = info.get("exif")
    if exif is not None:
        exif = exif.removeprefix(EXIF_PREFIX)
        exif = exif if is_exif(exif) else None
    xmp = info.get("xmp")
    xmp = xmp.encode() if isinstance(xmp, str) else xmp
    orientation = exif_orientation(exif) or xmp_orientation(xmp) or 1
    dpi = info.get("dpi")
    if form == "JPEG" and not (info.get("jfif_unit") or tells_resolution(exif)):
        dpi = None  # Pillow's 72, where nobody says anything
    if dpi and orientation > 4:
        dpi = dpi[::-1]
    unknown = told.others or has_unknown_extension(image, form)
    metadata = Metadata(
        exif=oriented_exif(exif, 1, swapped=orientation > 4) if exif else None,
        icc=info.get("icc_profile") or None,
        dpi=(float(dpi[0]), float(dpi[1])) if dpi and min(dpi) > 0 else None,
        xmp=oriented_xmp(xmp, 1) if xmp else None,
        chunks=_colour_chunks(stream, form, icc=bool(info.get("icc_profile"))),
        comment=comment(stream, image, form),
        photoshop=photoshop.segments(told.iptc, None) if told.iptc else _photoshop(image),
        jpeg=_jpeg_coding(stream, image, orientation) if form == "JPEG" else None,
        several=bool(getattr(image, "is_animated", False)) and form != "JPEG",  # there it is something appended
        remarks=(Sentence("Descriptions of a kind that is not known are left out."),) if unknown else (),
    )
    return metadata, orientation


def _colour_chunks(stream: BinaryIO, form: str, *, icc: bool) -> tuple[tuple[bytes, bytes], ...]:
    """What the numbers mean in colour, as PNG says it."""
    numbers = colour_numbers(stream) if form in ("AVIF", "HEIF") and not icc else None
    if numbers is None or numbers in _SRGB or 2 in numbers or max(numbers) > 255:  # 2: it is not known
        return ()
    return ((b"cICP", bytes([*numbers, 0, 1])),)


def _photoshop(image: ImageFile.ImageFile) -> bytes | None:
    told = getattr(image, "applist", ())
    segments = [content for name, content in told if name == "APP13" and content.startswith(photoshop.NAME)]
    if not segments:
        return None
    return photoshop.without_preview(photoshop.written(segments)) or None


def _jpeg_coding(stream: BinaryIO, image: ImageFile.ImageFile, orientation: int) -> JpegCoding:
    from PIL.JpegImagePlugin import get_sampling

    tables: dict[int, list[int]] = getattr(image, "quantization", {})
    whole = sorted(tables) == list(range(len(tables)))
    stream.seek(0)
    file = stream.read()
    return JpegCoding(
        tables=tuple(tuple(int(v) for v in tables[i]) for i in sorted(tables)) if whole else (),
        subsampling=get_sampling(image),
        progressive=bool(image.info.get("progressive") or image.info.get("progression")),
        orientation=orientation,
        file=file,
        beside=beside(file),
    )
