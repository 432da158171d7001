"""What an empty window shows: how to begin, and the photos of the last days."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from faceapp.ui.look import icons
from faceapp.ui.look.phrases import on_button, plain
from faceapp.ui.look.widgets import styled

SHOWN_RECENT = 6


class Welcome(QWidget):
    """Open, paste, sample, recent."""

    open_wanted = Signal(object)
    """A `Path` to open."""

    def __init__(self, open_action: QAction, paste_action: QAction, sample: Path) -> None:
        super().__init__()
        self.setObjectName("welcome")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        picture.setPixmap(icons.app_icon().pixmap(72, 72))
        title = styled(QLabel(self.tr("Mend a photo"), alignment=Qt.AlignmentFlag.AlignCenter), "title")
        text = self.tr(
            "Drop photos here, or open them. Paint over the damage, then restore.\nNothing leaves this computer."
        )
        hint = styled(QLabel(text, alignment=Qt.AlignmentFlag.AlignCenter), "muted")
        self.open = styled(QPushButton(self.tr("Open photos…")), "primary")
        self.open.clicked.connect(open_action.trigger)
        self.paste = QPushButton(self.tr("Paste"))
        self.paste.clicked.connect(paste_action.trigger)
        self.sample = QPushButton(self.tr("Try the sample"))
        self.sample.clicked.connect(lambda: self.open_wanted.emit(sample))
        self.sample.setVisible(sample.exists())
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        for button in (self.open, self.paste, self.sample):
            buttons.addWidget(button)
        buttons.addStretch(1)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(4)
        self.recent_title = styled(QLabel(self.tr("Recent"), alignment=Qt.AlignmentFlag.AlignCenter), "muted")
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addStretch(3)
        for widget in (picture, title, hint):
            layout.addWidget(widget)
        layout.addSpacing(6)
        layout.addLayout(buttons)
        layout.addSpacing(10)
        layout.addWidget(self.recent_title)
        layout.addLayout(self._recent)
        layout.addStretch(4)

    def show_recent(self, names: tuple[str, ...]) -> None:
        """List the latest files as buttons."""
        while item := self._recent.takeAt(0):
            if widget := item.widget():
                widget.deleteLater()
        for name in names[:SHOWN_RECENT]:
            path = Path(name)
            button = QPushButton(on_button(path.name), flat=True)
            button.setToolTip(plain(name))
            button.setAccessibleName(self.tr("Open {0}").format(path.name))
            button.clicked.connect(lambda _=False, path=path: self.open_wanted.emit(path))
            self._recent.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        self.recent_title.setVisible(bool(names))
