"""What a photo lacks: read from a mask, or searched for; and when a person should look at it first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import engine
from faceapp.runs.marks import check_mask

SEARCH = 0.3
"""Of the time of a run that looks for damage, what the search takes."""
REVIEW_ABOVE = 0.15
"""The share of a photo found damaged above which a batch usually leaves it for review."""


@dataclass(frozen=True, slots=True)
class Damage:
    """What the search for damage found: the boxes of its pieces, the largest first, and their share of the photo."""

    pieces: tuple[engine.Box, ...]
    share: float

    def left(self, above: float) -> engine.Sentence | None:
        """Why the photo is left for review, if a larger share than `above` was found."""
        if self.share <= above:
            return None
        return engine.Sentence(
            "{0} of the photo was found damaged, more than {1}: left for review, not restored",
            f"{self.share:.1%}",
            f"{100 * above:g}%",
        )


def masked(
    photo: engine.Photo,
    path: Path,
    mask: Path | None,
    sensitivity: float,
    *,
    progress: engine.Progress,
    tell: Callable[[engine.Sentence], None],
) -> tuple[engine.U8, Damage | None]:
    """The (H, W) mask of what the photo at `path` lacks: that in a file, or (None) of the damage found, and what it is.

    Raises UsageError, MaskError and PhotoError for a file.
    """
    if mask is not None:
        check_mask(mask, path)
        return engine.read_mask(mask, photo.size, tell=tell), None
    finds = engine.search_damage(photo, progress).at(sensitivity)
    return finds.mask(), Damage(tuple(piece.box for piece in finds.pieces), finds.share)


def write_mask(mask: engine.U8 | None, path: Path | None, *, force: bool) -> Path | None:
    """Write the mask if it is asked for and there is one; returns the path then."""
    if path is None or mask is None:
        return None
    engine.write_mask(mask, path, force=force)
    return path
