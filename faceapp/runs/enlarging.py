"""The photo of a job in the size of its result."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import engine
from faceapp.messages import UsageError


def enlarged(photo: engine.Photo, scale: int, outputs: Sequence[Path]) -> engine.Photo:
    """The photo `scale` times as wide and high; itself for 1.

    Raises UsageError, before any work, if that is too much for us, for the outputs' formats or for the memory.
    """
    if scale == 1:
        return photo
    try:
        for path in outputs:
            engine.check_enlarging(photo, scale, suffix=path.suffix)
        return engine.enlarged(photo, scale)
    except engine.PhotoError as error:
        raise UsageError("{0}: {1}", photo.path or "", error.sentence) from error
