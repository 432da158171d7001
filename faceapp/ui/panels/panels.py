"""The side panel's Mask, Edges and Faces parts; `restore_panel` is the fourth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QIcon, QPixmap
from PySide6.QtWidgets import QCheckBox, QColorDialog, QLabel, QListWidget, QPushButton, QToolButton, QWidget

import engine
from engine import Likeness
from engine.geometry import Frame
from engine.request import Reference, Underneath
from faceapp.editing.review import Review
from faceapp.editing.viewport import MAX_BRUSH, MIN_BRUSH
from faceapp.settings import Settings
from faceapp.ui.actions import label
from faceapp.ui.canvas.canvas import Canvas
from faceapp.ui.canvas.overlays import chip_image
from faceapp.ui.canvas.toolbox import actions_for
from faceapp.ui.commands.mask_commands import MaskCommands
from faceapp.ui.look.phrases import plain, spoken
from faceapp.ui.look.widgets import Rows, Segments, Slider, hint, row, rule
from faceapp.ui.settings_store import Store

_FACE = 64
"""Side of a reference's picture."""


def action_button(action: QAction) -> QToolButton:
    """A button of a panel that stands for one of the window's actions."""
    button = QToolButton()
    button.setDefaultAction(action)
    button.setIconSize(QSize(18, 18))
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    button.setAccessibleName(label(action.text()))
    return button


