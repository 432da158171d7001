"""The batch's report: a CSV line for each photo tried, appended as it ends: a kill loses no history."""

from __future__ import annotations

import csv
import os
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from faceapp.file_job import FileJob, Outcome

COLUMNS = (
    "time", "photo", "mask", "status",
    "files", "faces", "method", "device", "model", "seed", "steps", "seconds", "text",
)  # fmt: skip


class ReportFile:
    """An append-only CSV; a line that a kill cut short is closed before the next one is written."""

    def __init__(self, path: Path) -> None:
        fresh = not path.exists() or path.stat().st_size == 0
        self._file = path.open("a+", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file)
        if fresh:
            self._writer.writerow(COLUMNS)
        elif not _ends_with_newline(path):
            self._file.write("\r\n")

    def add(self, job: FileJob, status: str, *, text: str, outcome: Outcome | None) -> None:
        """Write how one photo ended, down to the disk."""
        told: tuple[object, ...] = ("", "", "", "", "", "", "", "")
        if outcome is not None:
            told = (
                " | ".join(map(str, outcome.files)), len(outcome.faces), outcome.method, outcome.device or "",
                outcome.model or "", outcome.seed, outcome.steps or "", f"{outcome.seconds:.3f}",
            )  # fmt: skip
        time = datetime.now(UTC).isoformat(timespec="seconds")
        self._writer.writerow((time, job.photo, job.mask or "auto", status, *told, text))
        self._file.flush()
        os.fsync(self._file.fileno())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
