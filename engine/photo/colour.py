"""Pixel modes: what the channels of a photo mean, as colours, and painting colours into them.

Colour numbers stay in the photo's own space (an Adobe RGB photo is neither converted nor clipped); only
CMYK goes through its ICC profile, or the plain formula where it has none.
"""

from __future__ import annotations

import functools
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.geometry import F32, U8, Box

if TYPE_CHECKING:
    from PIL.ImageCms import ImageCmsTransform

Pixels = NDArray[np.unsignedinteger[Any]]
Family = Literal["grey", "rgb", "cmyk", "palette"]

_BLOCK = 1 << 20
"""Pixels converted at a time, so that a whole large photo needs no float copy of itself."""
LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""What red, green and blue count for in brightness (ITU-R BT.601)."""
_BITONAL = np.array([[0, 0, 0], [255, 255, 255]], np.uint8)


@dataclass(frozen=True, slots=True)
class Mode:
    """A pixel mode: colour family, 8 or 16 bits, alpha as last channel or none."""

    family: Family
    bits: int = 8
    alpha: bool = False

    @property
    def channels(self) -> int:
        return {"grey": 1, "palette": 1, "rgb": 3, "cmyk": 4}[self.family] + self.alpha

    @property
    def top(self) -> int:
        """The largest value a channel holds."""
        return int((1 << self.bits) - 1)


MODES: dict[str, Mode] = {
    "1": Mode("grey"),
    "L": Mode("grey"),
    "LA": Mode("grey", alpha=True),
    "P": Mode("palette"),
    "RGB": Mode("rgb"),
    "RGBA": Mode("rgb", alpha=True),
    "CMYK": Mode("cmyk"),
    "I;16": Mode("grey", 16),
    "LA16": Mode("grey", 16, alpha=True),
    "RGB16": Mode("rgb", 16),
    "RGBA16": Mode("rgb", 16, alpha=True),
}
"""Every mode a `Photo` can have.  "1" holds 0 or 255 and stays black and white when painted."""


@dataclass(frozen=True, eq=False, slots=True)
class Raster:
    """Pixels and what is needed to read them as colours.

    `palette`: (N, 3) or, with alpha, (N, 4) uint8 for mode "P"; `icc`: the embedded profile.
    """

    pixels: Pixels
    mode: str
    palette: U8 | None = None
    icc: bytes | None = None

    @property
    def kind(self) -> Mode:
        return MODES[self.mode]

    @property
    def has_alpha(self) -> bool:
        return self.kind.alpha or (self.palette is not None and self.palette.shape[1] == 4)

    def crop(self, box: Box) -> Raster:
        """The same photo, that box only; a view."""
        return Raster(self.pixels[box.slices], self.mode, self.palette, self.icc)


def rgb(raster: Raster) -> F32:
    """(H, W, 3) float32 colours 0..1 of all pixels, alpha ignored."""
    pixels, kind = raster.pixels, raster.kind
    if raster.palette is not None:
        return raster.palette[pixels, :3].astype(np.float32) / np.float32(255)
    if kind.family == "cmyk":
        return _cmyk_to_rgb(pixels, raster.icc).astype(np.float32) / np.float32(255)
    if kind.family == "grey":
        grey = pixels[..., 0] if kind.alpha else pixels
        values = grey.astype(np.float32)
        values /= np.float32(kind.top)
        return np.repeat(values[..., None], 3, axis=2)
    values = pixels[..., :3].astype(np.float32)
    values /= np.float32(kind.top)
    return values


def rgb8(raster: Raster) -> U8:
    """(H, W, 3) uint8 colours of all pixels, alpha ignored; costs its own size and little more."""
    pixels, kind = raster.pixels, raster.kind
    if raster.palette is not None:
        return raster.palette[:, :3][pixels]
    if kind.family == "cmyk":
        return _cmyk_to_rgb(pixels, raster.icc)
    eight = depth8(pixels)
    if kind.family == "grey":
        grey = eight[..., 0] if kind.alpha else eight
        return np.repeat(grey[..., None], 3, axis=2)
    return np.array(eight[..., :3], order="C")


def alpha8(raster: Raster) -> U8 | None:
    """(H, W) uint8 alpha, or None if every pixel is opaque by its mode."""
    if raster.kind.alpha:
        return np.array(depth8(raster.pixels[..., -1]), order="C")
    if raster.has_alpha and raster.palette is not None:
        return raster.palette[:, 3][raster.pixels]
    return None


def depth8(pixels: Pixels) -> U8:
    """16-bit values rounded to 8 bits, in blocks; 8-bit ones as they are."""
    if pixels.dtype == np.uint8:
        return pixels.view(np.uint8)
    out = np.empty(pixels.shape, np.uint8)
    for rows in _row_blocks(pixels):
        out[rows] = (pixels[rows].astype(np.uint32) + 128) // 257
    return out


def multiplied(pixels: Pixels) -> Pixels:
    """(H, W, C) pixels with alpha last, their colours multiplied by it."""
    top, out = np.uint32(np.iinfo(pixels.dtype).max), pixels.copy()
    for rows in _row_blocks(pixels):
        colours, alpha = pixels[rows, :, :-1].astype(np.uint32), pixels[rows, :, -1:]
        out[rows, :, :-1] = (colours * alpha + top // 2) // top
    return out


def unmultiplied(pixels: Pixels) -> tuple[Pixels, bool]:
    """The other way, and whether `multiplied` gives the same pixels again: no colour is stronger than its alpha."""
    top, out, whole = np.uint32(np.iinfo(pixels.dtype).max), pixels.copy(), True
    for rows in _row_blocks(pixels):
        colours, alpha = pixels[rows, :, :-1].astype(np.uint32), pixels[rows, :, -1:].astype(np.uint32)
        whole &= bool((colours <= alpha).all())
        full = np.minimum(colours, alpha) * top + alpha // 2
        out[rows, :, :-1] = full // np.maximum(alpha, 1)
    return out, whole


def paint(raster: Raster, *, box: Box, colours: F32, alpha: F32, cover: F32 | None = None) -> None:
    """Blend (h, w, 3) `colours` 0..1 into the pixels of `box`, in place, where (h, w) `alpha` is above 0.

    Colours are painted *over* the photo (Porter-Duff) as far as `cover` says, (h, w), None: as `alpha` does: opaque
    stays opaque, and where the photo was transparent (a cut-off corner) the fill becomes visible as far as it covers.
    The rest of `alpha` blends colours and leaves transparency as it is.
    """
    view = raster.pixels[box.slices]
    cover = alpha if cover is None else cover
    hit = alpha > 0
    if not hit.any():
        return
    if raster.palette is not None:
        _paint_indexed(view, raster.palette, colours=colours, alpha=alpha, cover=cover)
    elif raster.mode == "1":
        index = (view > 127).view(np.uint8)
        _paint_indexed(index, _BITONAL, colours=colours, alpha=alpha, cover=cover)
        view[hit] = index[hit] * np.uint8(255)
    else:
        view[hit] = _over(raster, view[hit], colours=colours[hit], alpha=alpha[hit], cover=cover[hit])


def _over(raster: Raster, old: Pixels, *, colours: F32, alpha: F32, cover: F32) -> Pixels:
    """Blend (N, 3) colours over (N,) or (N, C) native pixels; native again."""
    kind = raster.kind
    fill = _from_rgb(np.clip(colours, 0, 1), kind, raster.icc)
    base = old.astype(np.float32).reshape(len(old), -1)
    weight, over = np.minimum(alpha, 1)[:, None], np.minimum(cover, 1)[:, None]
    if not kind.alpha:
        base += (fill - base) * weight
        return np.rint(base).astype(old.dtype).reshape(old.shape)
    below = base[:, -1:] / np.float32(kind.top)
    total = over + below * (1 - over)
    left = (1 - weight) / np.maximum(1 - over, 1e-6)  # of the colours below, where nothing covers them
    base[:, :-1] += (fill - base[:, :-1]) * (1 - left * (1 - over / np.maximum(total, 1e-6)))
    base[:, -1:] = np.maximum(total * kind.top, base[:, -1:])
    return np.rint(base).astype(old.dtype)


def _from_rgb(colours: F32, kind: Mode, icc: bytes | None) -> F32:
    """(N, 3) colours 0..1 as (N, channels without alpha) native values, not rounded."""
    if kind.family == "cmyk":
        return _rgb_to_cmyk(colours, icc)
    if kind.family == "grey":
        return (colours @ LUMA)[:, None] * np.float32(kind.top)
    return colours * np.float32(kind.top)


def _paint_indexed(view: Pixels, palette: U8, *, colours: F32, alpha: F32, cover: F32) -> None:
    """Paint palette indices: blend as colours, then the nearest palette colours with error diffusion."""
    weight = np.minimum(alpha, 1)
    if palette.shape[1] == 4:  # nothing shows through a pixel that was transparent
        weight = np.where(palette[:, 3][view] < 128, (cover > 0).astype(np.float32), weight)
    hit = weight > 0
    old = palette[:, :3][view].astype(np.float32)
    blended = np.rint(old + (np.clip(colours, 0, 1) * 255 - old) * weight[..., None]).astype(np.uint8)
    view[hit] = _nearest_indices(blended, palette)[hit]


def _nearest_indices(colours: U8, palette: U8) -> U8:
    """(H, W) indices of opaque palette colours that look like (H, W, 3) `colours` (Floyd-Steinberg)."""
    usable = np.arange(len(palette), dtype=np.uint8)
    if palette.shape[1] == 4 and (palette[:, 3] == 255).any():
        usable = usable[palette[:, 3] == 255]
    table = palette[usable, :3]
    padded = np.concatenate([table, np.repeat(table[:1], 256 - len(table), axis=0)])
    with Image.new("P", (1, 1)) as sample:
        sample.putpalette(padded.tobytes())
        chosen = Image.fromarray(colours).quantize(palette=sample, dither=Image.Dither.FLOYDSTEINBERG)
    index = np.asarray(chosen)
    return usable[np.where(index < len(usable), index, 0)]


def _row_blocks(pixels: Pixels) -> list[slice]:
    height = pixels.shape[0]
    step = max(1, _BLOCK * height // max(1, pixels.size))
    return [slice(top, min(top + step, height)) for top in range(0, height, step)]


def _cmyk_to_rgb(pixels: Pixels, icc: bytes | None) -> U8:
    transform = _transform(icc, to_rgb=True)
    out = np.empty((*pixels.shape[:2], 3), np.uint8)
    for rows in _row_blocks(pixels):
        block = np.ascontiguousarray(pixels[rows], np.uint8)
        if transform is not None:
            size = (block.shape[1], block.shape[0])
            out[rows] = np.asarray(transform.apply(Image.frombytes("CMYK", size, block.tobytes())))
        else:
            ink = 1 - block.astype(np.float32) / 255
            out[rows] = np.rint(ink[..., :3] * ink[..., 3:] * 255)
    return out


def _rgb_to_cmyk(colours: F32, icc: bytes | None) -> F32:
    transform = _transform(icc, to_rgb=False)
    if transform is not None:
        eight = np.rint(colours * 255).astype(np.uint8)[None]
        converted: F32 = np.asarray(transform.apply(Image.fromarray(eight)))[0].astype(np.float32)
        return converted
    light = colours.max(axis=1, keepdims=True)
    ink = 1 - colours / np.maximum(light, np.float32(1e-6))
    inks: F32 = np.concatenate([np.where(light > 0, ink, 0), 1 - light], axis=1).astype(np.float32)
    return inks * np.float32(255)


@functools.lru_cache(maxsize=4)
def _transform(icc: bytes | None, *, to_rgb: bool) -> ImageCmsTransform | None:
    """The way between a CMYK profile and sRGB; None without a usable profile."""
    if not icc or icc[16:20] != b"CMYK":
        return None
    from PIL import ImageCms

    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        srgb = ImageCms.createProfile("sRGB")
        if to_rgb:
            return ImageCms.buildTransform(profile, srgb, "CMYK", "RGB")
        return ImageCms.buildTransform(srgb, profile, "RGB", "CMYK")
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return None  # a damaged profile: the plain formula serves
