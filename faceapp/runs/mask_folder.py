"""Masks beside photos: which file of a folder is the mask of a photo, as people name them."""

from __future__ import annotations

import os
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import engine
from faceapp.messages import UsageError

_ORDER = {suffix: place for place, suffix in enumerate(engine.READABLE)}


def folded(name: str) -> str:
    """A name as file systems compare it that know no case and no composition of letters."""
    return unicodedata.normalize("NFC", name).casefold()


class MaskFolder:
    """A folder of masks that have the photos' names, in the same sub-folders, with the suffix of any picture.

    The same name comes before one that differs in case or in the composition of its letters.  Such a one counts only
    where it is clear: where it is the only one, and the photo the only one that it can be for.
    """

    def __init__(self, folder: Path, photos: Iterable[Path]) -> None:
        """`photos`: their names, relative to their folder."""
        self._folder = folder
        self._listings: dict[Path, _Listing] = {}
        self._rivals: dict[str, set[str]] = defaultdict(set)
        for photo in photos:
            name = str(photo.with_suffix(""))
            self._rivals[folded(name)].add(name)

    def mask_of(self, photo: Path) -> Path | None:
        """The mask of the photo at `photo` (relative to the photos' folder), or None; raises UsageError."""
        clear = len(self._rivals[folded(str(photo.with_suffix("")))]) == 1
        folder = self._folder
        for part in photo.parent.parts:
            folder /= next(iter(self._listing(folder).folders.get(part, loosely=clear)), part)
        masks = self._listing(folder).masks.get(photo.stem, loosely=clear)
        if not masks:
            return None
        best = min(masks, key=lambda name: (name != photo.name, _ORDER[Path(name).suffix.lower()], name))
        return folder / best

    def _listing(self, folder: Path) -> _Listing:
        if folder not in self._listings:
            self._listings[folder] = _Listing(folder)
        return self._listings[folder]


class _Listing:
    """What one folder holds: its folders by their names, and the pictures by theirs without suffix."""

    def __init__(self, folder: Path) -> None:
        self.folders, self.masks = _Names(), _Names()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    path = Path(entry.name)
                    if entry.is_dir():
                        self.folders.add(entry.name, entry.name)
                    elif path.suffix.lower() in _ORDER and entry.is_file():
                        self.masks.add(path.stem, entry.name)
        except (FileNotFoundError, NotADirectoryError):
            pass  # no masks for this folder of photos
        except PermissionError as error:
            raise UsageError("{0}: no permission to read it", folder) from error


class _Names:
    """Names to look up by what they are called, or nearly so."""

    def __init__(self) -> None:
        self._exact: dict[str, list[str]] = defaultdict(list)
        self._alike: dict[str, set[str]] = defaultdict(set)

    def add(self, key: str, name: str) -> None:
        self._exact[key].append(name)
        self._alike[folded(key)].add(key)

    def get(self, key: str, *, loosely: bool) -> list[str]:
        """The names added under `key`; or under the only key that differs in case or composition, if `loosely`."""
        alike = self._alike.get(folded(key), set()) if loosely else set()
        return self._exact[key] if key in self._exact else self._exact[next(iter(alike))] if len(alike) == 1 else []
