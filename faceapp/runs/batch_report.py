"""The batch's report: a CSV line for each photo tried, appended as it ends: a kill loses at most that one line."""

from __future__ import annotations

import codecs
import csv
import io
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from faceapp.messages import AppError, UsageError, cause_of
from faceapp.runs.file_job import FileJob, Outcome

COLUMNS = (
    "time", "photo", "mask", "status",
    "files", "faces", "method", "device", "model", "seed", "steps", "seconds", "text", "damaged",
)  # fmt: skip


class ReportFile:
    """An append-only CSV; a line that a kill cut short is closed before the next one is written.

    `job in report`: it had a line of the job's photo when it was opened.
    """

    def __init__(self, path: Path) -> None:
        """Begin or go on with the report at `path`; raises UsageError."""
        self._path = path
        try:
            mending, self._photos = _mend(path) if path.exists() else ("", set())
            # What is no UTF-8 in a name is escaped: one odd name must not stop a batch.
            self._file = path.open("a", encoding="utf-8", errors="backslashreplace", newline="")
        except OSError as error:
            raise UsageError("{0}: cannot be written, {1}", path, cause_of(error)) from error
        self._writer = csv.writer(self._file)
        self._file.write(mending)
        if not path.exists() or path.stat().st_size == 0:
            self._writer.writerow(COLUMNS)

    def __contains__(self, job: FileJob) -> bool:
        return _written(str(job.photo)) in self._photos

    def add(self, job: FileJob, status: str, *, text: str, outcome: Outcome | None) -> None:
        """Write how one photo ended, down to the disk; raises AppError."""
        told: tuple[object, ...] = ("", "", "", "", "", "", "", "")
        if outcome is not None:
            told = (
                " | ".join(map(str, outcome.files)), outcome.face_count, outcome.method, outcome.device or "",
                outcome.model or "", outcome.seed, outcome.steps or "", f"{outcome.seconds:.3f}",
            )  # fmt: skip
        damage = outcome and outcome.damage
        share = f"{damage.share:.4%}" if damage else ""
        time = datetime.now(UTC).isoformat(timespec="seconds")
        mask = job.mask or ("auto" if job.missing else "")
        try:
            self._writer.writerow((time, job.photo, mask, status, *told, text, share))
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise AppError("{0}: cannot be written, {1}", self._path, cause_of(error)) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):  # of a line whose failure was raised already
            self._file.close()


def _mend(path: Path) -> tuple[str, set[str]]:
    """Return what closes the report's last line, and the photos it tells of; half a letter at its end is cut off."""
    data = path.read_bytes()
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text = decoder.decode(data)
    half = decoder.getstate()[0]
    if half:
        os.truncate(path, len(data) - len(half))
    closing = '"' if text.count('"') % 2 else ""
    if closing or half or (text and not text.endswith("\n")):
        closing += "\r\n"
    return closing, {row[1] for row in csv.reader(io.StringIO(text + closing, newline="")) if len(row) > 1}


def _written(name: str) -> str:
    """A name as the report has it."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
