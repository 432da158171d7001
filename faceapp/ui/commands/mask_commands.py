"""What can be done to a whole mask: invert, grow, import and so on; what is found in it is `review_commands`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

import engine
from engine.errors import EngineError
from engine.geometry import U8
from faceapp.editing import mask_tools
from faceapp.editing.boxes import masked_box
from faceapp.editing.document import Document, Kind
from faceapp.jobs import JobDoor, Ticket
from faceapp.runs.marks import check_mask
from faceapp.ui.commands.review_commands import ReviewCommands
from faceapp.ui.commands.save_dialog import patterns
from faceapp.ui.commands.workspace import Workspace
from faceapp.ui.look.phrases import spoken
from faceapp.ui.settings_store import Store


class MaskCommands(QObject):
    """Works on the current document's mask; long work goes through the job door."""

    told = Signal(str)
    """A sentence for the user."""

    def __init__(self, window: QWidget, workspace: Workspace, *, door: JobDoor, store: Store) -> None:
        super().__init__(window)
        self._window, self._workspace, self._door, self._store = window, workspace, door, store
        self.reviews = ReviewCommands(workspace, door=door, store=store, parent=self)
        """Detect damage, and what follows."""
        self.reviews.told.connect(self.told)
        self.amount: Callable[[], float] = lambda: 4.0
        """How far grow, shrink and feather reach, in photo pixels."""

    def invert(self) -> None:
        if document := self._workspace.document:
            document.edit_mask(self.tr("Invert mask"), mask_tools.invert)

    def clear(self) -> None:
        if document := self._workspace.document:
            document.edit_mask(self.tr("Clear mask"), mask_tools.clear, within=masked_box(document.mask))

    def grow(self) -> None:
        pixels = self.amount()
        self._make(self.tr("Grow mask"), lambda mask: engine.grow(mask, pixels))

    def shrink(self) -> None:
        pixels = self.amount()
        self._make(self.tr("Shrink mask"), lambda mask: engine.shrink(mask, pixels))

    def feather(self) -> None:
        pixels = self.amount()
        self._make(self.tr("Feather mask"), lambda mask: (engine.feather(mask, pixels) * 255 + 0.5).astype("uint8"))

    def import_file(self) -> None:
        """Ask for a picture and take it as the mask."""
        if self._workspace.document is None:
            return
        name, _ = QFileDialog.getOpenFileName(
            self._window,
            self.tr("Import mask"),
            self._store.value.open_folder,
            self.tr("Pictures ({0})").format(patterns(engine.READABLE)),
        )
        if name:
            self.import_from(Path(name))

    def import_from(self, path: Path) -> None:
        """Take a picture as the mask."""
        document = self._workspace.document
        if document is None:
            return
        size, original, kind = document.size, document.original, document.kind
        notes: list[engine.Sentence] = []

        def work(_progress: object) -> U8:
            if original.path is not None:
                check_mask(path, original.path)
            mask: U8 = engine.read_mask(path, size, tell=notes.append)
            return mask

        def done(mask: U8) -> None:
            self._replace(document, self.tr("Import mask"), lambda _old: mask, kind=kind, of=original)
            for note in notes:
                self.told.emit(spoken(note))

        self._door.submit(Ticket(self.tr("Import mask"), work, done=done))

    def _make(self, name: str, function: Callable[[U8], U8]) -> None:
        """Compute a new mask from a copy of the present one on the worker, then install it."""
        document = self._workspace.document
        if document is None:
            return
        mask, state, kind = document.mask.copy(), document.history.state, document.kind

        def done(new: U8) -> None:
            if document.history.state != state:
                self.told.emit(self.tr("The mask changed meanwhile; nothing was done to it."))
                return
            self._replace(document, name, lambda _old: new, kind=kind, of=document.original)

        self._door.submit(Ticket(name, lambda _progress: function(mask), done=done))

    def _replace(
        self, document: Document, name: str, function: Callable[[U8], U8], *, kind: Kind, of: engine.Photo
    ) -> None:
        """Install what was made for the photo `of`; nothing if that was closed, cropped or turned since."""
        if self._workspace.holding(document) is None or document.original is not of:
            return
        try:
            document.edit_mask(name, lambda mask: mask_tools.replace(mask, function(mask)), kind=kind)
        except EngineError as error:
            self.told.emit(spoken(error.sentence))
