"""`facemend batch --watch`: a folder into which photos come."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import ExitStack

from faceapp.cli.console import Bar, cancel_on_interrupt
from faceapp.cli.restore import as_object
from faceapp.messages import DONE, FAILED
from faceapp.runs.batch import Control, Event, Restore
from faceapp.runs.file_job import Recipe
from faceapp.runs.plan import Plan
from faceapp.runs.watch import Waiting, watch

_NAMED = 3
"""Of the photos that wait, how many the bar names."""


def run(look: Callable[[], Plan], recipe: Recipe, *, restore: Restore, jobs: int, as_json: bool) -> int:
    """Watch until interrupted; exit code 1 if any photo failed."""
    control = Control()
    with ExitStack() as stack:
        bar = stack.enter_context(Bar("watching"))
        stack.enter_context(cancel_on_interrupt(control.cancel))
        teller = _Teller(bar, as_json=as_json)
        summary = watch(
            look, recipe, restore=restore, control=control, on_event=teller.event, on_waiting=teller.waiting, jobs=jobs
        )
    if not as_json:
        print(", ".join(f"{number} {status}" for status, number in summary.counts.items()) or "nothing was done")
    return FAILED if summary.counts["failed"] else DONE


def as_photo(event: Event) -> dict[str, object]:
    """How one photo of a batch ended, as plain JSON values."""
    said = {"photo": str(event.item.job.photo), "status": event.status, "text": event.text}
    return {**said, **(as_object(event.outcome) if event.outcome else {})}


class _Teller:
    """Says how each photo ended, a line each, and what waits: on the bar, or a line for each where there is none."""

    def __init__(self, bar: Bar, *, as_json: bool) -> None:
        self._bar, self._json = bar, as_json
        self._told: set[Waiting] = set()

    def event(self, event: Event) -> None:
        """Say how a photo ended, or on a terminal how far it is."""
        name = event.item.job.photo.name
        if event.status in ("started", "running"):
            self._bar.show(event.fraction, f"{name} {event.text}"[:60])
            return
        if self._json:
            sys.stdout.write(json.dumps(as_photo(event)) + "\n")
        elif event.status == "failed":
            self._bar.say(f"facemend: {event.text}")
        else:
            self._bar.say(f"{name}: {event.status}" + (f", {event.text}" if event.text else ""))
        sys.stdout.flush()

    def waiting(self, waiting: tuple[Waiting, ...]) -> None:
        """Say what waits, once, and show it on the bar."""
        for one in waiting:
            if one not in self._told:
                self._bar.say(f"facemend: {one.why}")
        self._told = set(waiting)
        names = ", ".join(one.path.name for one in waiting[:_NAMED]) + (", ..." if len(waiting) > _NAMED else "")
        self._bar.show(0.0, f"watching; {len(waiting)} waiting: {names}"[:60] if waiting else "watching")
