"""What a result changed, as a picture to look at."""

from __future__ import annotations

import numpy as np

from engine.geometry import Box
from engine.photo.photos import Photo

_WHITE = 0.25  # a channel's change, of its range, that is shown as white


def change_map(before: Photo, after: Photo, *, box: Box) -> Photo:
    """A grey photo of the same size: black where nothing changed, the brighter the more did; white from a quarter of a
    channel's range on.  `box`: nothing differs outside it."""
    size = before.size
    grey = np.zeros((size.height, size.width), np.uint8)
    for top in range(box.top, box.bottom, 256):
        band = Box(box.left, top, box.right, min(top + 256, box.bottom))
        change = np.abs(after.rgb(band) - before.rgb(band)).max(2)
        grey[band.slices] = np.ceil((change / _WHITE).clip(0, 1) * 255)  # the smallest change is no black
    return Photo.from_array(grey)
