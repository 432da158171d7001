"""A folder that is watched: photos are restored as they come, once they and their masks have stopped growing.

The folder is looked at again and again: network drives tell of no changes.  Nothing is remembered on disk: an output
that exists is a finished one, as in any batch, so after a kill the same watch goes on.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from engine import Sentence
from faceapp.messages import AppError, UsageError, sentence
from faceapp.runs import batch
from faceapp.runs.batch import Control, Event, Restore, Summary
from faceapp.runs.file_job import Recipe
from faceapp.runs.plan import Item, Plan

INTERVAL = 2.0
"""Seconds between two looks: what is the same in both has stopped growing."""

_LAZY = 4
"""A look may take a fifth of the time: folders of many thousand photos, or far away, are looked at less often."""

State = tuple[tuple[int, int] | None, ...]
"""Size and time of the last change of a photo and its masks."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A photo, or the folder, that nothing can be done about yet."""

    path: Path
    why: Sentence


def watch(
    look: Callable[[], Plan],
    recipe: Recipe,
    *,
    restore: Restore,
    control: Control,
    on_event: Callable[[Event], None],
    on_waiting: Callable[[tuple[Waiting, ...]], None],
    jobs: int = 1,
    interval: float = INTERVAL,
) -> Summary:
    """Restore what each look at the folder finds new, until the control is cancelled.

    `look` makes a plan, which may be empty; after the first one, a folder that cannot be planned is waited for.
    `on_waiting` hears of all that waits, whenever that is something else.  A photo that fails, or in which nothing is
    to be done, is tried again once it or its mask changes.  An event's index is its place in the plan of that look.
    """
    watcher = _Watcher(look, replace(recipe, existing="keep"), on_event=on_event, on_waiting=on_waiting)
    plan: Plan | None = look()
    while True:
        if plan is not None and (ready := watcher.sorted_out(plan)):
            watcher.run(Plan(plan.source, plan.folder, ready), restore=restore, control=control, jobs=jobs)
        if control.sleep(max(interval, _LAZY * watcher.took)):
            return watcher.summary
        plan = watcher.next_plan()


class _Watcher:
    """What was seen at the last look, and how photos ended."""

    def __init__(
        self,
        look: Callable[[], Plan],
        recipe: Recipe,
        *,
        on_event: Callable[[Event], None],
        on_waiting: Callable[[tuple[Waiting, ...]], None],
    ) -> None:
        self._look, self._recipe, self._on_event, self._on_waiting = look, recipe, on_event, on_waiting
        self._source = Path()
        self._seen: dict[Path, State] = {}
        self._ended: dict[Path, State] = {}
        self._waiting: tuple[Waiting, ...] = ()
        self.summary = Summary()
        self.took = 0.0
        """Seconds of the last look."""

    def sorted_out(self, plan: Plan) -> tuple[Item, ...]:
        """The items of a plan that can be done now; tells of the others that are not done yet."""
        self._source = plan.source
        states = {item.job.photo: _state(item) for item in plan.items}
        new = [i for i in plan.items if not i.finished and self._ended.get(i.job.photo) != states[i.job.photo]]
        waiting, ready = [], []
        for item in new:
            photo = item.job.photo
            if item.lacks_mask:
                waiting.append(Waiting(photo, Sentence("{0}: waits for its mask", photo)))
            elif photo in self._seen and states[photo] != self._seen[photo]:
                waiting.append(Waiting(photo, Sentence("{0}: waits until it has stopped growing", photo)))
            elif photo in self._seen:
                ready.append(item)
        self._seen = states
        self._tell(tuple(waiting))
        return tuple(ready)

    def run(self, plan: Plan, *, restore: Restore, control: Control, jobs: int) -> None:
        """Restore these; a folder that vanishes is waited for."""

        def listen(event: Event) -> None:
            if event.status not in ("started", "running", "cancelled"):
                self._ended[event.item.job.photo] = self._seen[event.item.job.photo]
            self._on_event(event)

        try:
            done = batch.run(plan, self._recipe, restore=restore, control=control, on_event=listen, jobs=jobs)
        except (AppError, OSError):
            if plan.source.is_dir() and plan.folder.is_dir():
                raise
        else:
            self.summary.counts.update(done.counts)

    def next_plan(self) -> Plan | None:
        """Look again; None, and a sentence, where the folder cannot be planned now."""
        began = time.monotonic()
        try:
            return self._look()
        except (UsageError, OSError) as error:
            self._tell((Waiting(self._source, sentence(error)),))
            return None
        finally:
            self.took = time.monotonic() - began

    def _tell(self, waiting: tuple[Waiting, ...]) -> None:
        if waiting != self._waiting:
            self._waiting = waiting
            self._on_waiting(waiting)


def _state(item: Item) -> State:
    found: list[tuple[int, int] | None] = []
    for path in (item.job.photo, item.job.mask, item.job.blurred):
        try:
            status = os.stat(path) if isinstance(path, Path) else None
        except OSError:
            status = None
        found.append((status.st_size, status.st_mtime_ns) if status else None)
    return tuple(found)
