"""The strips under the canvas: a run's steps to scrub through, variants to choose from, the open photos."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListView,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from engine.geometry import U8
from engine.progress import Preview
from faceapp.editing.display import rgb8, shrunk
from faceapp.editing.document import Document, Variant
from faceapp.ui.commands.workspace import OpenPhoto
from faceapp.ui.look import icons
from faceapp.ui.look.phrases import plain, spoken
from faceapp.ui.look.widgets import styled, tool_button

THUMB = 60
STRIP_HEIGHT = THUMB + 48
"""A picture, its caption and a scroll bar."""
METHODS = {"telea": "Telea", "ns": "Navier-Stokes", "patchmatch": "PatchMatch"}
"""Names of the methods that have no seed."""
MAX_SHOWN_STEPS = 48
"""More steps than this are shown as that many, evenly picked."""


def rgb_pixmap(rgb: U8) -> QPixmap:
    """A pixmap of (H, W, 3) uint8 RGB."""
    pixels = np.ascontiguousarray(rgb)
    height, width = pixels.shape[:2]
    image = QImage(pixels.data, width, height, width * 3, QImage.Format.Format_RGB888)
    return QPixmap.fromImage(image)  # copies


def thumb(rgb: U8, side: int = THUMB) -> QPixmap:
    """A pixmap of (H, W, 3) uint8 RGB that fits a square, drawn at twice the density."""
    factor = max(1, max(rgb.shape[:2]) // (4 * side))
    fitted = rgb_pixmap(shrunk(rgb, factor)).scaled(
        side * 2,
        side * 2,
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    fitted.setDevicePixelRatio(2)
    return fitted


def variant_thumb(document: Document, variant: Variant) -> QPixmap:
    """What a variant changed, with a little of the photo around it."""
    if variant.previews:
        return thumb(variant.previews[-1].chip)
    return thumb(rgb8(variant.pixels))


class _Thumbs(QListWidget):
    """One row of pictures."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName("thumbs")
        self.setAccessibleName(name)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setMovement(QListView.Movement.Static)
        self.setIconSize(QSize(THUMB, THUMB))
        self.setSpacing(2)
        self.setHorizontalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)

    def append(self, picture: QPixmap, text: str, tip: str) -> None:
        item = QListWidgetItem(_steady(picture), text)
        item.setToolTip(plain(tip))
        item.setData(Qt.ItemDataRole.AccessibleTextRole, tip)
        item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.addItem(item)


def _steady(picture: QPixmap) -> QIcon:
    """An icon that is not tinted when its item is selected."""
    icon = QIcon(picture)
    icon.addPixmap(picture, QIcon.Mode.Selected)
    return icon