class MaskPanel(QWidget):
    """Brush and overlay, and what can be done to the whole mask."""

    def __init__(self, store: Store, canvas: Canvas, actions: dict[str, QAction]) -> None:
        super().__init__()
        self._store, self._canvas = store, canvas
        rows = Rows(self)
        self._blurred = actions["mask_blurred"]
        self.kind = Segments(
            self.tr("Paint"),
            (
                ("missing", self.tr("Missing"), self.tr("Nothing is left: scratched, torn, painted over (red)")),
                ("blurred", self.tr("Blurred"), self.tr("Something is left: soft, small, noisy, compressed (blue)")),
            ),
        )
        rows.add(self.tr("Paint"), self.kind)
        self.brush_size = Slider(self.tr("Size"), low=MIN_BRUSH, high=MAX_BRUSH, suffix=self.tr(" px"), power=3)
        rows.add(self.tr("Size"), self.brush_size)
        self.hardness = Slider(self.tr("Hardness"), low=0, high=100, suffix=" %")
        rows.add(self.tr("Hardness"), self.hardness)
        self.tolerance = Slider(self.tr("Tolerance"), low=0, high=255)
        self.tolerance.setToolTip(self.tr("How different a colour may be that the wand takes along"))
        self._of_wand = (rows.add(self.tr("Tolerance"), self.tolerance), self.tolerance)
        self.show_tool(canvas.tool_name)
        rows.wide(rule())
        self.detect = QPushButton(self.tr("Detect damage"))
        self.detect.setToolTip(actions["mask_detect"].toolTip())
        self.detect.clicked.connect(actions["mask_detect"].trigger)
        rows.wide(self.detect)
        self.sensitivity = Slider(self.tr("Sensitivity"), low=0, high=100, suffix=" %")
        self.sensitivity.setToolTip(self.tr("More finds fainter damage, and more that is none"))
        rows.add(self.tr("Sensitivity"), self.sensitivity)
        self.found = hint("")
        rows.wide(self.found)
        steps = ("previous", "next", "keep", "delete", "keep_all")
        self.review = [action_button(actions[f"review_{name}"]) for name in steps]
        rows.wide(row(*self.review))
        self.show_review(None)
        names = ("invert", "grow", "shrink", "feather", "clear", "import", "export")
        self.buttons = [action_button(actions[f"mask_{name}"]) for name in names]
        rows.wide(row(*self.buttons))
        self.amount = Slider(self.tr("Amount"), low=1, high=100, suffix=self.tr(" px"), power=2)
        self.amount.set_value(4)
        self.amount.setToolTip(self.tr("How far Grow, Shrink and Feather reach"))
        rows.add(self.tr("Amount"), self.amount)
        rows.wide(rule())
        self.color = QToolButton()
        self.color.setToolTip(self.tr("Overlay colour"))
        self.color.setAccessibleName(self.tr("Overlay colour"))
        self.color.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.opacity = Slider(self.tr("Overlay opacity"), low=0, high=100, suffix=" %")
        line = row(self.color, self.opacity, stretch=False)
        line.setStretch(1, 1)
        rows.add(self.tr("Overlay"), line, focus=self.color)
        self._connect()
        self.show_settings(store.value)

    def show_settings(self, value: Settings) -> None:
        """Bring the widgets and the canvas to the settings."""
        canvas = self._canvas
        self.hardness.set_value(value.brush_hardness * 100)
        self.opacity.set_value(value.mask_opacity * 100)
        self.tolerance.set_value(canvas.wand_tolerance)
        self.sensitivity.set_value(value.sensitivity * 100)
        with QSignalBlocker(canvas):
            canvas.brush_size = value.brush_size * canvas.brush_unit
            canvas.brush_hardness = value.brush_hardness
        self.brush_size.set_value(canvas.brush_size)
        if canvas.mask_opacity != value.mask_opacity:
            canvas.mask_opacity = value.mask_opacity
        if canvas.mask_color != QColor(value.mask_color):
            canvas.mask_color = QColor(value.mask_color)
        if canvas.blurred_color != QColor(value.blurred_color):
            canvas.blurred_color = QColor(value.blurred_color)
        self.kind.set_value("blurred" if self._blurred.isChecked() else "missing")
        swatch = QPixmap(QSize(18, 18))
        swatch.fill(QColor(self._color_of(value)))
        self.color.setIcon(QIcon(swatch))

    def follow(self, commands: MaskCommands, actions: dict[str, QAction]) -> None:
        """Tell the commands the Amount; show each state of the review, and enable what can be done in it."""
        reviews, commands.amount = commands.reviews, lambda: self.amount.value

        def show() -> None:
            review = reviews.review
            self.show_review(review)
            piece = None if review is None or not review.looked else review.piece
            self._canvas.outlined = None if piece is None else piece.box
            for name in reviews.handlers().keys() - {"mask_detect"}:
                actions[name].setEnabled(review is not None and review.piece is not None)

        reviews.changed.connect(show)
        reviews.pointed.connect(self._canvas.show_box)
        show()

    def show_tool(self, name: str) -> None:
        """Show what only that tool needs while it is in hand."""
        for widget in self._of_wand:
            widget.setVisible(name == "wand")

    def show_review(self, review: Review | None) -> None:
        """Say what the search found and which piece is looked at."""
        for widget in (self.found, *self.review):
            widget.setVisible(review is not None)
        if review is None:
            return
        count = len(review.pieces)
        if count:
            text = self.tr("Piece {0} of {1}; together {2} of the photo.")
            share = f"{review.share:.2%}"
            self.found.setText(text.format(review.index % count + 1, count, share))
        elif review.finds.pieces:
            self.found.setText(self.tr("Every piece is decided."))
        else:
            self.found.setText(self.tr("Nothing is found at this sensitivity."))

    def _connect(self) -> None:
        store, canvas = self._store, self._canvas
        self.brush_size.changed.connect(self._sized)
        self.hardness.changed.connect(lambda h: store.put(replace(store.value, brush_hardness=h / 100)))
        self.opacity.changed.connect(lambda o: store.put(replace(store.value, mask_opacity=o / 100)))
        self.tolerance.changed.connect(lambda t: setattr(canvas, "wand_tolerance", int(t)))
        self.sensitivity.changed.connect(lambda s: store.put(replace(store.value, sensitivity=s / 100)))
        canvas.size_changed.connect(self._sized)
        canvas.hardness_changed.connect(lambda h: store.put(replace(store.value, brush_hardness=h)))
        self.color.clicked.connect(self._choose_color)
        self.kind.chosen.connect(lambda kind: self._blurred.setChecked(kind == "blurred"))
        self._blurred.toggled.connect(lambda _on: self.show_settings(store.value))
        store.changed.connect(lambda _before, value: self.show_settings(value))

    def _sized(self, pixels: float) -> None:
        """A brush has a size in photo pixels; what is remembered follows the photo's size."""
        self._store.put(replace(self._store.value, brush_size=pixels / self._canvas.brush_unit))

    def _color_of(self, value: Settings) -> str:
        """Of the kind of damage that is painted."""
        return value.blurred_color if self._blurred.isChecked() else value.mask_color

    def _choose_color(self) -> None:
        value = self._store.value
        color = QColorDialog.getColor(QColor(self._color_of(value)), self, self.tr("Overlay colour"))
        if color.isValid():
            name, value = color.name(), self._store.value
            blurred = self._blurred.isChecked()
            self._store.put(replace(value, blurred_color=name) if blurred else replace(value, mask_color=name))


