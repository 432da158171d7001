"""The panel on the right: Restore, Mask, Edges and Faces, one above the other, each to be folded away."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QDockWidget,
    QFrame,
    QMainWindow,
    QScrollArea,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from faceapp.ui.canvas.canvas import Canvas
from faceapp.ui.canvas.toolbox import TOOLS
from faceapp.ui.look.widgets import Section, styled
from faceapp.ui.panels.panels import EdgesPanel, FacesPanel, MaskPanel
from faceapp.ui.panels.restore_panel import RestorePanel
from faceapp.ui.settings_store import Store

WIDTH = 336
VALUES = (QAbstractSpinBox, QComboBox, QSlider)
"""What the wheel would turn."""


class SidePanel(QScrollArea):
    """The four panels."""

    def __init__(self, store: Store, canvas: Canvas, actions: dict[str, QAction]) -> None:
        super().__init__(widgetResizable=True)
        self.setObjectName("side")
        self.restore = RestorePanel(store)
        self.mask_panel = MaskPanel(store, canvas, actions)
        self.edges = EdgesPanel(store, canvas, actions)
        self.faces = FacesPanel(actions)
        self.sections = [
            Section(self.tr("Restore"), "restore", self.restore),
            Section(self.tr("Mask"), "mask", self.mask_panel),
            Section(self.tr("Edges"), "edges", self.edges, open_=False),
            Section(self.tr("Faces"), "frame", self.faces, open_=False),
        ]  # the tools that work on edges and frames unfold theirs
        body = styled(QWidget(), "sideBody")
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for section in self.sections:
            layout.addWidget(section)
        for section in body.findChildren(Section):
            section.head.clicked.connect(partial(self._show_section, section))
        layout.addStretch(1)
        self.setWidget(body)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedWidth(WIDTH)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.container: QDockWidget

        for kind in VALUES:
            for widget in body.findChildren(kind):
                widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
                widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The wheel scrolls the panel; it turns a value only where one has clicked.

        Qt brings the events of the panel's own scroll bars here too.
        """
        guarded = isinstance(watched, VALUES) and not watched.hasFocus()
        if guarded and event.type() == QEvent.Type.Wheel:
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def follow(self, tool: str) -> None:
        """Bring what a tool works on into sight: the section of edges or frames, the wand's tolerance."""
        self.mask_panel.show_tool(tool)
        body = {"edges": self.edges, "frames": self.faces}.get(TOOLS[tool].works_on)
        for section in self.sections:
            if section.body is not body:
                continue
            section.head.setChecked(True)
            self._show_section(section)

    def _show_section(self, section: Section) -> None:
        """Scroll to a section that was unfolded."""
        if section.head.isChecked():
            # Unfolding makes the panel longer, which its scroll bar hears of with the next turn of the event loop.
            QTimer.singleShot(0, partial(self.ensureWidgetVisible, section, 0, 0))

    def dock(self, window: QMainWindow) -> None:
        """Take the place on the right."""
        self.container = styled(QDockWidget(self.tr("Side panel"), window), "sideDock")
        self.container.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        self.container.setTitleBarWidget(QWidget())
        self.container.setWidget(self)
        window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.container)
