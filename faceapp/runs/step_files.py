"""The running pictures of a run, each as a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import engine
from faceapp.messages import ExistsError
from faceapp.runs.outputs import Outputs

_NAMES = "*-step*.png"


class StepFiles:
    """Writes every running picture that a run reports as `face1-step01.png` into a folder, if there is one."""

    def __init__(self, folder: Path | None, outputs: Outputs, *, variants: int) -> None:
        """The folder is made for the first step.

        Raises UsageError if the run's other files would lie among the steps, ExistsError if the folder holds steps
        already and none may be overwritten.
        """
        self.written: list[Path] = []
        self._folder, self._outputs, self._variants = folder, outputs, variants
        if folder is None:
            return
        outputs.check_folder(folder, _NAMES)
        if not outputs.force and next(folder.glob(_NAMES), None):
            raise ExistsError("{0}: holds steps of an earlier run", folder)

    def listener(self, variant: int) -> Callable[[engine.Report], None]:
        """What hears the reports of a variant, counted from 1."""
        prefix = f"variant{variant}-" if self._variants > 1 else ""
        return lambda report: self._write(report, prefix)

    def _write(self, report: engine.Report, prefix: str) -> None:
        if self._folder is None or report.preview is None:
            return
        preview = report.preview
        self._folder.mkdir(parents=True, exist_ok=True)
        what = "face" if preview.faces else "around"
        path = self._folder / f"{prefix}{what}{preview.face + 1}-step{preview.index:02d}.png"
        self._outputs.check_further(path)  # which may be a link to the photo
        engine.write_photo(engine.Photo.from_array(preview.chip), path, force=self._outputs.force)
        self.written.append(path)
