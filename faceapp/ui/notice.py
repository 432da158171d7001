"""A line over the canvas that says what went wrong, or asks a small question, without stopping anybody."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from engine import Sentence
from faceapp.ui.look.phrases import spoken
from faceapp.ui.look.widgets import tool_button

MOST_FAILURES = 5
SHOWN, PER_LETTER = 8000, 60
"""Milliseconds that a sentence which is no failure is shown, and more for each letter: it lies over the photo."""


class Notice(QWidget):
    """Hidden until there is something to say."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("strip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.label = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.button = QPushButton(self.tr("OK"))
        self.close_button = tool_button("close", self.tr("Dismiss"))
        self._question: tuple[str, str, Callable[[], None]] | None = None
        """What was asked and not yet answered: sentences may cover it, they never put it away."""
        self._asking = False
        self._failures: list[str] = []
        """What failed and has not been dismissed."""
        self._read = QTimer(self, singleShot=True)
        self._read.timeout.connect(self.clear)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 6, 8, 6)
        layout.addWidget(self.label, 1)
        layout.addWidget(self.button)
        layout.addWidget(self.close_button)
        self.button.clicked.connect(self._answered)
        self.close_button.clicked.connect(self._dismissed)
        self.hide()

    @property
    def text(self) -> str:
        """What it says; empty while hidden."""
        return "" if self.isHidden() else self.label.text()

    def tell(self, said: Sentence | str, *, danger: bool = True) -> None:
        """Say a sentence, one that is no failure for a while; failures stay until they are dismissed, all that come."""
        text = spoken(said)
        failures = [*self._failures, text] if danger else []
        self._failures = list(dict.fromkeys(failures))[-MOST_FAILURES:]
        self._show("\n".join(self._failures) or text, danger=danger)
        self._asking = False
        self.button.hide()
        if not danger:
            self._read.start(SHOWN + PER_LETTER * len(text))

    def ask(self, text: str, button: str, answer: Callable[[], None]) -> None:
        """Say a sentence with one thing to do about it; it stays until it is answered or dismissed."""
        self._question = text, button, answer
        self._failures = []
        self._show(text, danger=False)
        self._asking = True
        self.button.setText(button)
        self.button.show()

    def take_back(self, text: str) -> None:
        """Put this sentence away, if it is shown; other failures stay."""
        others = [failure for failure in self._failures if failure != text]
        if others and others != self._failures:
            self._failures = others
            self._show("\n".join(others), danger=True)
        elif self.text == text:
            self.clear()

    def clear(self) -> None:
        """Put a sentence away; a question that it covered is to be seen again."""
        self._failures = []
        if self._question is not None:
            self.ask(*self._question)
        else:
            self.hide()

    def outdate(self) -> None:
        """Put a sentence away unless it is a failure: of several photos opened, one may not be readable."""
        if not self._failures:
            self.clear()

    def _show(self, text: str, *, danger: bool) -> None:
        self._read.stop()
        self.label.setObjectName("danger" if danger else "")
        self.label.style().unpolish(self.label)
        self.label.style().polish(self.label)
        self.label.setText(text)
        self.setAccessibleName(text)
        self.show()

    def _dismissed(self) -> None:
        if self._asking:
            self._question = None
        self.clear()

    def _answered(self) -> None:
        question, self._question = self._question, None
        self.clear()
        if question is not None:
            question[2]()
