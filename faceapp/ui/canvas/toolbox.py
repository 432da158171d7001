"""The toolbox, a row a tool: actions, menus, keys and panels look here.

A new tool is a row, its class (in `tools` or `face_tools`) and an icon of its name in resources/icons.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from functools import partial
from typing import Literal

from PySide6.QtCore import QT_TRANSLATE_NOOP

from faceapp.ui.canvas.face_tools import EdgeTool, FrameTool
from faceapp.ui.canvas.picture_tools import BringBackTool, CloneTool, HealTool
from faceapp.ui.canvas.shape_tools import CropTool, StraightenTool
from faceapp.ui.canvas.tools import BoxTool, BrushTool, HandTool, Host, LassoTool, Tool, WandTool

WorksOn = Literal["mask", "edges", "frames", "photo", "view"]


@dataclass(frozen=True, slots=True)
class ToolRow:
    """One tool: its name, which is its icon's too, its key, how it is made for a canvas, and what it works on."""

    name: str
    key: str
    make: Callable[[Host], Tool]
    works_on: WorksOn = "mask"
    """Whose layer is shown while the tool is in hand, and whose panel has a button for it."""
    _: KW_ONLY
    text: object
    tip: object
    """English, as QT_TRANSLATE_NOOP gives it; translated in the context "Actions"."""


_ROWS = (
    ToolRow(
        "brush", "B", BrushTool,
        text=QT_TRANSLATE_NOOP("Actions", "Brush"),
        tip=QT_TRANSLATE_NOOP("Actions", "Paint what is to be restored"),
    ),
    ToolRow(
        "eraser", "E", partial(BrushTool, erase=True),
        text=QT_TRANSLATE_NOOP("Actions", "Eraser"),
        tip=QT_TRANSLATE_NOOP("Actions", "Take away from the mask"),
    ),
    ToolRow(
        "lasso", "L", LassoTool,
        text=QT_TRANSLATE_NOOP("Actions", "Lasso"),
        tip=QT_TRANSLATE_NOOP("Actions", "Draw around it; click for corners"),
    ),
    ToolRow(
        "rectangle", "R", partial(BoxTool, round_shape=False),
        text=QT_TRANSLATE_NOOP("Actions", "Rectangle"),
        tip=QT_TRANSLATE_NOOP("Actions", "Mask a rectangle"),
    ),
    ToolRow(
        "ellipse", "O", partial(BoxTool, round_shape=True),
        text=QT_TRANSLATE_NOOP("Actions", "Ellipse"),
        tip=QT_TRANSLATE_NOOP("Actions", "Mask an ellipse"),
    ),
    ToolRow(
        "wand", "W", WandTool,
        text=QT_TRANSLATE_NOOP("Actions", "Wand"),
        tip=QT_TRANSLATE_NOOP("Actions", "Mask what has one colour"),
    ),
    ToolRow(
        "edge_pencil", "P", partial(EdgeTool, erase=False), "edges",
        text=QT_TRANSLATE_NOOP("Actions", "Edge pencil"),
        tip=QT_TRANSLATE_NOOP("Actions", "Draw edges to follow"),
    ),
    ToolRow(
        "edge_eraser", "X", partial(EdgeTool, erase=True), "edges",
        text=QT_TRANSLATE_NOOP("Actions", "Edge eraser"),
        tip=QT_TRANSLATE_NOOP("Actions", "Erase drawn edges"),
    ),
    ToolRow(
        "frame", "F", FrameTool, "frames",
        text=QT_TRANSLATE_NOOP("Actions", "Face frame"),
        tip=QT_TRANSLATE_NOOP("Actions", "Move, size, turn or draw a frame"),
    ),
    ToolRow(
        "heal", "J", HealTool, "photo",
        text=QT_TRANSLATE_NOOP("Actions", "Heal"),
        tip=QT_TRANSLATE_NOOP("Actions", "Paint over a blemish: it is filled from around it at once"),
    ),
    ToolRow(
        "clone", "N", CloneTool, "photo",
        text=QT_TRANSLATE_NOOP("Actions", "Clone stamp"),
        tip=QT_TRANSLATE_NOOP("Actions", "Alt-click takes the source, strokes copy from there"),
    ),
    ToolRow(
        "bring_back", "Y", BringBackTool, "photo",
        text=QT_TRANSLATE_NOOP("Actions", "Bring back the original"),
        tip=QT_TRANSLATE_NOOP("Actions", "Take a result away where you paint"),
    ),
    ToolRow(
        "crop", "T", CropTool, "photo",
        text=QT_TRANSLATE_NOOP("Actions", "Crop"),
        tip=QT_TRANSLATE_NOOP("Actions", "Draw what is to be left; Return cuts"),
    ),
    ToolRow(
        "straighten", "A", StraightenTool, "photo",
        text=QT_TRANSLATE_NOOP("Actions", "Straighten"),
        tip=QT_TRANSLATE_NOOP("Actions", "Draw a line along what should be level or upright"),
    ),
    ToolRow(
        "hand", "H", HandTool, "view",
        text=QT_TRANSLATE_NOOP("Actions", "Hand"),
        tip=QT_TRANSLATE_NOOP("Actions", "Move the photo (or hold Space)"),
    ),
)  # fmt: skip

TOOLS = {row.name: row for row in _ROWS}
"""By name, in the order of the toolbox, those that work on the same together."""


def actions_for(works_on: WorksOn) -> list[str]:
    """The names of the actions that take the tools of one kind in hand."""
    return [action_of(row.name) for row in TOOLS.values() if row.works_on == works_on]


def action_of(tool: str) -> str:
    """The name of the action that takes a tool in hand."""
    return f"tool_{tool}"
