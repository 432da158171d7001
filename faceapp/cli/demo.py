"""`facemend demo`: the bundled sample, with a picture of each stage."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import chain, count
from pathlib import Path

import numpy as np
from PIL import Image

from engine import U8, Photo, Progress, read_photo, write_photo
from faceapp.cli.console import Bar, cancel_on_interrupt
from faceapp.messages import DONE, FAILED, UsageError
from faceapp.runs.file_job import Existing, FileJob, ModelSource, Recipe, run_file_job
from faceapp.samples import PORTRAIT, PORTRAIT_MASK

_GAP = 8
_NAMES = ("before.png", "mask.png", "edges.png", "after.png", "demo.png")


def run(options: argparse.Namespace) -> int:
    """Restore the sample into the folder `options.output`; returns the exit code, raises what goes wrong."""
    folder: Path = options.output or _free_folder()
    before, mask, edges, after, sheet = (folder / name for name in _NAMES)
    existing: Existing = "overwrite" if options.force else "refuse"
    _make_folder(folder, force=options.force)
    job = FileJob(photo=PORTRAIT, mask=PORTRAIT_MASK, outputs=(after,), edges_file=edges)
    models = ModelSource(device=options.device, backend=options.backend)
    with Bar("reading") as bar:
        progress = Progress(lambda report: bar.show(report.fraction, str(report.text)))
        with cancel_on_interrupt(progress.cancel):
            outcome = run_file_job(job, Recipe(existing=existing), models=models, progress=progress)
    if not outcome.edge_files:
        print("no face was restored in the sample; see facemend doctor")
        return FAILED
    for source, copy in ((PORTRAIT, before), (PORTRAIT_MASK, mask)):
        write_photo(read_photo(source), copy, force=options.force)
    panels = [read_photo(path).rgb8() for path in (before, mask, edges, after)]
    write_photo(Photo.from_array(side_by_side(panels)), sheet, force=options.force)
    steps = "1 step" if outcome.steps == 1 else f"{outcome.steps} steps"
    print(f"restored the sample in {outcome.seconds:.2f} s: {steps}, seed {outcome.seed}")
    print(f"by {outcome.model} on {outcome.device}")
    for path, what in (
        (before, "the damaged photo"),
        (mask, "white: restore here"),
        (edges, "the face's edges: the visible ones, and those drawn inside the hole"),
        (after, "restored"),
        (sheet, "all four, side by side"),
    ):
        print(f"  {path}  {what}")
    for note in outcome.notes:
        print(f"note: {note}")
    return DONE


def side_by_side(panels: Sequence[U8]) -> U8:
    """Return (H, W, 3) uint8 pictures in one row, scaled to the first one's height, on white."""
    height = panels[0].shape[0]
    row: list[U8] = []
    for panel in panels:
        width = round(panel.shape[1] * height / panel.shape[0])
        row.append(np.asarray(Image.fromarray(panel).resize((width, height), Image.Resampling.LANCZOS)))
        row.append(np.full((height, _GAP, 3), 255, np.uint8))
    return np.hstack(row[:-1])


def _free_folder() -> Path:
    """`facemend-demo`, or `facemend-demo-2`, ... where earlier demos lie."""
    names = chain(["facemend-demo"], (f"facemend-demo-{number}" for number in count(2)))
    return next(path for path in map(Path, names) if not path.exists())


def _make_folder(folder: Path, *, force: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageError("{0}: is not a folder", folder)
    taken = [name for name in _NAMES if (folder / name).exists()]
    if taken and not force:
        raise UsageError("{0}: exists already; --force overwrites it", folder / taken[0])
    folder.mkdir(parents=True, exist_ok=True)
