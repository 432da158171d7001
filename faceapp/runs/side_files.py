"""What is written beside a restored photo when it is asked for: its edges, and where it changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

import engine
from faceapp.runs.outputs import Outputs

_NOWHERE = engine.Box(0, 0, 0, 0)


def write_changes(
    before: engine.Photo, result: engine.Result | None, path: Path | None, *, force: bool
) -> tuple[Path, ...]:
    """Write where and how much a result differs from the photo before; None: nowhere."""
    if path is None:
        return ()
    after, box = (before, _NOWHERE) if result is None else (result.photo, result.changed)
    engine.write_photo(engine.change_map(before, after, box=box), path, force=force)
    return (path,)


def write_edges(faces: Sequence[engine.FaceResult], path: Path | None, outputs: Outputs) -> tuple[Path, ...]:
    """Write each face's edges, visible and drawn, as a (CHIP, CHIP) grey PNG; `--edges` takes it back.

    Raises UsageError, before any is written, if the name of a further face's must not be.
    """
    if path is None:
        return ()
    names = [_numbered(path, number) for number in range(1, len(faces) + 1)]
    for name in names[1:]:
        outputs.check_further(name)
    for name, face in zip(names, faces, strict=True):
        edges = np.maximum(face.visible_edges, face.drawn_edges)
        engine.write_photo(engine.Photo.from_array(edges), name, force=outputs.force)
    return tuple(names)


def _numbered(path: Path, number: int) -> Path:
    return path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")
