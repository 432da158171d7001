"""The folder job: a run over a plan of photos, masks and outputs that can pause, stop and go on.

Qt-free: the command line and the batch dialog share it.  Every output is written atomically, so an output
that exists is a finished one: that, and no separate journal, is what resuming after a kill relies on.  Two batches
may share a folder: each photo's output is claimed while it is made, and a claim ends with its process.
"""

from __future__ import annotations

import queue
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

import engine
from engine import Cancelled, Progress, Sentence, claimed, remove_remains
from faceapp.messages import AppError, ExistsError, sentence
from faceapp.runs.batch_report import ReportFile
from faceapp.runs.file_job import FileJob, Outcome, Recipe
from faceapp.runs.plan import Item, Plan

REPORT = "facemend-report.csv"

_BY_ANOTHER = Sentence("done by another batch at the same time")

Status = Literal["started", "running", "done", "empty", "review", "skipped", "failed", "cancelled"]


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

    def sleep(self, seconds: float) -> bool:
        """Wait that long, or until the batch is cancelled: whether it is."""
        return self._cancelled.wait(seconds)

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
    plan.folder.mkdir(parents=True, exist_ok=True)
    parents = {path.parent for item in plan.items if not item.problem for path in _all_outputs(item.job)}
    for parent in parents:
        with suppress(OSError):  # its photos will say so
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
        self._plan, self._recipe, self._restore, self._control = plan, recipe, restore, control
        self._on_event, self._report = on_event, report
        self._finished = frozenset(plan.finished)
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
        """Restore one item and return its last event; raises AppError where no other can be restored either."""
        if item.problem:
            return Event(index, item, "failed", sentences=(item.problem,))
        if self._recipe.existing == "keep" and item in self._finished:
            return Event(index, item, "skipped", 1.0)
        try:
            self._control.wait()
            with claimed(item.job.outputs[0]) as ours:
                # What was not there at the start, another batch has made since.
                if not ours or (item.finished and item not in self._finished):
                    return Event(index, item, "skipped", 1.0, (_BY_ANOTHER,))
                return self._restored(index, item)
        except Cancelled:
            return Event(index, item, "cancelled", sentences=(Sentence("cancelled"),))
        except Exception as error:
            for folder in (self._plan.source, self._plan.folder):
                if not folder.is_dir():
                    raise AppError("{0}: the folder is gone", folder) from error
            return Event(index, item, "failed", sentences=(sentence(error),))

    def _restored(self, index: int, item: Item) -> Event:
        token = self._control.token(
            lambda report: self._tell(Event(index, item, "running", report.fraction, (report.text,)))
        )
        try:
            self._tell(Event(index, item, "started"))
            outcome = self._restore(item.job, self._recipe, progress=token)
        finally:
            self._control.release(token)
        status: Status = "done" if outcome.files else "review" if outcome.left else "empty"
        return Event(index, item, status, 1.0, outcome.notes, outcome)

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


def _all_outputs(job: FileJob) -> tuple[Path, ...]:
    return job.outputs + ((job.edges_file,) if job.edges_file else ())
