"""Where the photo lies on the screen: one scale and one offset, as plain arithmetic.

Photo coordinates have pixel centres at .5; view coordinates are the widget's logical pixels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.geometry import Box, Frame, Size

MIN_SCALE, MAX_SCALE = 0.01, 64.0
MIN_BRUSH, MAX_BRUSH = 1.0, 2000.0
"""Diameters in photo pixels."""
ZOOM_STEPS = (
    MIN_SCALE, 0.015, 0.02, 0.03, 0.04, 0.0625, 0.083, 0.125, 0.167, 0.25, 0.333, 0.5, 0.667,
    1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0, MAX_SCALE,
)  # fmt: skip
"""The scales that + and - stop at."""


@dataclass(frozen=True, slots=True)
class View:
    """`view = photo * scale + (x, y)`."""

    scale: float = 1.0
    x: float = 0.0
    y: float = 0.0

    def to_view(self, x: float, y: float) -> tuple[float, float]:
        """The view point of a photo point."""
        return x * self.scale + self.x, y * self.scale + self.y

    def to_photo(self, x: float, y: float) -> tuple[float, float]:
        """The photo point under a view point."""
        return (x - self.x) / self.scale, (y - self.y) / self.scale

    def zoomed(self, factor: float, at: tuple[float, float]) -> View:
        """Scaled about a view point, which keeps its photo point; within `MIN_SCALE`..`MAX_SCALE`."""
        scale = min(max(self.scale * factor, MIN_SCALE), MAX_SCALE)
        ratio = scale / self.scale
        return View(scale, at[0] + (self.x - at[0]) * ratio, at[1] + (self.y - at[1]) * ratio)

    def stepped(self, direction: int, at: tuple[float, float]) -> View:
        """At the next of `ZOOM_STEPS` up (`direction` 1) or down (-1)."""
        if direction > 0:
            goal = next((s for s in ZOOM_STEPS if s > self.scale * 1.001), MAX_SCALE)
        else:
            goal = next((s for s in reversed(ZOOM_STEPS) if s < self.scale / 1.001), MIN_SCALE)
        return self.zoomed(goal / self.scale, at)

    def panned(self, dx: float, dy: float) -> View:
        """Moved by that many view pixels."""
        return View(self.scale, self.x + dx, self.y + dy)

    def clamped(self, photo: Size, window: Size) -> View:
        """Moved so that the photo cannot be lost: its centre line or half the window stays covered."""
        x = _clamped(self.x, photo.width * self.scale, window.width)
        y = _clamped(self.y, photo.height * self.scale, window.height)
        return View(self.scale, x, y)

    def visible(self, photo: Size, window: Size) -> Box:
        """The photo pixels of which something is inside the window."""
        left, top = self.to_photo(0, 0)
        right, bottom = self.to_photo(window.width, window.height)
        box = Box(math.floor(left), math.floor(top), math.ceil(right), math.ceil(bottom))
        return box.clipped(photo)

    def photo_box(self, left: float, top: float, right: float, bottom: float) -> Box:
        """The smallest photo box that holds a view rectangle."""
        x0, y0 = self.to_photo(left, top)
        x1, y1 = self.to_photo(right, bottom)
        return Box(math.floor(x0), math.floor(y0), math.ceil(x1), math.ceil(y1))

    def view_box(self, box: Box, margin: int = 1) -> Box:
        """The smallest view rectangle in whole pixels that holds a photo box, `margin` wider on each side."""
        x0, y0 = self.to_view(box.left, box.top)
        x1, y1 = self.to_view(box.right, box.bottom)
        return Box(math.floor(x0), math.floor(y0), math.ceil(x1), math.ceil(y1)).grown(margin)

    def frame_matrix(self, frame: Frame, size: int) -> tuple[float, float, float, float, float, float]:
        """(m11, m12, m21, m22, dx, dy) that lays a picture of `size` pixels on a frame; for QTransform."""
        (a, b, tx), (c, d, ty) = frame.to_photo(size)
        s = self.scale
        return a * s, c * s, b * s, d * s, tx * s + self.x, ty * s + self.y


def fitted(photo: Size, window: Size, *, margin: int = 16, enlarges: bool = False) -> View:
    """The whole photo, centred, with a margin; beyond one to one only if it `enlarges`."""
    room_x, room_y = max(1, window.width - 2 * margin), max(1, window.height - 2 * margin)
    most = MAX_SCALE if enlarges else 1.0
    scale = min(room_x / max(1, photo.width), room_y / max(1, photo.height), most)
    return centred(photo, window, scale=max(scale, MIN_SCALE))


def centred(photo: Size, window: Size, *, scale: float) -> View:
    """The photo's centre in the window's centre."""
    return View(scale, (window.width - photo.width * scale) / 2, (window.height - photo.height * scale) / 2)


def mip_level(scale: float) -> int:
    """The level (each halves the photo) whose pixels are shown at half to full size; 0 when enlarging."""
    return max(0, math.floor(math.log2(1 / scale) + 1e-9)) if scale < 1 else 0


def ring_step(size: float, direction: int) -> float:
    """The next brush diameter up or down: 10 % steps, at least one pixel, within `MIN_BRUSH`..`MAX_BRUSH`."""
    step = max(1.0, size * 0.1)
    return min(max(size + direction * step, MIN_BRUSH), MAX_BRUSH)


def _clamped(offset: float, extent: float, window: float) -> float:
    """An offset that keeps the photo's nearer edge from passing the window's middle."""
    return min(max(offset, window / 2 - extent), window / 2)
