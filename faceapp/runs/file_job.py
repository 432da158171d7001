"""One photo file in, restored files out: what `facemend restore` does once and a batch does for every file.

Qt-free and silent: it reports through `Progress`, returns an `Outcome`, raises the engine's errors.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import engine
from faceapp import __version__
from faceapp.messages import UsageError
from faceapp.runs.damage import SEARCH, Damage, masked, write_mask
from faceapp.runs.enlarging import enlarged
from faceapp.runs.marks import NO_FACES, Blurred, Marks, check_mask, marks_on
from faceapp.runs.outputs import Outputs
from faceapp.runs.side_files import write_changes, write_edges
from faceapp.runs.step_files import StepFiles

EMPTY_MASK = engine.Sentence("the mask is empty: nothing to restore, nothing written")
NO_DAMAGE = engine.Sentence("no damage was found: nothing to restore, nothing written")
ENLARGED_UNMARKED = engine.Sentence("the mask is empty: the photo was enlarged, and nothing restored")
ENLARGED_SOUND = engine.Sentence("no damage was found: the photo was enlarged, and nothing restored")

Existing = Literal["refuse", "keep", "overwrite"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How to restore, the same for every photo of a run."""

    method: engine.Method = engine.Request.method
    steps: int | None = None
    """Evaluations of each completion network for one face; None: the model's default."""
    sampler: engine.SamplerName = engine.Request.sampler
    seed: int = 0
    """Of the first variant; the n-th takes `seed + n - 1`."""
    sensitivity: float = engine.SENSITIVITY
    """Of the search for damage, 0..1, where no mask is given."""
    review_above: float = 1.0
    """A photo of which a larger share than this is found damaged is left for a person to look at, unrestored."""
    aligned: bool = False
    feather: float = engine.Request.feather
    """Width in photo pixels of the soft seam around the mask."""
    grain: bool = engine.Request.grain
    """Whether what is filled or made sharp gets the photo's grain."""
    strength: float = 1.0
    """How strongly what is made sharp is laid over the photo, 0..1."""
    scale: int = 1
    """How many times as wide and high the result is: 1, 2 or 4."""
    faces: tuple[int, ...] = ()
    """Of the faces that are found, largest first, the numbers of those that are blurred, from 1; empty: all."""
    frames: tuple[engine.Frame, ...] = ()
    """Faces framed by hand, in pixels of the photo as it is read; empty: find them."""
    edges: Path | None = None
    """A square picture of the edges to follow inside the hole of the only face."""
    reference: engine.Underneath | None = None
    """What is laid under the holes of a face for the networks to begin from."""
    mark: bool = True
    """Whether restored photos say in XMP that networks drew a part of them."""
    existing: Existing = "refuse"
    """What to do about outputs that exist; `keep` takes them for finished, as they are written atomically."""

    @property
    def needs_models(self) -> bool:
        return self.method in engine.NETWORK_METHODS


@dataclass(frozen=True, slots=True, kw_only=True)
class FileJob:
    """Which files a run reads and writes."""

    photo: Path
    mask: Path | None
    """None: detect the damage, if any is `missing`."""
    outputs: tuple[Path, ...]
    """One for every variant, in the order of the seeds."""
    blurred: Blurred | None = None
    """What is soft: a mask, or the faces."""
    missing: bool = True
    """Whether anything may be missing; if not, `mask` is not looked at."""
    steps_folder: Path | None = None
    edges_file: Path | None = None
    changes_file: Path | None = None
    """For the first variant's change map."""
    mask_file: Path | None = None
    """Where to write the mask of what was missing."""


