"""`facemend doctor`: what is installed, what works here, and how fast."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import engine
from engine import Progress
from faceapp import installation
from faceapp.messages import DONE, FAILED, sentence
from faceapp.runs.file_job import FileJob, ModelSource, Recipe, run_file_job
from faceapp.samples import PORTRAIT, PORTRAIT_MASK


def run() -> int:
    """Print a report; exit code 1 if a model is unusable or the self-test fails."""
    print(installation.program())
    for title, lines in installation.sections().items():
        print(f"{title}:")
        for line in lines or ["none"]:
            print(f"  {line}")
    entries = engine.shipped_files()
    passed = _self_test()
    return DONE if passed and entries and all(entry.ok for entry in entries) else FAILED


def _self_test() -> bool:
    """Restore the sample's face with one step, the way the commands do, and say how long each part took."""
    print("self-test: the sample portrait, 1 step")
    start = time.perf_counter()
    try:
        models = ModelSource()
        models.get()
        loaded = time.perf_counter()
        with tempfile.TemporaryDirectory(prefix="facemend-doctor-") as folder:
            job = FileJob(photo=PORTRAIT, mask=PORTRAIT_MASK, outputs=(Path(folder) / "after.png",))
            outcome = run_file_job(job, Recipe(steps=1), models=models, progress=Progress())
    except Exception as error:  # noqa: BLE001 - the doctor's patient may fail in any way
        print(f"  FAILED {sentence(error)}")
        return False
    print(f"  models loaded in {loaded - start:.2f} s")
    print(f"  restored in {outcome.seconds:.2f} s on {outcome.device} by {outcome.model}")
    if not outcome.faces:
        print("  FAILED no face was restored")
    return bool(outcome.faces)
