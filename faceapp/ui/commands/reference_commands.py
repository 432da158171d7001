"""What is laid under the hole of a face: a second photo, the other half mirrored, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QFileDialog

import engine
from engine.request import Reference, Underneath
from faceapp.jobs import JobDoor, Ticket
from faceapp.ui.commands.save_dialog import patterns
from faceapp.ui.commands.workspace import Workspace
from faceapp.ui.settings_store import Store


class ReferenceCommands(QObject):
    """Works on the current document; a photo is read on the worker."""

    told = Signal(str)
    """A sentence for the user."""

    def __init__(self, workspace: Workspace, door: JobDoor, store: Store) -> None:
        super().__init__(workspace)
        self._workspace, self._door, self._store = workspace, door, store

    def handlers(self) -> dict[str, Callable[[], None]]:
        """What the actions do, by their names."""
        return {
            "reference_photo": self.ask,
            "reference_mirror": lambda: self.set("mirror"),
            "reference_none": lambda: self.set(None),
        }

    @property
    def mirrors(self) -> bool:
        """Whether the current photo's reference is the mirrored half."""
        document = self._workspace.document
        return document is not None and document.reference == "mirror"

    def set(self, reference: Underneath | None) -> None:
        """Lay this under the current photo's faces from the next run on."""
        document = self._workspace.document
        if document is not None and document.reference != reference:
            document.set_reference(reference, self.tr("No reference") if reference is None else self.tr("Reference"))

    def ask(self) -> None:
        """Ask for a photo and take the face on it."""
        if self._workspace.document is None:
            return
        name, _ = QFileDialog.getOpenFileName(
            QApplication.activeWindow(),
            self.tr("A photo of the same person"),
            self._store.value.open_folder,
            self.tr("Pictures ({0})").format(patterns(engine.READABLE)),
        )
        if name:
            self.take(Path(name))

    def take(self, path: Path) -> None:
        """Take the largest face of a photo."""
        document = self._workspace.document
        if document is None:
            return

        def work(_progress: object) -> Reference:
            found: Reference = engine.reference_of(engine.read_photo(path))
            return found

        def done(reference: Reference) -> None:
            if self._workspace.holding(document) is not None:
                document.set_reference(reference, self.tr("Reference"))
                self.told.emit(
                    self.tr("The face of {0} is laid under what is masked when you restore.").format(path.name)
                )

        self._door.submit(Ticket(self.tr("Reference"), work, done=done))