@dataclass(frozen=True, slots=True)
class FaceSummary:
    """Where a restored face lies in the result, how it was found, and what became of it."""

    frame: engine.Frame
    found: str
    sharpened: float
    """How much of the sharpening it got, its need and the strength; 0: nothing of it was blurred."""
    referred: float
    """How much of its hole the reference was laid under, 0..1."""
    likeness: engine.Likeness


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run did; `files` is empty if the mask was, or if it is `left`."""

    files: tuple[Path, ...] = ()
    step_files: tuple[Path, ...] = ()
    edge_files: tuple[Path, ...] = ()
    change_files: tuple[Path, ...] = ()
    mask_file: Path | None = None
    damage: Damage | None = None
    """What was found, if no mask was given."""
    left: bool = False
    """Whether so much was found that a person should look first: nothing is restored."""
    device: str | None = None
    model: str | None = None
    method: str
    seed: int
    steps: int | None = None
    seconds: float = 0.0
    faces: tuple[FaceSummary, ...] = ()
    notes: tuple[engine.Sentence, ...] = ()

    @property
    def face_count(self) -> int:
        """How many faces were restored; a square around the mask is none."""
        return sum(face.found != "mask" for face in self.faces)


class ModelSource:
    """Loads the models when the first photo needs them, once, whichever thread asks."""

    def __init__(self, *, device: engine.Device = "auto", backend: engine.Backend = "onnx") -> None:
        self._device, self._backend = device, backend
        self._lock = threading.Lock()
        self._models: engine.Models | None = None

    def get(self) -> engine.Models:
        """Return the models; raises DeviceError or ModelError."""
        with self._lock:
            if self._models is None:
                self._models = engine.load_models(device=self._device, backend=self._backend)
            return self._models


def run_file_job(
    job: FileJob,
    recipe: Recipe,
    *,
    models: ModelSource,
    progress: engine.Progress,
    warn: Callable[[engine.Sentence], None] = lambda _sentence: None,
) -> Outcome:
    """Restore one photo into the job's outputs.

    `warn` hears before any work is done how an odd mask was read and what the outputs' format cannot hold of the
    photo; the outcome's notes say it too.
    Raises UsageError and the engine's errors before anything is written, Cancelled within one step; every
    output is written atomically as soon as its variant is done.
    """
    outputs = _outputs(job, recipe)
    outputs.check()
    source = engine.read_photo(job.photo)
    notes: list[engine.Sentence] = []
    mask, damage = None, None
    if job.missing:
        part, hear = progress.part(0.0, SEARCH), notes.append
        mask, damage = masked(source, job.photo, job.mask, recipe.sensitivity, progress=part, tell=hear)
    if isinstance(job.blurred, Path):
        check_mask(job.blurred, job.photo)
    progress = progress.part(SEARCH if damage else 0.0, 1.0)
    outcome = Outcome(method=recipe.method, seed=recipe.seed, damage=damage)
    marks = marks_on(
        source,
        mask,
        job.blurred,
        frames=recipe.frames,
        faces=recipe.faces,
        scale=recipe.scale,
        aligned=recipe.aligned,
        tell=notes.append,
    )
    if marks.empty and recipe.scale == 1:
        return replace(outcome, notes=(_nothing(job),))
    photo = enlarged(source, recipe.scale, job.outputs)
    request = None if marks.empty else _request(recipe, photo, marks, tell=notes.append)
    outcome = replace(outcome, notes=(*notes, *_format_losses(job, photo)))
    force = outputs.force
    if damage and (left := damage.left(recipe.review_above)):
        return replace(outcome, notes=(left,), left=True, mask_file=write_mask(mask, job.mask_file, force=force))
    for note in outcome.notes:
        warn(note)
    if request is None:
        return _only_enlarged(outcome, photo, mask, job, recipe, warn)
    loaded = models.get() if recipe.needs_models else None
    count = len(job.outputs)
    steps = StepFiles(job.steps_folder, outputs, variants=count)
    for index, output in enumerate(job.outputs):
        if recipe.existing == "keep" and output.exists():
            continue
        part = progress.part(index / count, (index + 1) / count).tapped(steps.listener(index + 1))
        result = engine.restore(replace(request, seed=recipe.seed + index), loaded, part)
        result = _weakened(request, result, recipe)
        progress.check()
        if not outcome.files:  # before the photo: once that is there, a resumed batch takes all for done
            outcome = replace(
                outcome,
                edge_files=write_edges(result.faces, job.edges_file, outputs),
                mask_file=write_mask(mask, job.mask_file, force=force),
                change_files=write_changes(request.photo, result, job.changes_file, force=force),
            )
        drawn = bool(result.faces) and (recipe.strength > 0 or not engine.is_empty(marks.mask))
        made, surprises = marked(result.photo) if recipe.mark and drawn else (result.photo, ())
        surprises += engine.write_photo(made, output, force=force)
        for loss in surprises:
            warn(loss)
        outcome = replace(outcome, notes=outcome.notes + surprises)
        faces = tuple(_summary(job, recipe, request, result, face, marks.either) for face in result.faces)
        outcome = _with_result(outcome, result, faces, output)
    outcome = replace(outcome, step_files=tuple(steps.written))
    return replace(outcome, notes=(*outcome.notes, *_unwritten(job, outcome)))


def marked(photo: engine.Photo) -> tuple[engine.Photo, tuple[engine.Sentence, ...]]:
    """The photo with the mark that networks drew a part of it, or as it is and a sentence on why it has none."""
    try:
        return engine.marked(photo, __version__), ()
    except engine.PhotoError as error:
        return photo, (error.sentence,)


def _outputs(job: FileJob, recipe: Recipe) -> Outputs:
    """The files that a job reads and is asked to write."""
    second = recipe.reference.path if isinstance(recipe.reference, engine.Reference) else None
    read = (job.photo, job.mask, job.blurred, recipe.edges, second)
    return Outputs(
        read=tuple(path for path in read if isinstance(path, Path)),
        named=_written(job),
        force=recipe.existing != "refuse",
    )


def _written(job: FileJob) -> tuple[Path, ...]:
    """The files that a job is asked to write, steps apart."""
    return job.outputs + tuple(path for path in (job.edges_file, job.changes_file, job.mask_file) if path)


def variant_names(output: Path, variants: int) -> tuple[Path, ...]:
    """`out.png` for one variant; `out-1.png`, `out-2.png`, ... for several."""
    if variants == 1:
        return (output,)
    return tuple(output.with_name(f"{output.stem}-{n}{output.suffix}") for n in range(1, variants + 1))


def _nothing(job: FileJob, *, enlarged: bool = False) -> engine.Sentence:
    """Why nothing is marked."""
    if job.blurred == "faces":
        return NO_FACES
    if job.missing and job.mask is None:
        return ENLARGED_SOUND if enlarged else NO_DAMAGE
    return ENLARGED_UNMARKED if enlarged else EMPTY_MASK


def _unwritten(job: FileJob, outcome: Outcome) -> Iterator[engine.Sentence]:
    """What was asked for and did not come up in a run that restored something."""
    if job.edges_file and outcome.files and not outcome.edge_files:
        yield engine.Sentence("{0}: no face was restored, so there are no edges to write", job.edges_file)
    if job.steps_folder and outcome.files and not outcome.step_files:
        yield engine.Sentence("{0}: what was restored took no steps, so there are none to write", job.steps_folder)


def _only_enlarged(
    outcome: Outcome,
    photo: engine.Photo,
    mask: engine.U8 | None,
    job: FileJob,
    recipe: Recipe,
    warn: Callable[[engine.Sentence], None],
) -> Outcome:
    """Nothing was marked, but a larger photo was asked for, too."""
    force = recipe.existing != "refuse"
    outcome = replace(
        outcome,
        files=job.outputs,
        method="none",
        mask_file=write_mask(mask, job.mask_file, force=force),
        change_files=write_changes(photo, None, job.changes_file, force=force),
    )
    for output in job.outputs:
        if recipe.existing != "keep" or not output.exists():
            for loss in engine.write_photo(photo, output, force=force):
                warn(loss)
                outcome = replace(outcome, notes=(*outcome.notes, loss))
    return replace(outcome, notes=(*outcome.notes, _nothing(job, enlarged=True), *_unwritten(job, outcome)))


def _weakened(request: engine.Request, result: engine.Result, recipe: Recipe) -> engine.Result:
    """The result as strongly as the recipe wants it; what was missing stays filled."""
    if request.blurred is None or recipe.strength == 1:
        return result
    photo = engine.weakened(
        request.photo, result.photo, recipe.strength, box=result.changed, missing=request.mask, seam=request.feather
    )
    return replace(result, photo=photo)


def _format_losses(job: FileJob, photo: engine.Photo) -> tuple[engine.Sentence, ...]:
    """Say what the outputs' format cannot hold of the photo; UsageError if it cannot be written at all."""
    for path in _written(job):
        try:
            engine.losses(photo, path.suffix)
        except engine.PhotoError as error:
            raise UsageError("{0}: {1}", path, error.sentence) from error
    return engine.losses(photo, job.outputs[0].suffix)


