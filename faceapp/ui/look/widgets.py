"""What the panels are made of: collapsible sections, rows with captions in line, sliders with numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar, get_args

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDoubleSpinBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from faceapp.ui.look import icons

W = TypeVar("W", bound=QWidget)
B = TypeVar("B", QSpinBox, QDoubleSpinBox)

TICKS = 1000
CAPTION_WIDTH = 84
"""Least width of the captions' column: it keeps the fields of all panels in line."""


class Section(QWidget):
    """A titled part of the side panel that folds away."""

    toggled = Signal(bool)

    def __init__(self, title: str, icon_name: str, body: QWidget, *, open_: bool = True) -> None:
        super().__init__()
        self.head = styled(QToolButton(), "section")
        self.head.setText(f" {title}")
        self.head.setCheckable(True)
        self.head.setChecked(open_)
        self.head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.head.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.head.setIconSize(QSize(16, 16))
        self.head.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.head.setAccessibleName(title)
        self.body = body
        self._icon_name = icon_name
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 1)
        layout.setSpacing(0)
        layout.addWidget(self.head)
        layout.addWidget(body)
        body.setVisible(open_)
        self._arrow = QLabel(self.head)
        self._arrow.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        inside = QHBoxLayout(self.head)
        inside.setContentsMargins(0, 0, 10, 0)
        inside.addStretch(1)
        inside.addWidget(self._arrow)
        self.head.setMinimumHeight(30)
        self.head.toggled.connect(body.setVisible)
        self.head.toggled.connect(self.restyle)
        self.head.toggled.connect(self.toggled)
        self.restyle()

    def restyle(self) -> None:
        """Draw the icon again (another theme)."""
        self.head.setIcon(icons.toggle(self._icon_name, size=16))
        arrow = "chevron_down" if self.head.isChecked() else "chevron_right"
        self._arrow.setPixmap(icons.toggle(arrow, size=14).pixmap(14, 14))


