"""The folder job: a plan of photos, masks and outputs, and a run over it that can pause, stop and go on.

Qt-free: the command line and the batch dialog share it.  Every output is written atomically, so an output
that exists is a finished one: that, and no separate journal, is what resuming after a kill relies on.
"""

from __future__ import annotations

import os
import queue
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

import engine
from engine import Cancelled, Progress, Sentence, remove_remains
from faceapp.messages import ExistsError, UsageError, sentence
from faceapp.runs.batch_report import ReportFile
from faceapp.runs.file_job import FileJob, Outcome, Recipe, variant_names

REPORT = "facemend-report.csv"

NAME = "{name}"
"""Stands for the photo's name in an output's."""

Status = Literal["started", "running", "done", "empty", "skipped", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Item:
    """One photo of a batch: its files, or the reason why it cannot be done."""

    job: FileJob
    problem: Sentence | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """All photos of a batch, in a stable order."""

    folder: Path
    """Where outputs and the report go."""
    items: tuple[Item, ...]

    @property
    def finished(self) -> tuple[Item, ...]:
        """The items whose outputs all exist already."""
        return tuple(item for item in self.items if _finished(item))


@dataclass(frozen=True, slots=True)
class Event:
    """One message from a running batch about the item at `index` of the plan."""

    index: int
    item: Item
    status: Status
    fraction: float = 0.0
    """Done of this item, 0..1."""
    sentences: tuple[Sentence, ...] = ()
    """What it is doing, what went wrong, or what the outcome notes."""
    outcome: Outcome | None = None

    @property
    def text(self) -> str:
        """The sentences in English."""
        return "; ".join(map(str, self.sentences))


@dataclass(frozen=True, slots=True)
class Summary:
    """How many items ended how."""

    counts: Counter[Status] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return self.counts.total()


class Restore(Protocol):
    """How one photo is done: `file_job.run_file_job` here, or on a cluster's worker."""

    def __call__(self, job: FileJob, recipe: Recipe, *, progress: Progress) -> Outcome: ...


class Control:
    """Pause, go on and cancel a running batch, from any thread, within one step of the restoration."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._running = threading.Event()
        self._running.set()
        self._tokens: set[Progress] = set()
        self._lock = threading.Lock()

    def pause(self) -> None:
        self._running.clear()

    def go_on(self) -> None:
        self._running.set()

    def cancel(self) -> None:
        """Stop for good; what is finished stays."""
        self._cancelled.set()
        # No lock: a signal handler calls this too, on top of whoever holds it; the set is never changed.
        for token in tuple(self._tokens):
            token.cancel()
        self._running.set()

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    @property
    def paused(self) -> bool:
        return not self._running.is_set()

    def wait(self) -> None:
        """Block while paused; raise Cancelled if the batch was cancelled."""
        self._running.wait()
        if self._cancelled.is_set():
            raise Cancelled

    def token(self, listener: Callable[[engine.Report], None]) -> Progress:
        """Return an item's progress token, which pauses and cancels with the batch."""

        def listen(report: engine.Report) -> None:
            self.wait()
            listener(report)

        token = Progress(listen)
        with self._lock:
            self._tokens = self._tokens | {token}
        if self._cancelled.is_set():
            token.cancel()
        return token

    def release(self, token: Progress) -> None:
        with self._lock:
            self._tokens = self._tokens - {token}


def make_plan(
    source: Path,
    folder: Path,
    *,
    masks: Path | None,
    pattern: str | None = None,
    suffix: str | None = None,
    naming: str = NAME,
    variants: int = 1,
    steps_folder: Path | None = None,
    edges_folder: Path | None = None,
) -> Plan:
    """Match the photos below `source` with their masks and outputs.

    `masks`: a folder of masks of the same name (any image suffix), one for all, or None to detect damage.
    `pattern`: a glob relative to `source` (`**/*.jpg` descends); None: every image of the folder itself.
    `suffix`: of the outputs (".png"); None: the photo's own.  Photos in sub-folders keep their place.
    `naming`: of the outputs, without suffix; `{name}` stands for the photo's.
    Raises UsageError if a folder is missing, no photo matches, the naming gives every output one name or a
    place of its own, or the outputs would replace the photos.
    """
    if NAME not in naming or "/" in naming or "\\" in naming:
        raise UsageError("{0}: an output's name must contain {1} and no folder", naming, NAME)
    if not source.is_dir():
        raise UsageError("{0}: no such folder", source)
    if folder.exists() and not folder.is_dir():
        raise UsageError("{0}: is not a folder", folder)
    if masks is not None and not masks.exists():
        raise UsageError("{0}: no such mask file or folder", masks)
    if folder.exists() and folder.samefile(source):
        raise UsageError("{0}: outputs would lie among the photos; choose another folder", folder)
    if masks is not None and folder.exists() and folder.samefile(masks):
        raise UsageError("{0}: outputs would lie among the masks; choose another folder", folder)
    barred = [path for path in (folder, masks) if path and path.is_dir()]
    photos = _photos(source, pattern, exclude=barred)
    if not photos:
        raise UsageError("{0}: no photo matches {1}", source, pattern or Sentence("in this folder"))
    names = _output_names([photo.relative_to(source) for photo in photos], suffix)
    names = [name.with_name(naming.replace(NAME, name.stem) + name.suffix) for name in names]
    extras = _output_names(names, ".png")
    items: list[Item] = []
    taken: set[Path] = set()
    for photo, name, extra in zip(photos, names, extras, strict=True):
        mask = _mask_for(photo.relative_to(source), masks)
        job = FileJob(
            photo=photo,
            mask=mask,
            outputs=variant_names(folder / name, variants),
            steps_folder=steps_folder and steps_folder / extra.with_suffix(""),
            edges_file=edges_folder and edges_folder / extra,
        )
        problem = None
        if masks is not None and mask is None:
            problem = Sentence("{0}: no mask of this name in {1}", photo, masks)
        elif name in taken:
            problem = Sentence("{0}: {1} is the name for another photo's output", photo, folder / name)
        taken.add(name)
        items.append(Item(job, problem))
    return Plan(folder, tuple(items))


def run(
    plan: Plan,
    recipe: Recipe,
    *,
    restore: Restore,
    control: Control,
    on_event: Callable[[Event], None],
    jobs: int = 1,
) -> Summary:
    """Restore every item of the plan; one that fails is reported and the others go on.

    `on_event` is called from the worker threads, one call at a time; what it raises ends the batch.  `jobs`
    threads call `restore`: where they share one set of models, memory grows by a photo a job, not by a model.
    `recipe.existing` decides about finished items: `keep` skips them (resuming), `refuse` raises ExistsError
    before anything starts.  Returns when all items are done or the control was cancelled.
    """
    if plan.finished and recipe.existing == "refuse":
        first, more = plan.finished[0].job.outputs[0], len(plan.finished) - 1
        raise ExistsError("{0}: exists already, with {1} more", first, more)
    parents = {path.parent for item in plan.items for path in _all_outputs(item.job)}
    for parent in parents:
        parent.mkdir(parents=True, exist_ok=True)
        remove_remains(parent)  # of an earlier run that was killed
    with ReportFile(plan.folder / REPORT) as report:
        worker = _Worker(plan, recipe, restore=restore, control=control, on_event=on_event, report=report)
        summary = worker.run(max(1, jobs))
    for parent in parents:
        remove_remains(parent)  # of a cluster's workers that died
    return summary


class _Worker:
    """Takes items from one queue in `jobs` threads; the first unexpected error ends all of them."""

    def __init__(
        self,
        plan: Plan,
        recipe: Recipe,
        *,
        restore: Restore,
        control: Control,
        on_event: Callable[[Event], None],
        report: ReportFile,
    ) -> None:
        self._recipe, self._restore, self._control = recipe, restore, control
        self._on_event, self._report = on_event, report
        self._lock = threading.Lock()
        self._summary = Summary()
        self._queue: queue.SimpleQueue[tuple[int, Item]] = queue.SimpleQueue()
        for entry in enumerate(plan.items):
            self._queue.put(entry)
        self._crash: BaseException | None = None

    def run(self, jobs: int) -> Summary:
        threads = [threading.Thread(target=self._drain, name=f"batch-{n}") for n in range(jobs)]
        for thread in threads:
            thread.start()
        for thread in threads:
            # Joining in slices keeps the main thread open to signals, so that Ctrl-C arrives on every system.
            while thread.is_alive():
                thread.join(0.1)
        if self._crash is not None:
            raise self._crash
        return self._summary

    def _drain(self) -> None:
        try:
            while not self._control.cancelled:
                index, item = self._queue.get_nowait()
                self._tell(self._one(index, item))
        except (queue.Empty, Cancelled):
            return
        except BaseException as error:  # noqa: BLE001 - carried to the thread that called run
            self._crash = self._crash or error
            self._control.cancel()

    def _one(self, index: int, item: Item) -> Event:
        """Restore one item and return its last event."""
        if item.problem:
            return Event(index, item, "failed", sentences=(item.problem,))
        if self._recipe.existing == "keep" and _finished(item):
            return Event(index, item, "skipped", 1.0)
        token = self._control.token(
            lambda report: self._tell(Event(index, item, "running", report.fraction, (report.text,)))
        )
        try:
            self._control.wait()
            self._tell(Event(index, item, "started"))
            outcome = self._restore(item.job, self._recipe, progress=token)
        except Cancelled:
            return Event(index, item, "cancelled", sentences=(Sentence("cancelled"),))
        except Exception as error:  # noqa: BLE001 - one bad photo must not stop the others
            return Event(index, item, "failed", sentences=(sentence(error),))
        finally:
            self._control.release(token)
        return Event(index, item, "done" if outcome.files else "empty", 1.0, outcome.notes, outcome)

    def _tell(self, event: Event) -> None:
        with self._lock:
            if event.status not in ("started", "running"):
                self._summary.counts[event.status] += 1
                # A photo that is skipped has its line already, unless a kill came between the photo and the line.
                if event.status != "cancelled" and not (event.status == "skipped" and event.item.job in self._report):
                    self._report.add(event.item.job, event.status, text=event.text, outcome=event.outcome)
            try:
                self._on_event(event)
            except BaseException as error:
                # Not the item's fault: `_one` must not take it for a failed photo.
                self._crash = self._crash or error
                self._control.cancel()
                raise Cancelled from error


def _photos(source: Path, pattern: str | None, *, exclude: Sequence[Path]) -> list[Path]:
    """Return the photos below `source`, sorted; nothing inside the folders to exclude."""
    barred = {path.resolve() for path in exclude}
    found = [path for path in sorted(source.glob(pattern or "*")) if path.is_file()]
    if pattern is None:
        found = [path for path in found if path.suffix.lower() in engine.READABLE]
    return [path for path in found if barred.isdisjoint(path.resolve().parents)]


def _output_names(names: Sequence[Path], suffix: str | None) -> list[Path]:
    """Return each photo's output name; `a.jpg` and `a.tif` do not both become `a.png`."""
    wanted = [name.with_suffix(suffix or _own_suffix(name)) for name in names]
    counts = Counter(wanted)
    return [
        name if counts[name] == 1 else photo.with_name(photo.name + name.suffix)
        for photo, name in zip(names, wanted, strict=True)
    ]


def _own_suffix(name: Path) -> str:
    """The photo's suffix; PNG's if photos of its kind are only read."""
    return name.suffix if name.suffix.lower() in engine.WRITABLE else ".png"


def _mask_for(name: Path, masks: Path | None) -> Path | None:
    """Return the mask of the photo at `name` (relative to the photos' folder)."""
    if masks is None or not masks.is_dir():
        return masks
    same = masks / name
    suffixes = [form for suffix in engine.READABLE for form in (suffix, suffix.upper())]
    candidates = (same, *map(same.with_suffix, suffixes))
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def _all_outputs(job: FileJob) -> tuple[Path, ...]:
    return job.outputs + ((job.edges_file,) if job.edges_file else ())


def _finished(item: Item) -> bool:
    return all(os.path.exists(path) for path in item.job.outputs)  # False for a name too long, too