def _request(
    recipe: Recipe, photo: engine.Photo, marks: Marks, *, tell: Callable[[engine.Sentence], None]
) -> engine.Request:
    """Return the run of the first variant.  Edges by hand lie on the frame that a run without them takes."""
    edges: tuple[engine.U8, ...] = ()
    if recipe.edges is not None:
        # They are read as masks are: any image, over half grey is an edge, scaled if it is square.
        edges = (engine.read_mask(recipe.edges, engine.Size(engine.CHIP, engine.CHIP), tell=tell),)
    return engine.Request(
        photo=photo,
        mask=marks.mask,
        blurred=marks.blurred,
        method=recipe.method,
        steps=recipe.steps,
        sampler=recipe.sampler,
        seed=recipe.seed,
        frames=marks.frames,
        edges=edges,
        aligned=recipe.aligned,
        feather=recipe.feather,
        grain=recipe.grain,
        reference=recipe.reference,
    )


def _with_result(outcome: Outcome, result: engine.Result, faces: tuple[FaceSummary, ...], output: Path) -> Outcome:
    """Return the outcome with one more variant told, its pixels let go."""
    alike = tuple(note for face in faces if face.sharpened and (note := face.likeness.note) is not None)
    notes = (*outcome.notes, *result.notes, *alike)
    return replace(
        outcome,
        files=(*outcome.files, output),
        device=result.device,
        model=result.model,
        method=result.method,
        steps=result.steps,
        seconds=outcome.seconds + result.seconds,
        faces=faces,
        notes=tuple(dict.fromkeys(notes)),
    )


def _summary(
    job: FileJob,
    recipe: Recipe,
    request: engine.Request,
    result: engine.Result,
    face: engine.FaceResult,
    marks: engine.U8,
) -> FaceSummary:
    found = "detected" if face.found == "given" and not recipe.frames else face.found
    alike = engine.likeness(request.photo, result.photo, face.frame, marks)
    return FaceSummary(face.frame, found, face.sharpened * recipe.strength, face.referred, alike)
