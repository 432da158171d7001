"""Preferences, the list of shortcuts, and About; the batch dialog is a file of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from engine import Backend, Device
from faceapp import __version__, installation
from faceapp.jobs import JobDoor, Ticket
from faceapp.settings import Language, Theme
from faceapp.ui import actions as act
from faceapp.ui.look import icons
from faceapp.ui.look.phrases import spoken
from faceapp.ui.look.theme import RESOURCES
from faceapp.ui.look.widgets import Rows, Slider, choice_box, choose, hint
from faceapp.ui.settings_store import Store


class Preferences(QDialog):
    """What is the same for every photo; changes are live, Cancel takes them back."""

    def __init__(self, parent: QWidget, store: Store) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Preferences"))
        self.setMinimumWidth(440)
        self._store, self._before = store, store.value
        body = QWidget()
        rows = Rows(body)
        rows.setColumnMinimumWidth(0, 140)
        value = store.value
        self.language = self._combo(
            value.language, Language, {"system": self.tr("As the system"), "en": "English", "zh_CN": "简体中文"}
        )
        rows.add(self.tr("Language"), self.language)
        self.theme = self._combo(
            value.theme,
            Theme,
            {"system": self.tr("As the system"), "dark": self.tr("Dark"), "light": self.tr("Light")},
        )
        rows.add(self.tr("Theme"), self.theme)
        self.device = self._combo(
            value.device, Device, {"auto": self.tr("Automatic"), "cpu": self.tr("CPU"), "cuda": "CUDA"}
        )
        rows.add(self.tr("Device"), self.device)
        self.backend = self._combo(value.backend, Backend, {"onnx": "ONNX Runtime", "torch": "PyTorch"})
        rows.add(self.tr("Backend"), self.backend)
        self.undo = Slider(self.tr("Undo memory"), low=64, high=4096, suffix=self.tr(" MB"), power=2, step=64)
        self.undo.set_value(value.undo_megabytes)
        self.undo.number.setFixedWidth(88)
        rows.add(self.tr("Undo memory"), self.undo)
        self.autosave = Slider(self.tr("Autosave every"), low=0, high=600, suffix=self.tr(" s"), power=2)
        self.autosave.set_value(value.autosave_seconds)
        self.autosave.number.setSpecialValueText(self.tr("Never"))
        self.autosave.number.setFixedWidth(88)
        rows.add(self.tr("Autosave every"), self.autosave)
        self.enlarges = QCheckBox(self.tr("Fit to window enlarges small photos"))
        self.enlarges.setChecked(value.fit_enlarges)
        rows.wide(self.enlarges)
        self.marks = QCheckBox(self.tr("Saved photos say in their data that AI restored them"))
        self.marks.setToolTip(self.tr("XMP's DigitalSourceType, FaceMend and its version, where networks drew a part"))
        self.marks.setChecked(value.mark_files)
        rows.wide(self.marks)
        rows.wide(hint(self.tr("The language changes when FaceMend is started again.")))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.theme.currentIndexChanged.connect(lambda: store.put(replace(store.value, theme=self.theme.currentData())))
        layout = QVBoxLayout(self)
        layout.addWidget(body)
        layout.addWidget(buttons)

    def accept(self) -> None:
        self._store.put(
            replace(
                self._store.value,
                language=self.language.currentData(),
                theme=self.theme.currentData(),
                device=self.device.currentData(),
                backend=self.backend.currentData(),
                undo_megabytes=int(self.undo.value),
                autosave_seconds=int(self.autosave.value),
                fit_enlarges=self.enlarges.isChecked(),
                mark_files=self.marks.isChecked(),
            )
        )
        super().accept()

    def reject(self) -> None:
        self._store.put(replace(self._store.value, theme=self._before.theme))
        super().reject()

    @staticmethod
    def _combo(chosen: str, kind: object, texts: dict[str, str]) -> QComboBox:
        combo = choice_box(kind, texts)
        choose(combo, chosen)
        return combo


class Shortcuts(QDialog):
    """Every key and what it does."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Shortcuts"))
        self.resize(520, 560)
        rows = [(keys, act.label(spec.text)) for spec in act.all_specs() if (keys := _keys(spec))]
        rows += act.canvas_keys()
        table = QTableWidget(len(rows), 2)
        table.setAccessibleName(self.tr("Shortcuts"))
        table.setHorizontalHeaderLabels([self.tr("What"), self.tr("Keys")])
        table.verticalHeader().hide()
        table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        table.setShowGrid(False)
        self._said = [f"{meaning} {keys}".casefold() for keys, meaning in rows]
        for index, (keys, meaning) in enumerate(rows):
            table.setItem(index, 0, QTableWidgetItem(meaning))
            table.setItem(index, 1, QTableWidgetItem(keys))
        table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        table.horizontalHeader().setHighlightSections(False)
        table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        self.table, self.search = table, QLineEdit()
        self.search.setPlaceholderText(self.tr("Search"))
        self.search.setAccessibleName(self.tr("Search"))
        self.search.textChanged.connect(self._find)
        layout = QVBoxLayout(self)
        layout.addWidget(self.search)
        layout.addWidget(table)
        layout.addWidget(close_box(self))
        self.search.setFocus()

    def _find(self, text: str) -> None:
        """Leave the rows that hold every word, in the name or in the keys."""
        words = text.casefold().split()
        for row, said in enumerate(self._said):
            self.table.setRowHidden(row, not all(word in said for word in words))


