"""What an unfinished `prepare` has done so far: chips in a folder, and one line of JSON for each photo."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from types import TracebackType

from engine.atomic import atomic_file
from training.data.cutting import Cut
from training.errors import OutputError


@dataclasses.dataclass(frozen=True, slots=True)
class Record:
    """A photo that is done: its path below the source, a stamp that changes with the file, what it gave."""

    photo: str
    stamp: str
    digest: str
    chips: tuple[str, ...]
    why: str
    """Why it gave no chip; empty if it did."""
    detail: str = ""


class WorkLog:
    """The folder of a run.  A photo's line is written after its chips, so a line vouches for them."""

    def __init__(self, folder: Path, settings: str) -> None:
        """Go on with what lies in `folder`; raises `OutputError` if that was begun with other settings."""
        self.folder = folder
        self._done: dict[str, Record] = {}
        path = folder / "done.jsonl"
        self._file = path.open("a+", encoding="utf-8")
        self._file.seek(0)
        lines = self._file.read().split("\n")
        whole = lines[:-1]  # the text after the last line end is what a killed run was writing
        self._file.truncate(sum(len(line.encode()) + 1 for line in whole))
        try:
            self._resume(whole, settings)
        except (ValueError, TypeError, KeyError) as error:
            self._file.close()
            raise OutputError(f"{path} is damaged; delete {folder} to begin again") from error
        except OutputError:
            self._file.close()
            raise

    def _resume(self, lines: list[str], settings: str) -> None:
        if not lines:
            self._line({"settings": settings})
        elif json.loads(lines[0])["settings"] != settings:
            raise OutputError(f"{self.folder} holds a run with other settings; finish it with these, or delete it")
        for line in lines[1:]:
            entry = json.loads(line)
            record = Record(**(entry | {"chips": tuple(entry["chips"])}))
            self._done[record.photo] = record

    def __enter__(self) -> WorkLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def records(self) -> list[Record]:
        """Every photo done, in the order of their paths."""
        return [self._done[photo] for photo in sorted(self._done)]

    def has(self, path: Path, source: Path) -> bool:
        """Whether this very file (by path, size and time) is done."""
        done = self._done.get(_key(path, source))
        return done is not None and done.stamp == _stamp(path)

    def add(self, path: Path, source: Path, cut: Cut) -> None:
        """Keep what was cut from one photo."""
        for name, data in cut.chips:
            with atomic_file(self.folder / name, overwrite=True) as file:
                file.write(data)
        names = tuple(name for name, _ in cut.chips)
        record = Record(_key(path, source), _stamp(path), cut.digest, names, cut.why, cut.detail)
        self._line(dataclasses.asdict(record))
        self._done[record.photo] = record

    def chip(self, name: str) -> bytes:
        """The WebP bytes of a chip."""
        return (self.folder / name).read_bytes()

    def _line(self, entry: dict[str, object]) -> None:
        self._file.write(json.dumps(entry) + "\n")
        self._file.flush()


def _key(path: Path, source: Path) -> str:
    return path.relative_to(source).as_posix()


def _stamp(path: Path) -> str:
    stat = path.stat()
    return f"{stat.st_size}-{stat.st_mtime_ns}"
