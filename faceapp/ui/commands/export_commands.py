"""What is exported beside the photo itself: its mask, where the shown picture changes it, or layers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

import engine
from faceapp.editing.variant import laid
from faceapp.jobs import JobDoor, Ticket
from faceapp.ui.commands.save_dialog import ask_where, type_of
from faceapp.ui.commands.workspace import Workspace, save_folder
from faceapp.ui.settings_store import Store

LAYERS = ".ora"


class ExportCommands(QObject):
    """Asks for a name and has the worker write."""

    def __init__(self, window: QWidget, workspace: Workspace, *, door: JobDoor, store: Store) -> None:
        super().__init__(window)
        self._window, self._workspace, self._door, self._store = window, workspace, door, store

    def mask(self) -> None:
        """Write the mask."""
        if self._workspace.document is not None:
            path = self._asked("mask.png", self.tr("Export mask"), type_of(engine.FORMATS["PNG"]))
            if path is not None:
                self.mask_to(path)

    def mask_to(self, path: Path) -> None:
        """Write the mask as a grey picture; the dialog has asked about replacing."""
        document = self._workspace.document
        if document is None:
            return
        mask = document.mask.copy()

        def work(_progress: object) -> None:
            engine.write_mask(mask, path, force=True)

        self._submit(self.tr("Export mask"), work, path)

    def changes(self) -> None:
        """Write where the shown variant changes the photo."""
        document = self._workspace.document
        if document is not None and document.shown is not None:
            path = self._asked("changes.png", self.tr("Export change map"), type_of(engine.FORMATS["PNG"]))
            if path is not None:
                self.changes_to(path)

    def changes_to(self, path: Path) -> None:
        """Write the change map; the dialog has asked about replacing."""
        document = self._workspace.document
        shown = None if document is None else document.seen
        if document is None or shown is None:
            return
        picture = document.picture

        def work(_progress: object) -> None:
            changes = engine.change_map(picture.photo(), laid(picture, shown).photo(), box=shown.box)
            engine.write_photo(changes, path, force=True)

        self._submit(self.tr("Export change map"), work, path)

    def layers(self) -> None:
        """Write the photo as it was opened, what was restored of it, and the mask, as layers."""
        if self._workspace.document is not None:
            path = self._asked(f"layers{LAYERS}", self.tr("Export layers"), f"OpenRaster (*{LAYERS})")
            if path is not None:
                self.layers_to(path)

    def layers_to(self, path: Path) -> None:
        """Write the layers; the dialog has asked about replacing."""
        document = self._workspace.document
        if document is None:
            return
        picture, shown, mask = document.picture, document.seen, engine.united(*document.masks.values())

        def work(_progress: object) -> None:
            after = laid(picture, shown)
            engine.write_layers(after.original, after.photo(), mask, path, box=after.changed, force=True)

        self._submit(self.tr("Export layers"), work, path)

    def _asked(self, name: str, title: str, kind: str) -> Path | None:
        photo = self._workspace.current
        assert photo is not None
        start = save_folder(photo, self._store.value) / f"{Path(photo.title).stem}-{name}"
        return ask_where(self._window, title, start=start, types=(kind,))

    def _submit(self, name: str, work: Callable[[object], None], path: Path) -> None:
        self._door.submit(Ticket(name, work, saves=True))
        self._store.put(replace(self._store.value, save_folder=str(path.parent)))