class EdgesPanel(QWidget):
    """Canny thresholds, the overlay, and the tools that edit the drawn edges."""

    thresholds_changed = Signal()

    def __init__(self, store: Store, canvas: Canvas, actions: dict[str, QAction]) -> None:
        super().__init__()
        self._store, self._canvas = store, canvas
        rows = Rows(self)
        self.show_live = QCheckBox(self.tr("Show edges of what is visible"))
        self.show_live.setChecked(True)
        rows.wide(self.show_live)
        self.automatic = QCheckBox(self.tr("Choose thresholds from the picture"))
        rows.wide(self.automatic)
        self.low = Slider(self.tr("Low threshold"), low=0, high=engine.CANNY_MOST, power=2)
        rows.add(self.tr("Low"), self.low, focus=self.low.slider)
        self.high = Slider(self.tr("High threshold"), low=0, high=engine.CANNY_MOST, power=2)
        rows.add(self.tr("High"), self.high, focus=self.high.slider)
        self.opacity = Slider(self.tr("Edge opacity"), low=0, high=100, suffix=" %")
        rows.add(self.tr("Opacity"), self.opacity, focus=self.opacity.slider)
        rows.wide(rule())
        names = (*actions_for("edges"), "edges_clear")
        self.buttons = [action_button(actions[name]) for name in names]
        rows.add(self.tr("Draw"), row(*self.buttons), focus=self.buttons[0])
        self.again = QPushButton(self.tr("Fill again from edges"))
        self.again.setToolTip(actions["fill_again"].toolTip())
        self.again.clicked.connect(actions["fill_again"].trigger)
        rows.wide(self.again)
        rows.wide(hint(self.tr("Blue: edges seen in the photo. Yellow: edges drawn inside the mask.")))
        self._connect()
        self.show_settings(store.value)

    def show_settings(self, value: Settings) -> None:
        """Bring the widgets and the canvas to the settings."""
        automatic = value.canny_low is None and value.canny_high is None
        with QSignalBlocker(self.automatic):
            self.automatic.setChecked(automatic)
        self.low.set_value(engine.CANNY_LOW if value.canny_low is None else value.canny_low)
        self.high.set_value(engine.CANNY_HIGH if value.canny_high is None else value.canny_high)
        for slider in (self.low, self.high):
            slider.setEnabled(not automatic)
        self.opacity.set_value(value.edge_opacity * 100)
        if self._canvas.edge_opacity != value.edge_opacity:
            self._canvas.edge_opacity = value.edge_opacity

    def _connect(self) -> None:
        store = self._store
        self.automatic.toggled.connect(self._thresholds)
        self.low.changed.connect(self._thresholds)
        self.high.changed.connect(self._thresholds)
        self.opacity.changed.connect(lambda o: store.put(replace(store.value, edge_opacity=o / 100)))
        self.show_live.toggled.connect(lambda _on: self.thresholds_changed.emit())
        store.changed.connect(lambda _before, value: self.show_settings(value))

    def _thresholds(self) -> None:
        """Keep low under high, whichever moved."""
        value, low, high = self._store.value, self.low.value, self.high.value
        if self.sender() is self.low:
            high = max(low, high)
        else:
            low = min(low, high)
        if self.automatic.isChecked():
            self._store.put(replace(value, canny_low=None, canny_high=None))
        else:
            self._store.put(replace(value, canny_low=low, canny_high=high))
        self.thresholds_changed.emit()


