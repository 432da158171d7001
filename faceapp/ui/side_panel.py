"""The panel on the right: Restore, Mask, Edges and Faces, one above the other, each to be folded away."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDockWidget, QFrame, QMainWindow, QScrollArea, QToolButton, QVBoxLayout, QWidget

from faceapp.ui import icons
from faceapp.ui.canvas import Canvas
from faceapp.ui.panel_parts import Section
from faceapp.ui.panels import EdgesPanel, FacesPanel, MaskPanel
from faceapp.ui.restore_panel import RestorePanel
from faceapp.ui.store import Store

WIDTH = 316


class SidePanel(QScrollArea):
    """The four panels."""

    def __init__(self, store: Store, canvas: Canvas, actions: dict[str, QAction]) -> None:
        super().__init__(objectName="side", widgetResizable=True)
        self.restore = RestorePanel(store)
        self.mask = MaskPanel(store, canvas, actions)
        self.edges = EdgesPanel(store, canvas, actions)
        self.faces = FacesPanel(actions)
        self.sections = [
            Section(self.tr("Restore"), "restore", self.restore),
            Section(self.tr("Mask"), "mask", self.mask),
            Section(self.tr("Edges"), "edges", self.edges),
            Section(self.tr("Faces"), "frame", self.faces),
        ]
        body = QWidget(objectName="sideBody")
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for section in self.sections:
            layout.addWidget(section)
        layout.addStretch(1)
        self.setWidget(body)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedWidth(WIDTH)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.container: QDockWidget

    def dock(self, window: QMainWindow) -> None:
        """Take the place on the right."""
        self.container = QDockWidget(self.tr("Side panel"), window, objectName="sideDock")
        self.container.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        self.container.setTitleBarWidget(QWidget())
        self.container.setWidget(self)
        window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.container)

    def restyle(self) -> None:
        """Draw the icons again (another theme)."""
        for section in self.sections:
            section.restyle()
        for button in self.findChildren(QToolButton):
            name = button.property("icon_name")
            if name:
                button.setIcon(icons.icon(name))
