"""`facemend batch`: a folder of photos."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from faceapp.cli import watch
from faceapp.cli.console import Bar, cancel_on_interrupt
from faceapp.cli.hints import BATCH, PHOTO, hinting
from faceapp.cli.restore import blurred_from, mask_from, recipe_from
from faceapp.cli.watch import as_photo
from faceapp.messages import DONE, FAILED, INTERRUPTED, UsageError
from faceapp.runs.batch import REPORT, Control, Event, Restore, Status, Summary
from faceapp.runs.batch import run as run_batch
from faceapp.runs.file_job import Existing, ModelSource, Recipe, run_file_job
from faceapp.runs.plan import Plan, make_plan

_ENDS: tuple[Status, ...] = ("done", "skipped", "empty", "review", "failed", "cancelled")


def run(options: argparse.Namespace) -> int:
    """Restore a folder as the options say; exit code 1 if any photo failed."""
    if options.resume and options.force:
        raise UsageError("--resume keeps finished photos and --force overwrites them; give one of the two")
    if options.masks is None and options.blurred is None:
        raise UsageError("nothing is marked: give --masks for what is missing, --blurred for what is soft, or both")
    existing: Existing = "keep" if options.resume else "overwrite" if options.force else "refuse"
    recipe = recipe_from(options, existing=existing)
    look = partial(
        make_plan,
        options.source,
        options.output,
        masks=mask_from(options.masks),
        missing=options.masks is not None,
        blurred=blurred_from(options.blurred),
        pattern=options.pattern,
        suffix=options.format and f".{options.format}",
        variants=options.variants,
        steps_folder=options.save_steps,
        edges_folder=options.save_edges,
        may_be_empty=options.watch,
    )
    plan = look()
    if options.watch:
        return _watched(options, look, plan, recipe)
    control = Control()
    ended: list[Event] = []
    with ExitStack() as stack:
        restore, jobs = _here_or_there(options, plan, recipe, stack)
        bar = stack.enter_context(Bar("starting", total=len(plan.items)))
        stack.enter_context(cancel_on_interrupt(control.cancel))
        listener = _Listener(plan, bar, ended)
        stack.enter_context(hinting(BATCH))
        summary = run_batch(
            plan, recipe, restore=hinting(PHOTO)(restore), control=control, on_event=listener, jobs=jobs
        )
    _say(plan, summary, sorted(ended, key=lambda event: event.index), as_json=options.json)
    if control.cancelled:
        sys.stderr.write("facemend: interrupted; --resume goes on from here\n")
        return INTERRUPTED
    return FAILED if summary.counts["failed"] else DONE


def _watched(options: argparse.Namespace, look: Callable[[], Plan], plan: Plan, recipe: Recipe) -> int:
    """Restore what is there and what comes, until interrupted."""
    if recipe.existing == "overwrite":
        raise UsageError("--watch keeps what is finished; leave --force out")
    with ExitStack() as stack:
        restore, jobs = _here_or_there(options, plan, recipe, stack)
        return watch.run(look, recipe, restore=hinting(PHOTO)(restore), jobs=jobs, as_json=options.json)


def _here_or_there(options: argparse.Namespace, plan: Plan, recipe: Recipe, stack: ExitStack) -> tuple[Restore, int]:
    """Return how a photo is restored, in this process or on a cluster, and how many at a time."""
    if options.dask is None:
        models = ModelSource(device=options.device, backend=options.backend)
        if recipe.needs_models and any(not item.problem for item in plan.items):
            models.get()  # A missing device or model is one error, not one for every photo.
        return partial(run_file_job, models=models), options.jobs or 1
    if options.jobs is not None:
        raise UsageError("--dask keeps all threads of the cluster busy; leave --jobs out")
    from faceapp.runs.cluster import Cluster

    try:
        cluster = stack.enter_context(Cluster(options.dask, device=options.device, backend=options.backend))
    except UsageError as error:
        raise UsageError("--dask {0}", error.sentence) from error
    return cluster.restore, cluster.jobs


class _Listener:
    """Shows the batch on the bar, says at once what failed, and keeps how each photo ended."""

    def __init__(self, plan: Plan, bar: Bar, ended: list[Event]) -> None:
        self._bar, self._ended, self._count = bar, ended, len(plan.items)
        self._fractions: dict[int, float] = {}
        self._skipped = 0

    def __call__(self, event: Event) -> None:
        running = event.status in ("started", "running")
        self._fractions[event.index] = event.fraction if running else 1.0
        self._skipped += event.status == "skipped"
        text = f"{len(self._ended)}/{self._count} {event.item.job.photo.name} {event.text}"
        self._bar.show(sum(self._fractions.values()), text[:60], skipped=self._skipped)
        if running:
            return
        self._ended.append(event)
        if event.status == "failed":
            self._bar.say(f"facemend: {event.text}")


def _say(plan: Plan, summary: Summary, ended: list[Event], *, as_json: bool) -> None:
    counts = {status: summary.counts[status] for status in _ENDS}
    if not as_json:
        parts = [f"{number} {status}" for status, number in counts.items() if number]
        print(f"{plan.folder}: {', '.join(parts)} of {len(plan.items)} photos; see {REPORT} there")
        return
    photos = list(map(as_photo, ended))
    json.dump({**counts, "report": str(plan.folder / REPORT), "photos": photos}, sys.stdout)
    sys.stdout.write("\n")
