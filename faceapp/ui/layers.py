"""Which overlays are shown: one choice while one works on the photo, another over a result, which begins bare."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from faceapp.ui.canvas.canvas import Canvas
from faceapp.ui.commands.restoring import Restorer

LAYERS = ("mask", "edges", "frames")


class Layers(QObject):
    """Keeps the actions that show and hide overlays and the canvas in step: what they say is what is to be seen."""

    def __init__(self, canvas: Canvas, actions: Mapping[str, QAction], restorer: Restorer) -> None:
        super().__init__(canvas)
        self._canvas, self._restorer = canvas, restorer
        self._actions = {layer: actions[f"show_{layer}"] for layer in LAYERS}
        self._working = dict.fromkeys(LAYERS, True)
        self._over_result: dict[str, bool] | None = None
        for layer, action in self._actions.items():
            action.setChecked(True)
            action.toggled.connect(partial(self._toggled, layer))

    def refresh(self) -> None:
        """What is shown may be another: a result, a running picture, the photo itself; or the tool is another."""
        document = self._canvas.document
        over = document is not None and (document.shown is not None or self._restorer.running)
        if over != (self._over_result is not None):
            self._over_result = dict.fromkeys(LAYERS, False) if over else None
            for layer, shown in (self._over_result or self._working).items():
                self._actions[layer].setChecked(shown)
        self._apply()

    def _toggled(self, layer: str, shown: bool) -> None:
        chosen = self._working if self._over_result is None else self._over_result
        chosen[layer] = shown
        self._apply()

    def _apply(self) -> None:
        chosen, works_on = self._working, None
        if self._over_result is not None:  # a tool for lines needs to see them, over a result too
            chosen, works_on = self._over_result, self._canvas.works_on
        self._canvas.show_layers(
            mask=chosen["mask"],
            edges=chosen["edges"] or works_on == "edges",
            frames=chosen["frames"] or works_on == "frames",
        )
