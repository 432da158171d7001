"""A photo: read from a file, painted on, written back with everything that was not painted unchanged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import numpy as np

from engine.atomic import atomic_file
from engine.errors import PhotoError
from engine.geometry import F32, U8, Box, Size
from engine.photo import colour, decoding, encoding
from engine.photo.colour import MODES, Pixels, Raster
from engine.photo.metadata import Metadata
from engine.wording import Sentence

MAX_PIXELS = decoding.MAX_PIXELS

_ARRAY_MODES = {
    ("uint8", 1): "L", ("uint8", 2): "LA", ("uint8", 3): "RGB", ("uint8", 4): "RGBA",
    ("uint16", 1): "I;16", ("uint16", 2): "LA16", ("uint16", 3): "RGB16", ("uint16", 4): "RGBA16",
}  # fmt: skip


@dataclass(frozen=True, eq=False, slots=True)
class Paint:
    """Colours for one box of a photo: `rgb` (h, w, 3) float32 and `alpha` (h, w) float32, both 0..1.

    `cover`, (h, w) float32 of at most `alpha`: how much of that also makes visible what was transparent; the rest
    only changes colours.  None: all of it.
    """

    box: Box
    rgb: F32
    alpha: F32
    cover: F32 | None = None


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo as its file has it, upright.

    `pixels`: (H, W) or (H, W, C), uint8 or uint16, the file's own channels; not to be written to.
    `mode`: a key of `engine.photo.colour.MODES` (Pillow's names, and LA16, RGB16, RGBA16).
    `palette`: (N, 3) or (N, 4) uint8 for mode "P", else None.
    """

    pixels: Pixels
    mode: str
    palette: U8 | None = None
    metadata: Metadata = field(default_factory=Metadata)
    path: Path | None = None
    format: str = ""
    """Pillow's name of the source's format ("JPEG"), or empty."""

    @classmethod
    def from_array(cls, pixels: Pixels, mode: str | None = None) -> Self:
        """A photo of (H, W) or (H, W, C) uint8 or uint16 pixels; `mode` is needed for "1" and "CMYK" only.

        Raises ValueError if the pixels cannot be of that mode.
        """
        channels = 1 if pixels.ndim == 2 else pixels.shape[2] if pixels.ndim == 3 else 0
        found = _ARRAY_MODES.get((str(pixels.dtype), channels))
        wanted = found if mode is None else mode
        if found is None or wanted not in MODES or wanted == "P" or pixels.size == 0:
            raise ValueError(f"no photo of mode {mode} from {pixels.dtype} pixels of shape {pixels.shape}")
        if (MODES[wanted].channels, MODES[wanted].bits) != (channels, 8 * pixels.itemsize):
            raise ValueError(f"mode {wanted} does not fit {pixels.dtype} pixels of shape {pixels.shape}")
        flat = pixels[..., 0] if pixels.ndim == 3 and channels == 1 else pixels
        return cls(np.ascontiguousarray(flat), wanted)

    @property
    def size(self) -> Size:
        return Size(self.pixels.shape[1], self.pixels.shape[0])

    @property
    def box(self) -> Box:
        """All of the photo."""
        return Box(0, 0, self.size.width, self.size.height)

    @property
    def has_alpha(self) -> bool:
        return self.raster.has_alpha

    @property
    def raster(self) -> Raster:
        """Pixels, mode, palette and profile, as `engine.photo.colour` takes them."""
        return Raster(self.pixels, self.mode, self.palette, self.metadata.icc)

    def rgb(self, box: Box | None = None) -> F32:
        """(h, w, 3) float32 colours 0..1 of that box (None: all), alpha ignored, in the photo's colour space.

        Raises ValueError if the box reaches past the photo.
        """
        return colour.rgb(self._crop(box))

    def rgb8(self, box: Box | None = None) -> U8:
        """(h, w, 3) uint8 colours of that box for the screen, alpha ignored; a copy."""
        return colour.rgb8(self._crop(box))

    def alpha8(self, box: Box | None = None) -> U8 | None:
        """(h, w) uint8 alpha of that box; None if the photo has no transparency."""
        return colour.alpha8(self._crop(box))

    def painted(self, box: Box, rgb: F32, alpha: F32) -> Photo:
        """A new photo with `rgb` (h, w, 3) 0..1 painted over `box` as strongly as `alpha` (h, w) 0..1 says.

        Pixels of alpha 0 keep their values bit for bit, in the photo's own mode and depth.  A palette photo
        keeps its palette (nearest colours, error diffusion), a CMYK photo its inks (through its profile),
        and a transparent pixel becomes visible as far as it was painted.
        """
        canvas = Canvas(self)
        canvas.paint([Paint(box, rgb, alpha)])
        return canvas.photo

    def _crop(self, box: Box | None) -> Raster:
        if box is None:
            return self.raster
        if not box.empty and box.clipped(self.size) != box:
            raise ValueError(f"{box} reaches past the photo of {self.size}")
        return self.raster.crop(box)


