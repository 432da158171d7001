"""The photos that are open, and which of them is in front."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from engine.geometry import Box
from faceapp import samples
from faceapp.editing.document import Document, What
from faceapp.settings import Settings

_keys = count(1)


@dataclass(eq=False)
class OpenPhoto:
    """An open document with what the window knows about it."""

    document: Document
    title: str
    project: Path | None = None
    """Its project file, if it came from or went to one."""
    quality: int | None = None
    """Of the JPEG it is saved as, where that was chosen."""
    key: int = field(default_factory=lambda: next(_keys))
    """Names it in the recovery folder."""
    origin: Path | None = None
    """The file of the photo that it was made of, where no file holds it yet."""

    @property
    def saved_as(self) -> Path | None:
        """The picture file it was saved to, if that is not the original."""
        path, source = self.document.path, self.document.original.path
        if path is None or (source is not None and _same_file(path, source)):
            return None
        return path

    @property
    def source(self) -> Path | None:
        """The original's file, or that of the photo it was made of."""
        return self.document.original.path or self.origin


def save_folder(photo: OpenPhoto, value: Settings) -> Path:
    """Where saving begins: beside the photo's own files; without any (pasted, the sample), where it was last done."""
    for known in (photo.saved_as, photo.project, photo.source):
        if known is not None and known != samples.PORTRAIT and known.parent.is_dir():
            return known.parent
    return Path(value.save_folder or Path.home())


class Workspace(QObject):
    """A list of open photos; at most one is current."""

    current_changed = Signal()
    list_changed = Signal()
    document_changed = Signal(str, object)
    """What changed in the current document (`faceapp.editing.document.What`) and the `Box` where."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.photos: list[OpenPhoto] = []
        self._current: OpenPhoto | None = None

    @property
    def current(self) -> OpenPhoto | None:
        return self._current

    @property
    def document(self) -> Document | None:
        """The current photo's document."""
        return None if self._current is None else self._current.document

    @property
    def index(self) -> int:
        """Of the current photo; -1 if there is none."""
        return -1 if self._current is None else self.photos.index(self._current)

    def add(self, photo: OpenPhoto) -> None:
        """Open a photo and bring it to the front."""
        self.photos.append(photo)
        self.list_changed.emit()
        self.show(photo)

    def show(self, photo: OpenPhoto | None) -> None:
        """Bring a photo to the front, if it is open."""
        if photo is self._current or (photo is not None and photo not in self.photos):
            return
        if self._current is not None:
            self._current.document.changed.remove(self._relay)
        self._current = photo
        if photo is not None:
            photo.document.changed.append(self._relay)
        self.current_changed.emit()

    def step(self, by: int) -> None:
        """Show the next (1) or the previous (-1) photo, round and round."""
        if self.photos:
            self.show(self.photos[(self.index + by) % len(self.photos)])

    def remove(self, photo: OpenPhoto) -> None:
        """Close a photo, if it is open; its neighbour comes to the front."""
        if photo not in self.photos:
            return
        at = self.photos.index(photo)
        self.photos.remove(photo)
        if photo is self._current:
            self.show(self.photos[min(at, len(self.photos) - 1)] if self.photos else None)
        self.list_changed.emit()

    def find(self, path: Path) -> OpenPhoto | None:
        """The open photo that came from this file or project."""
        for photo in self.photos:
            for known in (photo.project, photo.document.original.path):
                if known is not None and _same_file(known, path):
                    return photo
        return None

    def holding(self, document: Document) -> OpenPhoto | None:
        """The open photo of a document; None once it is closed."""
        return next((photo for photo in self.photos if photo.document is document), None)

    def _relay(self, what: What, box: Box) -> None:
        self.document_changed.emit(what, box)


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return one.absolute() == other.absolute()
