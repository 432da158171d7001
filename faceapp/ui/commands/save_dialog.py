"""Asking where to save: the name's suffix and the chosen type agree, and nothing is replaced unasked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFileDialog, QMessageBox, QVBoxLayout, QWidget

import engine
from faceapp.ui.look.phrases import plain
from faceapp.ui.look.widgets import Rows, Slider, hint

translate = QCoreApplication.translate


def patterns(suffixes: Sequence[str]) -> str:
    """File suffixes as a dialog's filter has them."""
    return " ".join(f"*{suffix}" for suffix in suffixes)


def type_of(row: engine.Format) -> str:
    """A format's entry in a dialog's list of types."""
    return f"{row.name} ({patterns(row.suffixes)})"


def photo_types() -> tuple[str, ...]:
    """Every format that photos can be saved in."""
    return tuple(type_of(row) for row in engine.FORMATS.values() if row.writable)


def ask_where(parent: QWidget, title: str, *, start: Path, types: Sequence[str]) -> Path | None:
    """Return the path a person chose, or None.

    `types`: the dialog's filters, such as "JPEG (*.jpg *.jpeg)"; the one of `start` is offered first.
    """
    first = next((kind for kind in types if start.suffix.lower() in _suffixes(kind)), types[0])
    name, chosen = QFileDialog.getSaveFileName(parent, title, str(start), ";;".join(types), first)
    if not name:
        return None
    path = completed(Path(name), start=start, types=types, chosen=chosen or first)
    if path != Path(name) and path.exists() and not _may_replace(parent, path):  # the dialog has asked about `name`
        return None
    return path


def completed(path: Path, *, start: Path, types: Sequence[str], chosen: str) -> Path:
    """The path with a suffix that can be written; a type chosen after the name was offered changes it."""
    wanted, known = _suffixes(chosen), [suffix for kind in types for suffix in _suffixes(kind)]
    if path.suffix.lower() not in known:
        return path.with_name(path.name + wanted[0])
    offered_as_it_was = path.suffix == start.suffix and start.suffix.lower() not in wanted
    return path.with_suffix(wanted[0]) if offered_as_it_was else path


class QualityDialog(QDialog):
    """How finely a JPEG is compressed."""

    def __init__(self, parent: QWidget, quality: int, lost: Sequence[str]) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("JPEG quality"))
        self.setMinimumWidth(380)
        body = QWidget()
        rows = Rows(body)
        self.quality = Slider(self.tr("Quality"), low=1, high=100)
        self.quality.set_value(quality)
        rows.add(self.tr("Quality"), self.quality)
        rows.wide(hint(self.tr("Higher keeps more of the picture and makes a larger file; 95 looks like the photo.")))
        for sentence in lost:
            rows.wide(hint(sentence))
        kinds = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(kinds.Save | kinds.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(body)
        layout.addWidget(buttons)


def ask_quality(parent: QWidget, quality: int, lost: Sequence[str] = ()) -> int | None:
    """Return the quality of a JPEG, 1..100, that a person chose, or None; `lost` says what it cannot hold."""
    dialog = QualityDialog(parent, quality, lost)
    return int(dialog.quality.value) if dialog.exec() else None


def _suffixes(kind: str) -> list[str]:
    return re.findall(r"\*(\.\w+)", kind)


def _may_replace(parent: QWidget, path: Path) -> bool:
    buttons = QMessageBox.StandardButton
    text = plain(translate("SaveDialog", "{0} exists already. Replace it?").format(path.name))
    answer = QMessageBox.question(
        parent, translate("SaveDialog", "FaceMend"), text, buttons.Yes | buttons.No, buttons.No
    )
    return answer == buttons.Yes
