"""The files of a run: nothing is written over what it reads, and no two things into one file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from faceapp.messages import ExistsError, UsageError


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a run reads, and the names it is given for what it writes."""

    read: tuple[Path, ...]
    named: tuple[Path, ...]
    force: bool
    """Whether other files that exist are overwritten."""

    def check(self) -> None:
        """Raise UsageError if a file that is named cannot or must not be written."""
        for index, path in enumerate(self.named):
            self._check(path, self.named[:index])

    def check_further(self, path: Path) -> None:
        """The same of a file that the run names itself, by a face's number or a step's."""
        self._check(path, self.named)

    def check_folder(self, folder: Path, pattern: str) -> None:
        """Raise UsageError if a folder in which the run names its files so is to hold any that it reads or writes, or
        cannot be one.
        """
        if folder.exists() and not folder.is_dir():
            raise UsageError("{0}: is not a folder", folder)
        if any(_same(path, place) for path in self.named for place in (folder, *folder.parents)):
            raise UsageError("{0}: is the name for two files that are to be written; choose another", folder)
        for path in (*self.read, *self.named):
            if path.match(pattern) and _same(path.parent, folder):
                raise UsageError("{0}: files of such names are written into {1}; choose another folder", path, folder)

    def _check(self, path: Path, others: tuple[Path, ...]) -> None:
        if any(_same(path, source) for source in self.read):
            raise UsageError("{0}: would overwrite the original; choose another name", path)
        if any(_same(path, other) for other in others):
            raise UsageError("{0}: is the name for two files that are to be written; choose another", path)
        if not path.parent.is_dir():
            raise UsageError("{0}: the folder {1} does not exist", path, path.parent)
        if path.is_dir():
            raise UsageError("{0}: is a folder; name a file", path)
        if not os.access(path.parent, os.W_OK):
            raise UsageError("{0}: the folder {1} is not writable", path, path.parent)
        if path.exists() and not self.force:
            raise ExistsError("{0}: exists already", path)


def _same(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file or folder, also to one that is not there yet."""
    try:
        return one.samefile(other)
    except OSError:
        return _real(one) == _real(other)


def _real(path: Path) -> str:
    return os.path.normcase(os.path.realpath(path))
