"""Rows of what the samples are, and how they lie."""

from __future__ import annotations

import functools
import io
from typing import Any

import numpy as np
from PIL import Image

from engine.photo.metadata import upright
from tests.things import files
from tests.things.files import MADE, itxt, saved, tiff
from tests.things.judge import rgba, unmultiplied
from tests.things.thing import Maker, Thing, always, says, shows_through


def _multiplied(kind: str) -> np.ndarray:
    colours = files.colours() if kind == "uint8" else files.deep_colours()
    alpha = files.alpha().astype(kind) * (1 if kind == "uint8" else 257)
    return np.dstack([np.minimum(colours, alpha[..., None]), alpha])


def _unmultiplied(kind: str) -> np.ndarray:
    return rgba(unmultiplied(_multiplied(kind)))


def _see_through() -> np.ndarray:
    return np.dstack([files.colours(), files.alpha()])


def _palette() -> np.ndarray:
    return (files.grey() // 16).astype(np.uint8)


_COLOURS_16 = np.stack([np.arange(16) * 16, np.arange(16) * 7, 255 - np.arange(16) * 9], axis=1).astype(np.uint8)


def _indexed(form: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image = Image.fromarray(_palette())
    image.putpalette(_COLOURS_16.tobytes())
    image.save(stream, form, **options)
    return stream.getvalue()


def _inks() -> np.ndarray:
    return np.dstack([files.colours(), files.alpha() // 4])


def _cmyk(form: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    Image.frombytes("CMYK", (files.WIDTH, files.HEIGHT), _inks().tobytes()).save(stream, form, **options)
    return stream.getvalue()


def _bitonal() -> np.ndarray:
    return np.where(files.grey() > 120, 255, 0).astype(np.uint8)


def _of_one_bit(form: str) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(_bitonal()).convert("1").save(stream, form)
    return stream.getvalue()


def _ppm16() -> bytes:
    return b"P6 %d %d 65535\n" % (files.WIDTH, files.HEIGHT) + files.deep_colours().astype(">u2").tobytes()


def _infrared(channels: int, **options: Any) -> np.ndarray:
    return np.dstack([files.deep_colours(), *[files.deep_colours()[..., 0] ^ 7] * channels])


def _by_opencv(suffix: str, pixels: np.ndarray, *options: int) -> bytes:
    import cv2

    return cv2.imencode(suffix, pixels[..., ::-1], options)[1].tobytes()


def rows() -> list[Thing]:
    """What the samples are."""
    deep, grey, through = files.deep_colours(), files.grey(), _see_through()
    return [
        Thing(
            "16 bits",
            {
                "PNG": lambda: _by_opencv(".png", deep),
                "TIFF": lambda: tiff(deep),
                "PPM": _ppm16,
                "JPEG2000": lambda: _by_opencv(".jp2", deep, 272, 1000),  # as it is, without loss
                "AVIF": (MADE / "deep.avif").read_bytes,
                "HEIF": (MADE / "deep.heic").read_bytes,
            },
            says("bits", 16),
            "16 bits",
            truth=lambda: rgba(deep),
        ),
        Thing(
            "16 bits of grey",
            {
                "PNG": lambda: saved("PNG", deep[..., 0]),
                "TIFF": lambda: tiff(deep[..., 0], byteorder=">"),
                "PPM": lambda: saved("PPM", deep[..., 0]),
                "JPEG2000": lambda: files.jp2(deep[..., 0]),
            },
            says("bits", 16),
            "16 bits",
            truth=lambda: rgba(deep[..., 0]),
        ),
        Thing(
            "transparency",
            {
                form: functools.partial(saved, form, through)
                for form in ("PNG", "WEBP", "AVIF", "TGA", "JPEG2000", "TIFF")
            }
            | {"HEIF": (MADE / "alpha.heic").read_bytes},
            shows_through,
            "transparen",
            truth=lambda: rgba(through),
        ),
        *(
            Thing(
                f"colours multiplied by alpha, {kind}",
                {"TIFF": functools.partial(tiff, _multiplied(kind), extrasamples=["assocalpha"])},
                shows_through,
                "transparen",
                truth=functools.partial(_unmultiplied, kind),
                fields=("premultiplied",),
            )
            for kind in ("uint8", "uint16")
        ),
        *(
            Thing(
                f"{count} channels beyond colour",
                {"TIFF": functools.partial(tiff, _infrared(count), extrasamples=["unspecified"] * count, **how)},
                says("extra", np.ascontiguousarray(_infrared(count)[..., 3:]).tobytes()),
                "beyond colour",
                truth=lambda: rgba(deep),
                fields=("extra",),
            )
            for count, how in ((1, {}), (2, {"tile": (16, 16), "byteorder": ">"}))
        ),
        Thing(
            "planes apart",
            {"TIFF": lambda: tiff(np.ascontiguousarray(np.moveaxis(deep, 2, 0)), planarconfig="separate")},
            always,
            "planes",
            truth=lambda: rgba(deep),
        ),
        Thing(
            "a palette",
            {form: functools.partial(_indexed, form) for form in ("PNG", "TIFF", "GIF", "BMP", "TGA")},
            lambda held: held.get("kind") == 3,
            "palette",
            truth=lambda: rgba(_COLOURS_16[_palette()]),
        ),
        Thing(
            "a transparent colour of a palette",
            {form: functools.partial(_indexed, form, transparency=3) for form in ("PNG", "GIF")},
            lambda held: held.get("kind") == 3 and shows_through(held),
            "palette",
            truth=lambda: rgba(
                np.dstack([_COLOURS_16[_palette()], np.where(_palette() == 3, 0, 255)]).astype(np.uint8)
            ),
        ),
        Thing(
            "CMYK",
            {"TIFF": lambda: _cmyk("TIFF"), "JPEG": lambda: _cmyk("JPEG", quality=97, subsampling=0)},
            lambda held: held.get("kind") == 5 or held.get("channels") == 4,
            "CMYK",
            truth=lambda: _inks().astype(np.uint16) * 257,
        ),
        Thing(
            "black and white",
            {form: functools.partial(_of_one_bit, form) for form in ("PNG", "TIFF", "BMP", "PPM", "TGA")},
            always,
            "black",
            truth=lambda: rgba(_bitonal()),
        ),
        Thing(
            "grey",
            {
                form: functools.partial(saved, form, grey)
                for form in ("PNG", "JPEG", "TIFF", "BMP", "GIF", "PPM", "JPEG2000", "TGA")
            },
            always,
            "grey",
            truth=lambda: rgba(grey),
        ),
    ]


def turned(name: str, makers: dict[str, Maker], orientation: int) -> Thing:
    """A photo that lies in its file as its orientation says; it is kept if it is seen upright."""
    truth = functools.partial(lambda turn: rgba(upright(files.colours(), turn)), orientation)
    return Thing(name, makers, lambda _held: True, "never", truth=truth)


def orientation(kind: int, value: int) -> Thing:
    block = b"Exif\0\0" + files.exif(orientation=(kind, value))
    makers: dict[str, Maker] = {form: functools.partial(saved, form, exif=block) for form in ("PNG", "JPEG", "WEBP")}
    makers |= {
        "TIFF": lambda: files.bare_tiff(files.fields(orientation=(kind, value))),
        "JPEG2000": lambda: files.with_boxes(files.jp2(), (b"uuid", b"JpgTiffExif->JP2" + block[6:])),
    }
    if kind == 3:  # Pillow makes boxes (irot, imir) of it
        makers["AVIF"] = functools.partial(saved, "AVIF", exif=block)
    return turned(f"orientation {value} as {({1: 'BYTE', 3: 'SHORT', 4: 'LONG'})[kind]}", makers, value)


def xmp_orientation() -> Thing:
    said = b'<x:xmpmeta xmlns:x="adobe:ns:meta/" tiff:Orientation="6"/>'
    makers: dict[str, Maker] = {form: functools.partial(saved, form, xmp=said) for form in ("JPEG", "WEBP")}
    makers["PNG"] = lambda: files.with_chunks(saved("PNG"), itxt(b"XML:com.adobe.xmp", said))
    makers["TIFF"] = lambda: tiff(tags=[(700, 1, len(said), said)])
    return turned("orientation in XMP", makers, 6)
