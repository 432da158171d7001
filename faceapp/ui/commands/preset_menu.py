"""The menu of presets: take one, keep the present settings as one, forget one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QInputDialog, QMenu, QWidget

from faceapp.messages import AppError
from faceapp.storage import presets
from faceapp.ui.commands.reference_commands import ReferenceCommands
from faceapp.ui.look.phrases import on_button, spoken
from faceapp.ui.settings_store import Store


class PresetMenu(QMenu):
    """Filled when it opens: the command line and other windows keep presets too."""

    told = Signal(str)
    """A sentence for the user."""

    def __init__(self, window: QWidget, store: Store, folder: Path, *, references: ReferenceCommands) -> None:
        super().__init__(self.tr("&Presets"), window)
        self._window, self._store, self._folder, self._references = window, store, folder, references
        self.aboutToShow.connect(self.fill)
        self.fill()

    def fill(self) -> None:
        """List the presets there are."""
        self.clear()
        names = presets.names(self._folder)
        for name in names:
            self.addAction(on_button(name)).triggered.connect(lambda _=False, name=name: self.take(name))
        self.addSeparator()
        self.addAction(self.tr("Save settings as preset…")).triggered.connect(self.ask)
        forget = self.addMenu(self.tr("Delete preset"))
        forget.setEnabled(bool(names))
        for name in names:
            forget.addAction(on_button(name)).triggered.connect(lambda _=False, name=name: self.forget(name))

    def take(self, name: str) -> None:
        """Restore as that preset says from now on."""
        try:
            found = presets.load(name, self._folder)
        except AppError as error:
            self.told.emit(spoken(error.sentence))
        else:
            if presets.REFERENCE in found:
                self._references.set(found.pop(presets.REFERENCE))
            self._store.put(replace(self._store.value, **found))
            self.told.emit(self.tr("Settings of {0}").format(name))

    def ask(self) -> None:
        """Ask for a name and keep the present settings under it."""
        name, sure = QInputDialog.getText(self._window, self.tr("Save settings as preset…"), self.tr("Name"))
        if not sure:
            return
        try:
            path = presets.save(name.strip(), self._store.value, self._folder, mirror=self._references.mirrors)
        except AppError as error:
            self.told.emit(spoken(error.sentence))
        else:
            self.told.emit(self.tr("Saved {0}").format(path.stem))

    def forget(self, name: str) -> None:
        """Take a preset away."""
        try:
            presets.remove(name, self._folder)
        except AppError as error:
            self.told.emit(spoken(error.sentence))
