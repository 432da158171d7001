"""`facemend restore`: one photo."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path

from engine import NETWORK_METHODS, Frame, Progress, Sentence
from faceapp.cli.console import Bar, cancel_on_interrupt
from faceapp.cli.hints import PHOTO, hinting
from faceapp.messages import DONE, UsageError
from faceapp.runs.file_job import Existing, FileJob, ModelSource, Outcome, Recipe, run_file_job, variant_names


def run(options: argparse.Namespace) -> int:
    """Restore one photo as the options say; returns the exit code, raises what goes wrong."""
    recipe = recipe_from(options, existing="overwrite" if options.force else "refuse")
    job = FileJob(
        photo=options.photo,
        mask=mask_from(options.mask),
        outputs=variant_names(options.output, options.variants),
        steps_folder=options.save_steps,
        edges_file=options.save_edges,
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
    if not options.json:
        outcome = replace(outcome, notes=tuple(note for note in outcome.notes if note not in warned))
    print_outcome(outcome, as_json=options.json)
    return DONE


def recipe_from(options: argparse.Namespace, *, existing: Existing) -> Recipe:
    """Return the recipe that restore's and batch's shared options describe; raises UsageError."""
    if options.aligned and options.frame:
        raise UsageError("--aligned says that the photo is the face; leave --frame out")
    if options.edges is not None and len(options.frame) > 1:
        raise UsageError("--edges needs exactly one face; give one --frame")
    if options.method not in NETWORK_METHODS:
        for name in ("frame", "edges", "save_edges", "save_steps"):
            if getattr(options, name):
                option = f"--{name.replace('_', '-')}"
                raise UsageError("{0} needs the networks; method {1} has none", option, options.method)
    return Recipe(
        method=options.method,
        steps=options.steps,
        sampler=options.sampler,
        seed=options.seed,
        aligned=options.aligned,
        frames=tuple(Frame(*numbers) for numbers in options.frame),
        edges=options.edges,
        existing=existing,
    )


def mask_from(text: str) -> Path | None:
    """Return the mask's path, None for `auto` (a file of that name is `./auto`)."""
    return None if text == "auto" else Path(text)


def print_outcome(outcome: Outcome, *, as_json: bool) -> None:
    """Say on stdout what was done, for a person or as one JSON object."""
    if as_json:
        sys.stdout.write(json.dumps(as_object(outcome)) + "\n")
        return
    if outcome.files:
        names = ", ".join(map(str, outcome.files))
        faces = f"{outcome.face_count} face{'' if outcome.face_count == 1 else 's'}"
        seed = f"seed {outcome.seed}" if len(outcome.files) == 1 else f"seeds from {outcome.seed}"
        print(f"{names}: {faces}, {outcome.method}, {seed}, {outcome.device}, {outcome.seconds:.2f} s")
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
        "faces": [{"found": face.found, "frame": asdict(face.frame)} for face in outcome.faces],
        "files": [str(path) for path in outcome.files],
        "step_files": [str(path) for path in outcome.step_files],
        "edge_files": [str(path) for path in outcome.edge_files],
        "notes": list(map(str, outcome.notes)),
    }