def _keys(spec: act.Spec) -> str:
    native = QKeySequence.SequenceFormat.NativeText
    return ", ".join(QKeySequence(key).toString(native) for key in spec.keys)


class About(QDialog):
    """Versions, devices and the model card; what takes time is asked of the worker."""

    def __init__(self, parent: QWidget, *, door: JobDoor) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About FaceMend"))
        self.resize(560, 460)
        picture = QLabel()
        picture.setPixmap(icons.app_icon().pixmap(56, 56))
        text = QLabel(
            f"<b style='font-size:16px'>FaceMend {__version__}</b><br>"
            + self.tr("Mends damaged face photos, offline, on this computer.")
        )
        head = QHBoxLayout()
        head.setSpacing(14)
        head.addWidget(picture)
        head.addWidget(text, 1)
        self.devices = QTextBrowser()
        self.devices.setAccessibleName(self.tr("Devices"))
        self.devices.setPlainText(self.tr("Looking…"))
        card = QTextBrowser()
        card.setAccessibleName(self.tr("Model card"))
        card.setMarkdown(model_card() or self.tr("No model card was found."))
        tabs = QTabWidget()
        tabs.addTab(self.devices, self.tr("Devices and versions"))
        tabs.addTab(card, self.tr("Model card"))
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addLayout(head)
        layout.addWidget(tabs, 1)
        layout.addWidget(close_box(self))
        self._ticket = door.submit(
            Ticket(
                self.tr("Devices"),
                lambda _progress: installation.sections(),
                done=self._have,
                failed=lambda why: self.devices.setPlainText(spoken(why)),
                quiet=True,
            )
        )
        self._door = door

    def _have(self, found: Any) -> None:
        titles = {"packages": self.tr("Packages"), "devices": self.tr("Devices"), "models": self.tr("Models")}
        text = [installation.program(), f"Qt {qVersion()}"]
        for name, lines in found.items():
            text += ["", titles[name], *(f"    {spoken(line)}" for line in lines)]
        self.devices.setPlainText("\n".join(text))

    def done(self, result: int) -> None:
        self._door.cancel(self._ticket)
        self._ticket.done = self._ticket.failed = lambda _value: None
        super().done(result)


def model_card() -> str:
    """The shipped models' cards, as Markdown; empty if there is none."""
    cards = sorted((RESOURCES / "models").glob("*.md"))
    return "\n\n".join(card.read_text(encoding="utf-8") for card in cards)


def close_box(dialog: QDialog) -> QDialogButtonBox:
    """A Close button."""
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.reject)
    button = buttons.button(QDialogButtonBox.StandardButton.Close)
    button.setFocus(Qt.FocusReason.OtherFocusReason)
    return buttons