class StepsStrip(QWidget):
    """Every step's picture of the chosen variant; the slider scrubs through them."""

    scrubbed = Signal(object)
    """The `Preview` to show; None for the finished picture."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("strip")
        self._previews: list[Preview] = []
        self.caption = styled(QLabel(self.tr("Steps")), "heading")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(self.tr("Step"))
        self.slider.setMinimumWidth(110)
        self.where = styled(QLabel(), "muted")
        self.thumbs = _Thumbs(self.tr("Steps of the run"))
        head = QVBoxLayout()
        head.addWidget(self.caption)
        head.addWidget(self.slider)
        head.addWidget(self.where)
        head.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 6, 6, 4)
        layout.addLayout(head)
        layout.addWidget(self.thumbs, 1)
        self.setFixedHeight(STRIP_HEIGHT)
        self.slider.valueChanged.connect(self._scrub)
        self.thumbs.currentRowChanged.connect(self._picked)

    @property
    def count(self) -> int:
        return len(self._previews)

    def show_steps(self, previews: Sequence[Preview]) -> None:
        """Show the steps of a finished run, the last one chosen."""
        self._previews = evenly(previews, MAX_SHOWN_STEPS)
        with QSignalBlocker(self.thumbs), QSignalBlocker(self.slider):
            self.thumbs.clear()
            for preview in self._previews:
                self._append(preview)
            self._choose(len(self._previews) - 1)
        self.setVisible(len(self._previews) > 1)  # one step is the result itself

    def _append(self, preview: Preview) -> None:
        tip = self.tr("Step {0} of {1}").format(preview.index, preview.total)
        if preview.faces > 1:
            tip = self.tr("Face {0}, ").format(preview.face + 1) + tip
        self.thumbs.append(thumb(preview.chip), str(preview.index), tip)

    def _choose(self, row: int) -> None:
        self.slider.setRange(0, max(0, len(self._previews) - 1))
        self.slider.setValue(row)
        self.thumbs.setCurrentRow(row)
        self._tell(row)

    def _tell(self, row: int) -> None:
        if 0 <= row < len(self._previews):
            preview = self._previews[row]
            self.where.setText(self.tr("{0} of {1}").format(preview.index, preview.total))

    def _picked(self, row: int) -> None:
        if row >= 0:
            self.slider.setValue(row)

    def _scrub(self, row: int) -> None:
        with QSignalBlocker(self.thumbs):
            self.thumbs.setCurrentRow(row)
        self._tell(row)
        last = row >= len(self._previews) - 1
        self.scrubbed.emit(None if last else self._previews[row])


class VariantsStrip(QWidget):
    """The finished runs; one can be kept."""

    chosen = Signal(int)
    """The variant to show; -1 for the photo without any."""
    keep_wanted = Signal()
    discard_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("strip")
        self._shown: tuple[Variant, ...] = ()
        self.thumbs = _Thumbs(self.tr("Variants"))
        self.keep = styled(QPushButton(self.tr("Keep")), "primary")
        self.keep.setToolTip(self.tr("Put it into the photo"))
        self.discard = QPushButton(self.tr("Discard"))
        self.discard.setToolTip(self.tr("Throw this variant away"))
        self.keep.clicked.connect(self.keep_wanted)
        self.discard.clicked.connect(self.discard_wanted)
        buttons = QVBoxLayout()
        buttons.setSpacing(6)
        buttons.addWidget(styled(QLabel(self.tr("Variants")), "heading"))
        buttons.addWidget(self.keep)
        buttons.addWidget(self.discard)
        buttons.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 6, 6, 4)
        layout.addLayout(buttons)
        layout.addWidget(self.thumbs, 1)
        self.setFixedHeight(STRIP_HEIGHT)
        self.thumbs.currentRowChanged.connect(self.chosen)

    def show_variants(self, document: Document | None) -> None:
        """List the results of a document and mark the one that is shown."""
        results = () if document is None else document.results
        with QSignalBlocker(self.thumbs):
            if len(results) != len(self._shown) or any(a is not b for a, b in zip(results, self._shown, strict=False)):
                self.thumbs.clear()
                for variant in results:
                    assert document is not None
                    method = METHODS.get(variant.method, variant.method)
                    name = self.tr("Seed {0}").format(variant.seed) if variant.previews else method
                    self.thumbs.append(variant_thumb(document, variant), self._short(name), self._tip(variant))
                self._shown = results
            at = next((i for i, v in enumerate(results) if document and v is document.shown), -1)
            self.thumbs.setCurrentRow(at)
            if at < 0:
                self.thumbs.clearSelection()
        self.keep.setEnabled(at >= 0)
        self.discard.setEnabled(bool(results))
        self.setVisible(bool(results))

    def _short(self, name: str) -> str:
        return self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, THUMB + 14)

    def _tip(self, variant: Variant) -> str:
        text = self.tr("Seed {0}, {1} s on {2}").format(variant.seed, f"{variant.seconds:.1f}", variant.device)
        return text if not variant.notes else text + "\n" + "\n".join(spoken(note) for note in variant.notes)


class FilmStrip(QWidget):
    """The open photos."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("strip")
        self.thumbs = _Thumbs(self.tr("Open photos"))
        self.previous = tool_button("previous", self.tr("Previous photo"))
        self.next = tool_button("next", self.tr("Next photo"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 6, 6, 4)
        layout.addWidget(self.previous)
        layout.addWidget(self.thumbs, 1)
        layout.addWidget(self.next)
        self.setFixedHeight(STRIP_HEIGHT)
        self.thumbs.currentRowChanged.connect(self.chosen)
        self.previous.clicked.connect(lambda: self._step(-1))
        self.next.clicked.connect(lambda: self._step(1))

    def show_photos(self, photos: Sequence[OpenPhoto], current: int) -> None:
        """List the photos."""
        with QSignalBlocker(self.thumbs):
            self.thumbs.clear()
            for photo in photos:
                self.thumbs.append(_photo_thumb(photo.document), self._name(photo), photo.title)
            self.thumbs.setCurrentRow(current)
        self.setVisible(len(photos) > 1)

    def mark(self, photos: Sequence[OpenPhoto], current: int) -> None:
        """Show which are unsaved and which one is in front."""
        with QSignalBlocker(self.thumbs):
            for row, photo in enumerate(photos):
                item = self.thumbs.item(row)
                if item is not None:
                    item.setText(self._name(photo))
            self.thumbs.setCurrentRow(current)

    def _name(self, photo: OpenPhoto) -> str:
        room = self.fontMetrics().elidedText(photo.title, Qt.TextElideMode.ElideMiddle, THUMB + 14)
        return f"• {room}" if photo.document.dirty else room

    def _step(self, by: int) -> None:
        count = self.thumbs.count()
        if count:
            self.thumbs.setCurrentRow((self.thumbs.currentRow() + by) % count)


def _photo_thumb(document: Document) -> QPixmap:
    step = max(document.size.width, document.size.height) // (3 * THUMB)
    return thumb(rgb8(document.picture.sampled(max(1, step))))


def evenly(items: Sequence[Preview], most: int) -> list[Preview]:
    """At most `most` of the items, evenly picked, the last one among them."""
    if len(items) <= most:
        return list(items)
    return [items[round((i + 1) * len(items) / most) - 1] for i in range(most)]


def refresh_icons(strip: FilmStrip) -> None:
    """Draw the strip's own icons again (another theme)."""
    strip.previous.setIcon(icons.icon("previous"))
    strip.next.setIcon(icons.icon("next"))
