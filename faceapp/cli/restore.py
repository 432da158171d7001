"""`facemend restore`: one photo."""

from __future__ import annotations

import argparse
import json
import math
import sys
from dataclasses import asdict, replace
from pathlib import Path

from engine import NETWORK_METHODS, Frame, Progress, Sentence, Underneath, read_photo, reference_of
from faceapp.cli.console import Bar, cancel_on_interrupt
from faceapp.cli.hints import PHOTO, hinting
from faceapp.messages import DONE, UsageError
from faceapp.runs.damage import Damage
from faceapp.runs.file_job import (
    EMPTY_MASK,
    Existing,
    FaceSummary,
    FileJob,
    ModelSource,
    Outcome,
    Recipe,
    run_file_job,
    variant_names,
)
from faceapp.runs.marks import Blurred


def run(options: argparse.Namespace) -> int:
    """Restore one photo as the options say; returns the exit code, raises what goes wrong."""
    if options.mask is None and options.blurred is None:
        raise UsageError("nothing is marked: give --mask for what is missing, --blurred for what is soft, or both")
    return run_one(
        options, mask=mask_from(options.mask), missing=options.mask is not None, blurred=blurred_from(options.blurred)
    )


def run_one(
    options: argparse.Namespace,
    *,
    mask: Path | None,
    missing: bool,
    blurred: Blurred | None,
    faces: tuple[int, ...] = (),
) -> int:
    """Do one photo; the marks are those of `FileJob` and `Recipe`."""
    if options.save_mask is not None and not missing:
        raise UsageError("--save-mask writes what is missing: give --mask, a file or auto")
    recipe = replace(recipe_from(options, existing="overwrite" if options.force else "refuse"), faces=faces)
    job = FileJob(
        photo=options.photo,
        mask=mask,
        missing=missing,
        blurred=blurred,
        outputs=variant_names(options.output, options.variants),
        steps_folder=options.save_steps,
        edges_file=options.save_edges,
        changes_file=options.save_changes,
        mask_file=options.save_mask,
    )
    models = ModelSource(device=options.device, backend=options.backend)
    warned: list[Sentence] = []
    with Bar("reading") as bar:

        def warn(loss: Sentence) -> None:
            warned.append(loss)
            bar.say(f"note: {loss}")

        progress = Progress(lambda report: bar.show(report.fraction, str(report.text)))
        with cancel_on_interrupt(progress.cancel), hinting(PHOTO):
            outcome = run_file_job(job, recipe, models=models, progress=progress, warn=warn)
    if not outcome.files and isinstance(blurred, Path):
        raise UsageError("{0}: {1}", blurred, EMPTY_MASK)
    if not options.json:
        outcome = replace(outcome, notes=tuple(note for note in outcome.notes if note not in warned))
    print_outcome(outcome, as_json=options.json)
    return DONE


def recipe_from(options: argparse.Namespace, *, existing: Existing) -> Recipe:
    """Return the recipe that restore's and batch's shared options describe.

    Raises UsageError, and PhotoError or RequestError for a reference that cannot be one.
    """
    if options.aligned and options.frame:
        raise UsageError("--aligned says that the photo is the face; leave --frame out")
    if options.edges is not None and len(options.frame) > 1:
        raise UsageError("--edges needs exactly one face; give one --frame")
    by_networks = options.method in NETWORK_METHODS
    if not by_networks and (options.command == "enhance" or options.blurred is not None):
        raise UsageError("what is blurred needs the networks; method {0} has none", options.method)
    return Recipe(
        method=options.method,
        steps=options.steps,
        sampler=options.sampler,
        seed=options.seed,
        aligned=options.aligned,
        frames=tuple(Frame(*numbers) for numbers in options.frame),
        edges=options.edges,
        grain=options.grain,
        strength=options.strength,
        scale=options.scale,
        feather=options.feather,
        sensitivity=options.sensitivity,
        review_above=options.review_above,
        reference=reference_from(options.reference) if by_networks else None,
        mark=not options.unmarked,
        existing=existing,
    )


def mask_from(text: str | None) -> Path | None:
    """Return the mask's path, None for `auto` (a file of that name is `./auto`) or none."""
    return None if text in (None, "auto") else Path(text)


def blurred_from(text: str | None) -> Blurred | None:
    """Return what is blurred: `faces` (a file of that name is `./faces`), a mask's path, or nothing."""
    if text == "faces":
        return "faces"
    return None if text is None else Path(text)


def reference_from(text: str | None) -> Underneath | None:
    """Return what is laid under the hole: `mirror` (a file of that name is `./mirror`), a photo's face, or nothing."""
    if text is None or text == "mirror":
        return None if text is None else "mirror"
    return reference_of(read_photo(Path(text)))


def print_outcome(outcome: Outcome, *, as_json: bool) -> None:
    """Say on stdout what was done, for a person or as one JSON object."""
    if as_json:
        sys.stdout.write(json.dumps(as_object(outcome)) + "\n")
        return
    names = ", ".join(map(str, outcome.files))
    if outcome.files and outcome.device is None:
        print(f"{names}: enlarged")
    elif outcome.files:
        faces = f"{outcome.face_count} face{'' if outcome.face_count == 1 else 's'}"
        seed = f"seed {outcome.seed}" if len(outcome.files) == 1 else f"seeds from {outcome.seed}"
        print(f"{names}: {faces}, {outcome.method}, {seed}, {outcome.device}, {outcome.seconds:.2f} s")
    if outcome.damage and outcome.damage.pieces:
        count = len(outcome.damage.pieces)
        print(f"found: {count} piece{'' if count == 1 else 's'} of damage, {outcome.damage.share:.2%} of the photo")
    for note in outcome.notes:
        print(f"note: {note}" if outcome.files else note)


def as_object(outcome: Outcome) -> dict[str, object]:
    """Return the outcome as plain JSON values; paths as given, lengths in pixels, angles in degrees."""
    return {
        "device": outcome.device,
        "model": outcome.model,
        "method": outcome.method,
        "seed": outcome.seed,
        "steps": outcome.steps,
        "seconds": round(outcome.seconds, 3),
        "faces": [_face_object(face, outcome.method) for face in outcome.faces],
        "files": [str(path) for path in outcome.files],
        "step_files": [str(path) for path in outcome.step_files],
        "change_files": [str(path) for path in outcome.change_files],
        "edge_files": [str(path) for path in outcome.edge_files],
        "mask_file": outcome.mask_file and str(outcome.mask_file),
        "damage": outcome.damage and _found(outcome.damage),
        "notes": list(map(str, outcome.notes)),
    }


def _face_object(face: FaceSummary, method: str) -> dict[str, object]:
    """`size`: side of its frame in pixels of the result; `strength`: how much of the sharpening it got, 0 to 1;
    `reference`: of how much of its hole a reference was the start, 0 to 1."""
    changed = {"colour": round(face.likeness.colour, 3), "share": round(face.likeness.share, 4)}
    identity = face.likeness.identity
    return {
        "found": face.found,
        "frame": asdict(face.frame),
        "size": round(face.frame.side),
        "method": method,
        "strength": round(face.sharpened, 3),
        "reference": round(face.referred, 3),
        "changed": {**changed, "identity": None if math.isnan(identity) else round(identity, 3)},
    }


def _found(damage: Damage) -> dict[str, object]:
    """What the search found: the share of the photo, 0..1, and each piece's box in pixels."""
    boxes = [{**asdict(box), "width": box.width, "height": box.height} for box in damage.pieces]
    return {"share": round(damage.share, 6), "pieces": boxes}
