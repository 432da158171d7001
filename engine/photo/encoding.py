"""From pixels and metadata to a file of one of the formats that can be written, and what each of them cannot hold."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any, BinaryIO, cast

import numpy as np
from PIL import Image

from engine.errors import PhotoError
from engine.photo import jpeg, png
from engine.photo.colour import MODES, Pixels, Raster, alpha8, depth8, rgb8
from engine.photo.formats import FORMATS, WRITABLE
from engine.photo.metadata import EXIF_PREFIX, Metadata, tells_more, tells_resolution, unclaimed_xmp, unturned
from engine.photo.segments import dressed
from engine.photo.tiff import fitting_extra, write_tiff
from engine.wording import Sentence

JPEG_QUALITY = 95
"""Where the source is no JPEG whose own tables could be kept."""

_SEGMENT = 65_000
"""Bytes of EXIF, XMP or a comment that one JPEG segment surely holds."""


def format_of(suffix: str) -> str:
    """The format a file suffix (".jpg") stands for; `PhotoError` for an unknown one."""
    for form, row in FORMATS.items():
        if row.writable and suffix.lower() in row.suffixes:
            return form
    known = ", ".join(sorted(WRITABLE))
    raise PhotoError("'{0}' is not a format that can be written; use one of {1}", suffix, known)


def fitting_mode(raster: Raster, form: str) -> str:
    """The mode the photo has in a file of that format: its own, or the one nearest to it."""
    target = FORMATS[form]
    see_through = raster.mode == "P" and raster.has_alpha and not target.palette_alpha
    if raster.mode in target.modes and not see_through:
        return raster.mode
    kind, alpha = raster.kind, raster.has_alpha
    grey, deep = kind.family == "grey", kind.bits == 16
    wanted = [("LA16" if grey else "RGBA16") if alpha else ("I;16" if grey else "RGB16")] if deep else []
    wanted += ["RGBA16"] if deep and alpha else []
    wanted += ["LA" if alpha else "L"] if grey else []
    wanted += ["RGBA"] if alpha else []
    wanted += ["L"] if grey else []
    return next((mode for mode in wanted if mode in target.modes), "RGB")


def losses(raster: Raster, metadata: Metadata, form: str) -> tuple[Sentence, ...]:
    """Say what a file of that format cannot hold of this photo, and what was amiss with its own file."""
    target, mode = FORMATS[form], fitting_mode(raster, form)
    before, after, name = raster.kind, MODES[mode], FORMATS[form].name
    said = []
    if before.bits > after.bits:
        said.append(Sentence("{0} holds 8 bits a channel: the photo's 16 bits are rounded.", name))
    holds_alpha = after.alpha or (mode == "P" and target.palette_alpha)
    if not holds_alpha and (alpha := alpha8(raster)) is not None and int(alpha.min(initial=255)) < 255:
        said.append(Sentence("{0} holds no transparency: transparent parts become white.", name))
    if before.family == "cmyk" and after.family != "cmyk":
        said.append(Sentence("{0} holds no CMYK: the photo is converted to RGB.", name))
    if before.family == "palette" and after.family != "palette":
        said.append(Sentence("{0} holds no palette like this one: the photo is stored in full colour.", name))
    if not target.lossless and not (form == "JPEG" and metadata.jpeg is not None and jpeg.keeps(metadata.jpeg.file)):
        said.append(_everywhere(name))
    if not (form == "JPEG" and metadata.jpeg is not None):  # which says what it said
        said += _metadata_losses(metadata, form, keeps_icc=_fits_profile(raster, mode))
        homeless = png.homeless(metadata, mode if form == "PNG" else None)
        homeless += metadata.jpeg.beside if metadata.jpeg else ()
        if metadata.extra and not (form == "TIFF" and fitting_extra(raster, metadata)):
            homeless += (Sentence("channels beyond colour and transparency (infrared, selections)"),)
        said += [Sentence("{0} has no place for {1}.", name, what) for what in homeless]
    if metadata.several:
        said.append(Sentence("Only one of the file's pages or frames is kept."))
    return (*said, *metadata.remarks)


def _metadata_losses(metadata: Metadata, form: str, *, keeps_icc: bool) -> list[Sentence]:
    target = FORMATS[form]
    name, said = target.name, []
    if metadata.icc and not (target.exif and keeps_icc):
        said.append(Sentence("The colour profile does not fit into this {0} and is left out.", name))
    only_dpi = metadata.dpi is not None and not tells_more(metadata.exif or b"")
    exif = None if only_dpi and target.dpi and not target.exif else metadata.exif
    for label, block in ((Sentence("EXIF data"), exif), (Sentence("XMP data"), metadata.xmp)):
        if block and not (target.exif and (form != "JPEG" or len(block) <= _SEGMENT)):
            said.append(Sentence("The {0} does not fit into {1} and is left out.", label, name))
    if metadata.text and form != "PNG":
        said.append(Sentence("{0} has no place for the PNG text entries.", name))
    if metadata.comment and (form != "JPEG" or len(metadata.comment) > _SEGMENT):
        said.append(Sentence("{0} has no place for {1}.", name, Sentence("the comment")))
    if metadata.photoshop and form not in ("JPEG", "TIFF"):
        said.append(Sentence("{0} has no place for {1}.", name, Sentence("the captions (IPTC) and Photoshop's data")))
    if metadata.dpi and not target.dpi and not tells_resolution(metadata.exif):
        said.append(Sentence("{0} has no place for the resolution (dpi).", name))
    elif form == "JPEG" and _past_jfif(metadata) and not tells_resolution(metadata.exif):
        said.append(Sentence("{0} has no place for a resolution that is not between 1 and 65535 dpi.", name))
    return said


def encode(
    stream: BinaryIO, raster: Raster, metadata: Metadata, *, form: str, quality: int | None = None
) -> tuple[Sentence, ...]:
    """Write a photo to an open file; give back what was lost though `losses` did not foresee it.

    `quality` 1..100 is for JPEG and WebP; None: a JPEG source's own tables, else 95; WebP without loss.
    Raises PhotoError if the picture is too large for the format, OSError from the file.
    """
    target, mode = FORMATS[form], fitting_mode(raster, form)
    if max(raster.pixels.shape[:2]) > target.largest_side:
        raise PhotoError("{0} holds at most {1} pixels a side", target.name, target.largest_side)
    if not (target.exif and _fits_profile(raster, mode)):
        metadata = replace(metadata, icc=None)
    if form != "JPEG" and metadata.jpeg is not None and metadata.xmp:
        metadata = replace(metadata, xmp=unclaimed_xmp(metadata.xmp))
    converted = convert(raster, mode)
    if form == "TIFF":
        write_tiff(stream, converted, metadata)
    elif form == "PNG" and converted.kind.bits == 16:
        png.write_png16(stream, converted, metadata)
    elif form == "JPEG":
        file, surprises = _jpeg(converted, metadata, quality)
        stream.write(file)
        return surprises
    elif form == "PNG":
        options: dict[str, Any] = {"compress_level": 4}
        if converted.palette is not None and converted.has_alpha:
            options["transparency"] = converted.palette[:, 3].tobytes()
        _image(converted).save(cast(BinaryIO, png.PngStream(stream, metadata, mode)), "PNG", **options)
    else:
        _image(converted).save(stream, form, **_OPTIONS[form](metadata, quality))
    if form == "PNG":
        stream.write(metadata.appended)
    return ()


def _jpeg(raster: Raster, metadata: Metadata, quality: int | None) -> tuple[bytes, tuple[Sentence, ...]]:
    """A JPEG file, and what `losses` could not foresee.  A JPEG source lies in it as it lay, and says what it said."""
    coding = metadata.jpeg
    lying = raster if coding is None else replace(raster, pixels=unturned(raster.pixels, coding.orientation))
    if coding is not None and quality is None and (file := jpeg.repaint(coding.file, lying.pixels)):
        return file, ()
    stream = io.BytesIO()
    _image(lying).save(stream, "JPEG", **_jpeg_options(metadata, quality))
    if coding is None:
        return stream.getvalue(), ()
    surprise = quality is None and jpeg.keeps(coding.file)
    return dressed(stream.getvalue(), coding.file, colours=False), (_everywhere("JPEG"),) if surprise else ()


def _everywhere(name: str) -> Sentence:
    return Sentence("{0} compresses with small losses everywhere, also outside the mask.", name)


def convert(raster: Raster, mode: str) -> Raster:
    """The photo in another mode; itself if it has that mode already.  Alpha that goes away leaves white."""
    if mode == raster.mode:
        return raster
    kind = MODES[mode]
    alpha = alpha8(raster) if raster.has_alpha else None
    if kind.bits == 16:  # only ever LA16 to RGBA16
        pixels: Pixels = np.ascontiguousarray(raster.pixels[..., [0, 0, 0, 1]])
    elif kind.family == "grey":
        grey = depth8(raster.pixels)
        pixels = grey if grey.ndim == 2 or kind.alpha else _on_white(grey[..., :1], grey[..., 1])[..., 0]
    elif alpha is not None and kind.alpha:
        pixels = np.dstack([rgb8(raster), alpha])
    else:
        pixels = rgb8(raster) if alpha is None else _on_white(rgb8(raster), alpha)
    return Raster(pixels, mode, None, raster.icc)


def _on_white(colours: Pixels, alpha: Pixels) -> Pixels:
    out = np.empty_like(colours, dtype=np.uint8)
    for top in range(0, len(out), 256):
        rows = slice(top, top + 256)
        weight = alpha[rows, :, None].astype(np.float32) / 255
        out[rows] = np.rint(255 + (colours[rows].astype(np.float32) - 255) * weight)
    return out


def _fits_profile(raster: Raster, mode: str) -> bool:
    """Whether the embedded profile still describes the pixels once they are in that mode."""
    return MODES[mode].family == raster.kind.family or (
        MODES[mode].family == "rgb" and (raster.icc or b"")[16:20] == b"RGB "
    )


def _image(raster: Raster) -> Image.Image:
    height, width = raster.pixels.shape[:2]
    if raster.mode == "1":
        return Image.fromarray(raster.pixels).convert("1", dither=Image.Dither.NONE)
    pixels = np.ascontiguousarray(raster.pixels)
    image = Image.frombuffer(raster.mode, (width, height), pixels, "raw", raster.mode, 0, 1)
    if raster.palette is not None:
        image.putpalette(np.ascontiguousarray(raster.palette[:, :3]).tobytes())
    return image


def _common(metadata: Metadata) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if metadata.icc:
        options["icc_profile"] = metadata.icc
    if metadata.exif:
        options["exif"] = EXIF_PREFIX + metadata.exif
    if metadata.dpi:
        options["dpi"] = metadata.dpi
    return options


def _jpeg_options(metadata: Metadata, quality: int | None) -> dict[str, Any]:
    coding = metadata.jpeg
    options = _common(metadata) if coding is None else {}
    if len(metadata.exif or b"") > _SEGMENT:
        options.pop("exif", None)
    if _past_jfif(metadata):
        options.pop("dpi", None)
    if coding is None and metadata.xmp and len(metadata.xmp) <= _SEGMENT:
        options["xmp"] = metadata.xmp
    if coding is None and metadata.comment and len(metadata.comment) <= _SEGMENT:
        options["comment"] = metadata.comment
    if coding is None and metadata.photoshop:
        options["extra"] = metadata.photoshop
    if quality is None and coding is not None and coding.tables:
        options |= {"qtables": [list(table) for table in coding.tables], "progressive": coding.progressive}
        options |= {"subsampling": coding.subsampling if coding.subsampling >= 0 else 0}
    else:
        options |= {"quality": JPEG_QUALITY if quality is None else quality}
        options |= {"subsampling": 0 if quality is None or quality >= 90 else 2, "optimize": False}
    return options


def _past_jfif(metadata: Metadata) -> bool:
    """Whether a JFIF segment, which has whole numbers of two bytes, cannot hold the resolution."""
    return metadata.dpi is not None and not 1 <= min(metadata.dpi) <= max(metadata.dpi) < 1 << 16


def _webp_options(metadata: Metadata, quality: int | None) -> dict[str, Any]:
    options = _common(metadata)
    options.pop("dpi", None)
    if metadata.xmp:
        options["xmp"] = metadata.xmp
    if quality is None:
        return options | {"lossless": True, "exact": True, "quality": 50, "method": 2}
    return options | {"quality": quality, "exact": True}


def _bmp_options(metadata: Metadata, quality: int | None) -> dict[str, Any]:
    return {"dpi": metadata.dpi or (0, 0)}  # or Pillow would tell 96


_OPTIONS = {"WEBP": _webp_options, "BMP": _bmp_options}