class Canvas:
    """A photo to paint on, one box after the other, for the cost of one copy; the photo it begins with stays."""

    def __init__(self, photo: Photo) -> None:
        self.photo = replace(photo, pixels=photo.pixels.copy())
        """With all that has been painted so far."""

    def paint(self, paints: Iterable[Paint]) -> None:
        """Paint boxes as `Photo.painted` does, each as it comes, so that a generator holds one in memory at a time.

        Raises ValueError if a box reaches past the photo or an array does not fit its box.
        """
        for item in paints:
            _check(item, self.photo.size)
            colour.paint(self.photo.raster, box=item.box, colours=item.rgb, alpha=item.alpha, cover=item.cover)


def _check(item: Paint, size: Size) -> None:
    shape = (item.box.height, item.box.width)
    if item.box.clipped(size) != item.box and not item.box.empty:
        raise ValueError(f"{item.box} reaches past the photo of {size}")
    covers = (item.alpha,) if item.cover is None else (item.alpha, item.cover)
    if item.rgb.shape != (*shape, 3) or any(cover.shape != shape for cover in covers):
        raise ValueError(f"colours {item.rgb.shape} and alpha {item.alpha.shape} do not fit {item.box}")


def read_photo(path: Path | str) -> Photo:
    """Read a PNG, JPEG, TIFF, WebP, BMP, GIF, PPM, JPEG 2000, AVIF or TGA file, turned upright.

    `PhotoError`, one line naming file and cause: missing, a folder, empty, truncated, not a picture, more
    than `MAX_PIXELS`, floating-point or other samples that could not be written back.
    """
    path = Path(path)
    found = decoding.decode(path)
    raster = found.raster
    return Photo(raster.pixels, raster.mode, raster.palette, found.metadata, path, found.format)


def write_photo(
    photo: Photo,
    path: Path | str,
    *,
    force: bool = False,
    format: str | None = None,
    quality: int | None = None,
) -> tuple[Sentence, ...]:
    """Write a photo with its metadata as PNG, JPEG, TIFF, WebP or BMP; all of it or nothing.

    Gives back what was lost though `losses` did not foresee it: nearly always nothing.

    The format follows the suffix unless given.  `quality` 1..100 is for JPEG and WebP; None keeps a JPEG
    source's own tables (else 95) and writes WebP without loss.  An existing file is replaced only with
    `force`.  What the format cannot hold is converted: see `losses`.  Raises PhotoError naming file and cause.
    """
    path = Path(path)
    with writing(path):
        form = encoding.format_of(path.suffix if format is None else "." + format.lower().lstrip("."))
        with atomic_file(path, overwrite=force) as stream:
            surprises = encoding.encode(stream, photo.raster, photo.metadata, form=form, quality=quality)
    return surprises


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn all that can go wrong while a file is written into a PhotoError naming file and cause."""
    try:
        yield
    except PhotoError as error:
        raise PhotoError("{0}: {1}", path, error.sentence) from None
    except MemoryError:
        raise PhotoError("{0}: not enough memory to write it", path) from None
    except OSError as error:
        raise PhotoError("{0}: cannot be written, {1}", path, _reason(error)) from error
    except (ValueError, TypeError, KeyError) as error:  # an encoder that takes no such metadata
        raise PhotoError("{0}: cannot be written, {1}", path, str(error)) from error


def losses(photo: Photo, format: str) -> tuple[Sentence, ...]:
    """Say what a file of that format ("JPEG", ".tif") cannot hold of this photo; none if all fits.

    Raises PhotoError for a format that cannot be written.
    """
    form = encoding.format_of("." + format.lower().lstrip("."))
    return encoding.losses(photo.raster, photo.metadata, form)


def _reason(error: OSError) -> Sentence | str:
    if isinstance(error, FileExistsError):
        return Sentence("it exists already")
    if isinstance(error, FileNotFoundError):
        return Sentence("its folder does not exist")
    return (error.strerror or str(error)).lower() or Sentence("unknown cause")