class Rows(QGridLayout):
    """Rows of caption and field."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setContentsMargins(12, 10, 12, 12)
        self.setHorizontalSpacing(8)
        self.setVerticalSpacing(8)
        self.setColumnMinimumWidth(0, CAPTION_WIDTH)
        self.setColumnStretch(1, 1)

    def add(self, caption: str, field: QWidget | QHBoxLayout, *, focus: QWidget | None = None) -> QLabel:
        """Add a row; the caption names the field for screen readers and brings the focus to it."""
        label = QLabel(caption)
        row = self.rowCount()
        self.addWidget(label, row, 0)
        target = focus if focus is not None else field if isinstance(field, QWidget) else None
        if isinstance(field, QWidget):
            self.addWidget(field, row, 1)
        else:
            self.addLayout(field, row, 1)
        if target is not None:
            label.setBuddy(target)
            if not target.accessibleName():
                target.setAccessibleName(caption)
        return label

    def wide(self, field: QWidget | QHBoxLayout) -> None:
        """Add a row without a caption."""
        row = self.rowCount()
        if isinstance(field, QWidget):
            self.addWidget(field, row, 0, 1, 2)
        else:
            self.addLayout(field, row, 0, 1, 2)


class Slider(QWidget):
    """A slider with its number beside it; `power` over 1 gives small values more room."""

    changed = Signal(float)
    """A person moved it."""

    def __init__(
        self,
        name: str,
        *,
        low: float,
        high: float,
        suffix: str = "",
        decimals: int = 0,
        power: float = 1.0,
        step: float = 1.0,
    ) -> None:
        super().__init__()
        self._low, self._high, self._power = low, high, power
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, TICKS)
        self.slider.setAccessibleName(name)
        self.slider.setPageStep(TICKS // 10)
        self.slider.setSingleStep(max(1, round(TICKS * step / (high - low))) if power == 1 else 5)
        self.number = number_box(QDoubleSpinBox(minimum=low, maximum=high, decimals=decimals, suffix=suffix))
        self.number.setSingleStep(step)
        self.number.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.number.setAccessibleName(name)
        self.number.setFixedWidth(80)
        self.number.setKeyboardTracking(False)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.slider, 1)
        layout.addWidget(self.number)
        self.setFocusProxy(self.slider)
        self.slider.valueChanged.connect(self._slid)
        self.number.valueChanged.connect(self._typed)

    @property
    def value(self) -> float:
        return self.number.value()

    def set_value(self, value: float) -> None:
        """Show a value without saying `changed`."""
        with QSignalBlocker(self.number), QSignalBlocker(self.slider):
            self.number.setValue(value)
            self.slider.setValue(self._ticks(value))

    def _ticks(self, value: float) -> int:
        share = (value - self._low) / (self._high - self._low)
        return int(TICKS * max(share, 0.0) ** (1 / self._power) + 0.5)

    def _slid(self, ticks: int) -> None:
        value = self._low + (self._high - self._low) * (ticks / TICKS) ** self._power
        with QSignalBlocker(self.number):
            self.number.setValue(value)
        self.changed.emit(self.number.value())

    def _typed(self, value: float) -> None:
        with QSignalBlocker(self.slider):
            self.slider.setValue(self._ticks(value))
        self.changed.emit(value)


class Segments(QWidget):
    """A row of buttons of which one is down, or none."""

    chosen = Signal(str)

    def __init__(self, name: str, choices: Sequence[tuple[str, str, str]]) -> None:
        """`choices`: (value, text, tool tip) each."""
        super().__init__()
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QPushButton] = {}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for value, text, tip in choices:
            button = styled(QPushButton(text), "segment")
            button.setCheckable(True)
            button.setToolTip(tip)
            button.setAccessibleName(f"{name}: {text}")
            button.setMinimumWidth(button.fontMetrics().horizontalAdvance(text) + 14)
            button.clicked.connect(lambda _=False, value=value: self.chosen.emit(value))
            self._group.addButton(button)
            self._buttons[value] = button
            layout.addWidget(button, 1)
        self.setFocusProxy(next(iter(self._buttons.values())))

    def set_value(self, value: str | None) -> None:
        """Show a choice, or that it is none of them."""
        self._group.setExclusive(False)
        for name, button in self._buttons.items():
            button.setChecked(name == value)
        self._group.setExclusive(value is not None)


def choice_box(kind: object, texts: Mapping[str, str]) -> QComboBox:
    """A box to choose one of the names of `kind` (a Literal) from, by `texts` where people know it by another."""
    box = QComboBox()
    for name in get_args(kind):
        box.addItem(texts.get(name, name), name)
    return box


def choose(box: QComboBox, name: str) -> None:
    """Show one of a box's names."""
    box.setCurrentIndex(max(0, box.findData(name)))


def tool_button(icon_name: str, tip: str) -> QToolButton:
    """A small button with an icon; the tip is its name for screen readers too."""
    button = QToolButton()
    button.setToolTip(tip)
    button.setProperty("icon_name", icon_name)
    button.setIcon(icons.icon(icon_name))
    button.setIconSize(QSize(18, 18))
    button.setAccessibleName(tip)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button


def refresh_icons(parent: QWidget) -> None:
    """Draw the icons of the small buttons and the sections in a widget again (another theme)."""
    for section in parent.findChildren(Section):
        section.restyle()
    for button in parent.findChildren(QToolButton):
        if name := button.property("icon_name"):
            button.setIcon(icons.icon(name))


def styled(widget: W, name: str) -> W:
    """Give a widget the name by which the style sheet knows it."""
    widget.setObjectName(name)
    return widget


def number_box(box: B) -> B:
    """Leave a little room beside a box's number: the style sheet's padding does not reach inside."""
    box.lineEdit().setTextMargins(4, 0, 4, 0)
    return box


def hint(text: str) -> QLabel:
    """A line of small print."""
    label = styled(QLabel(text, wordWrap=True), "muted")
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.MinimumExpanding)
    return label


def rule() -> QFrame:
    """A thin line between groups."""
    return styled(QFrame(), "rule")


def row(*widgets: QWidget, stretch: bool = True) -> QHBoxLayout:
    """Widgets side by side; `stretch`: pushed to the left."""
    layout = QHBoxLayout()
    layout.setSpacing(4)
    for widget in widgets:
        layout.addWidget(widget)
    if stretch:
        layout.addStretch(1)
    return layout
