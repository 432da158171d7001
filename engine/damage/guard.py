"""What a sound face has that looks like damage: eyes, brows, nostrils, a mouth."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from engine.faces.frames import Face
from engine.geometry import F64, U8

# Centre along and across the line of the eyes, half width and half height, in distances of the eyes.
_EYE = (0.0, -0.08, 0.36, 0.36)  # with its brow
_NOSTRILS = (0.0, 0.04, 0.26, 0.16)
_MOUTH = (0.0, 0.02, 0.52, 0.3)


def features(faces: Sequence[Face], shape: tuple[int, int], scale: float) -> U8:
    """(h, w) uint8, 1 in the features of faces; one pixel of the result is `scale` photo pixels."""
    found = np.zeros(shape, np.uint8)
    for face in faces:
        points = face.landmarks / scale
        right = (points[1] - points[0]) + (points[4] - points[3])
        apart = float(np.hypot(*(points[1] - points[0])))
        # A face in profile has its eyes close together: the mouth's distance says how large it is.
        apart = max(apart, 0.8 * float(np.hypot(*(points[3:].mean(0) - points[:2].mean(0)))))
        tilt = float(np.arctan2(right[1], right[0]))
        for centre, shape_ in (
            (points[0], _EYE),
            (points[1], _EYE),
            (points[2], _NOSTRILS),
            (points[3:].mean(0), _MOUTH),
        ):
            _oval(found, centre, shape_, apart=apart, tilt=tilt)
    return found


def _oval(found: U8, centre: F64, shape: tuple[float, float, float, float], *, apart: float, tilt: float) -> None:
    along, down, wide, high = (value * apart for value in shape)
    x = centre[0] + along * np.cos(tilt) - down * np.sin(tilt)
    y = centre[1] + along * np.sin(tilt) + down * np.cos(tilt)
    axes = max(1, round(wide)), max(1, round(high))
    cv2.ellipse(found, (round(float(x)), round(float(y))), axes, float(np.degrees(tilt)), 0, 360, (1,), -1)