class FacesPanel(QWidget):
    """The frames of the faces."""

    selected = Signal(int)

    def __init__(self, actions: dict[str, QAction]) -> None:
        super().__init__()
        rows = Rows(self)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Faces"))
        self.list.setFixedHeight(88)
        rows.wide(self.list)
        self.find_button = QPushButton(self.tr("Find faces"))
        self.find_button.clicked.connect(actions["faces_find"].trigger)
        self.buttons = [action_button(actions[name]) for name in (*actions_for("frames"), "faces_fit", "faces_delete")]
        line = row(self.find_button, *self.buttons, stretch=False)
        line.setStretch(0, 1)
        rows.wide(line)
        self.sharpen = QPushButton(self.tr("Sharpen face"))
        self.sharpen_all = QPushButton(self.tr("Sharpen all faces"))
        for button, name in ((self.sharpen, "faces_sharpen"), (self.sharpen_all, "faces_sharpen_all")):
            button.setToolTip(actions[name].toolTip())
            button.clicked.connect(actions[name].trigger)
        rows.wide(row(self.sharpen, self.sharpen_all))
        self.hint = hint("")
        rows.wide(self.hint)
        self.changed = hint("")
        rows.wide(self.changed)
        rows.wide(rule())
        names = ("reference_photo", "reference_mirror", "reference_none")
        self.reference_buttons = [action_button(actions[name]) for name in names]
        rows.add(self.tr("Reference"), row(*self.reference_buttons), focus=self.reference_buttons[0])
        self.reference_face, self.reference = QLabel(), hint("")
        line = row(self.reference_face, self.reference, stretch=False)
        line.setStretch(1, 1)
        rows.wide(line)
        self.show_frames((), 0)
        self.show_likeness(())
        self.show_reference(None)
        self.list.currentRowChanged.connect(lambda index: self.selected.emit(index) if index >= 0 else None)

    def show_reference(self, reference: Underneath | None) -> None:
        """Say, and show, what is laid under what is missing."""
        second = reference if isinstance(reference, Reference) else None
        self.reference_face.setVisible(second is not None)
        if second is not None:
            name = self.tr("the photo") if second.path is None else second.path.name
            text = self.tr("The face of {0} is laid under what is missing.").format(name)
            picture = QPixmap.fromImage(chip_image(second.chip))
            picture.setDevicePixelRatio(picture.width() / _FACE)
            self.reference_face.setPixmap(picture)
        elif reference == "mirror":
            text = self.tr(
                "The other half of the face is laid under what is missing, mirrored: for faces that look ahead."
            )
        else:
            text = self.tr("None: the networks draw what is missing.")
        self.reference.setText(plain(text))

    def show_likeness(self, found: Sequence[Likeness]) -> None:
        """Say of each face of the shown variant how much of it changed."""
        lines = []
        for number, like in enumerate(found, 1):
            text = self.tr(
                "Face {0}, at full strength: {1} % of what is marked changed visibly, colours by {2} on average"
            )
            line = text.format(number, round(100 * like.share), f"{like.colour:.1f}")
            if not math.isnan(like.identity):
                line += self.tr("; distance to the face before {0}").format(f"{like.identity:.2f}")
            lines.append(line)
            lines += [spoken(like.note)] if like.note is not None else []
        self.changed.setText("\n".join(lines))
        self.changed.setVisible(bool(lines))

    def show_frames(self, frames: tuple[Frame, ...], selected: int) -> None:
        """List the frames, and say what can be done with them."""
        self.hint.setText(
            self.tr(
                "Frame tool: drag a frame to move it, its corners to scale it, its handle to turn it.\n"
                "The rings are where the eyes belong; Fit frame to face lays them there."
            )
            if frames
            else self.tr("No frame: faces are found by themselves when you restore.")
        )
        with QSignalBlocker(self.list):
            self.list.clear()
            for number, frame in enumerate(frames, 1):
                text = self.tr("Face {0}: {1} px").format(number, round(frame.side))
                turned = self.tr(", turned {0}°").format(round(frame.angle)) if abs(frame.angle) >= 1 else ""
                self.list.addItem(text + turned)
            if frames:
                self.list.setCurrentRow(selected)
