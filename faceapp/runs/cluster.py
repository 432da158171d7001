"""A batch over many machines: its jobs are done by the workers of a Dask cluster (the extra `dask`).

Each worker has FaceMend installed and sees photos, masks and outputs under the same paths.  Dask's scheduler gives
the job of a worker that died to another one.
"""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import TracebackType

import engine
from engine import Backend, Device
from faceapp.messages import AppError, UsageError
from faceapp.runs.file_job import FileJob, ModelSource, Outcome, Recipe, run_file_job

_PATIENCE = 30.0
"""Seconds to wait for a scheduler at the start."""


class Cluster:
    """A connection to a scheduler; `restore` may be called from many threads."""

    def __init__(self, address: str, *, device: Device, backend: Backend) -> None:
        """Connect to `address` (`tcp://host:8786`); raises UsageError without Dask or an answer."""
        try:
            from distributed import Client
        except ImportError as error:
            raise UsageError("{0}: a cluster needs Dask: pip install 'facemend[dask]'", address) from error
        try:
            self._client = Client(address, timeout=_PATIENCE, set_as_default=False)
        except (OSError, ValueError) as error:
            raise UsageError("{0}: no scheduler answers there", address) from error
        self._address, self._device, self._backend = address, device, backend
        log = logging.getLogger("distributed")  # what goes wrong is raised too: no tracebacks beside the sentence
        log.handlers, log.propagate = [logging.NullHandler()], False

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()

    @property
    def jobs(self) -> int:
        """How many jobs to hand out at a time: all that run, and as many that wait, for clusters that grow."""
        return max(64, 2 * int(sum(self._client.nthreads().values())))

    def restore(self, job: FileJob, recipe: Recipe, *, progress: engine.Progress) -> Outcome:
        """`run_file_job` on some worker; raises what it raises there, Cancelled at once if `progress` says so."""
        from distributed import CancelledError, KilledWorker
        from distributed.client import ClosedClientError

        job, recipe = _everywhere(job, recipe)
        try:
            future = self._client.submit(_restore, job, recipe, self._device, self._backend, pure=False)
            while not future.done():
                if progress.cancelled:
                    future.cancel()
                progress.check()
                time.sleep(0.05)
            outcome: Outcome = future.result()
            return outcome
        except KilledWorker as error:
            raise AppError("{0}: each worker that tried died of it", job.photo) from error
        except (CancelledError, ClosedClientError) as error:
            raise AppError("{0}: the scheduler at {1} is gone", job.photo, self._address) from error


def _everywhere(job: FileJob, recipe: Recipe) -> tuple[FileJob, Recipe]:
    """The same work by paths that hold in any current folder."""
    job = replace(
        job,
        photo=job.photo.absolute(),
        mask=_absolute(job.mask),
        outputs=tuple(path.absolute() for path in job.outputs),
        steps_folder=_absolute(job.steps_folder),
        edges_file=_absolute(job.edges_file),
        mask_file=_absolute(job.mask_file),
    )
    # The batch has looked for outputs that exist: one found now is that of a worker that died before it told.
    existing = "keep" if recipe.existing == "refuse" else recipe.existing
    return job, replace(recipe, edges=_absolute(recipe.edges), existing=existing)


def _absolute(path: Path | None) -> Path | None:
    return path and path.absolute()


def _restore(job: FileJob, recipe: Recipe, device: Device, backend: Backend) -> Outcome:
    """On a worker: restore one photo; what a worker before had finished of it counts."""
    outcome = run_file_job(job, recipe, models=_models(device, backend), progress=engine.Progress())
    if recipe.existing == "keep":
        return replace(outcome, files=tuple(path for path in job.outputs if path.exists()))
    return outcome


@cache
def _models(device: Device, backend: Backend) -> ModelSource:
    """A worker's models, loaded once."""
    return ModelSource(device=device, backend=backend)
