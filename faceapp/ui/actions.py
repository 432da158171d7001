"""Everything the window can be asked to do: names, icons, shortcuts; the menus and bars made of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtGui import QAction, QActionGroup, QIcon, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QToolBar, QToolButton

from faceapp.jobs import JobDoor
from faceapp.ui.canvas.toolbox import TOOLS, ToolRow, action_of
from faceapp.ui.commands.workspace import Workspace
from faceapp.ui.look import icons
from faceapp.ui.look.phrases import on_button

translate = QCoreApplication.translate


@dataclass(frozen=True, slots=True)
class Spec:
    """One action: its text, its icon, its shortcuts (the first is shown)."""

    name: str
    text: str
    icon: str = ""
    keys: tuple[str, ...] = ()
    checkable: bool = False
    tip: str = ""


def file_specs() -> list[Spec]:
    return [
        Spec("open", translate("Actions", "&Open…"), "open", ("Ctrl+O",)),
        Spec("paste", translate("Actions", "&Paste as new photo"), "", ("Ctrl+V",)),
        Spec("save", translate("Actions", "&Save"), "save", ("Ctrl+S",)),
        Spec("save_as", translate("Actions", "Save &as…"), "", ("Ctrl+Shift+S",)),
        Spec("save_all", translate("Actions", "Save a&ll"), "", ("Ctrl+Alt+S",)),
        Spec("save_project", translate("Actions", "Save pro&ject…"), "", ("Ctrl+Shift+P",)),
        Spec("batch", translate("Actions", "&Batch…"), "batch", ("Ctrl+Shift+B",)),
        Spec("close", translate("Actions", "&Close photo"), "", ("Ctrl+W",)),
        Spec("quit", translate("Actions", "&Quit"), "", ("Ctrl+Q",)),
    ]


def edit_specs() -> list[Spec]:
    return [
        Spec("undo", translate("Actions", "&Undo"), "undo", ("Ctrl+Z",)),
        Spec("redo", translate("Actions", "&Redo"), "redo", ("Ctrl+Shift+Z", "Ctrl+Y")),
        Spec("copy", translate("Actions", "&Copy picture"), "", ("Ctrl+C",)),
        Spec("turn_left", translate("Actions", "Turn &left"), "turn_left", ("Ctrl+Shift+L",)),
        Spec("turn_right", translate("Actions", "Turn r&ight"), "turn_right", ("Ctrl+Shift+R",)),
        Spec("mirror", translate("Actions", "&Mirror"), "mirror", ("Ctrl+Shift+H",)),
        Spec("enlarge_2", translate("Actions", "Enlarge &twice")),
        Spec("enlarge_4", translate("Actions", "Enlarge f&our times")),
        Spec("preferences", translate("Actions", "Pre&ferences…"), "settings", ("Ctrl+,",)),
    ]


def tool_specs() -> list[Spec]:
    return [_tool_spec(row) for row in TOOLS.values()]


def _tool_spec(row: ToolRow) -> Spec:
    text, tip = (translate("Actions", str(said)) for said in (row.text, row.tip))
    return Spec(action_of(row.name), text, row.name, (row.key,), True, tip)


def mask_specs() -> list[Spec]:
    return [
        Spec(
            "mask_detect", translate("Actions", "&Detect damage"), "detect", ("Ctrl+D",),
            tip=translate("Actions", "Mask scratches, folds, blots and dust"),
        ),
        Spec("review_previous", translate("Actions", "Pre&vious piece"), "previous", ("Shift+F3",)),
        Spec("review_next", translate("Actions", "&Next piece"), "next", ("F3",)),
        Spec("review_keep", translate("Actions", "&Keep piece"), "keep", ("F4",)),
        Spec("review_delete", translate("Actions", "De&lete piece"), "delete", ("Shift+F4",)),
        Spec("review_keep_all", translate("Actions", "Keep &all pieces"), "mask", ("Ctrl+F4",)),
        Spec("mask_invert", translate("Actions", "&Invert"), "invert", ("Ctrl+I",)),
        Spec("mask_grow", translate("Actions", "&Grow"), "grow", ("Ctrl+]",)),
        Spec("mask_shrink", translate("Actions", "&Shrink"), "shrink", ("Ctrl+[",)),
        Spec("mask_feather", translate("Actions", "&Feather"), "feather", ("Shift+F6",)),
        Spec("mask_clear", translate("Actions", "&Clear mask"), "clear", ("Ctrl+Backspace",)),
        Spec(
            "mask_blurred", translate("Actions", "Paint as &blurred"), "blurred", ("U",), True,
            translate("Actions", "All mask tools paint what is soft (blue), not what is missing (red)"),
        ),
        Spec("mask_import", translate("Actions", "I&mport mask…"), "import", ("Ctrl+M",)),
        Spec("mask_export", translate("Actions", "&Export mask…"), "export", ("Ctrl+Shift+M",)),
    ]  # fmt: skip


def restore_specs() -> list[Spec]:
    return [
        Spec(
            "restore", translate("Actions", "&Restore"), "restore", ("Ctrl+Return", "Ctrl+Enter"),
            tip=translate("Actions", "Fill what is masked"),
        ),
        Spec(
            "fill_again", translate("Actions", "Fill again from &edges"), "again", ("Ctrl+Shift+Return",),
            tip=translate("Actions", "Fill once more, following the edges as they are drawn now"),
        ),
        Spec("cancel", translate("Actions", "&Cancel"), "cancel", ("Esc",)),
        Spec("keep", translate("Actions", "&Keep variant"), "keep", ("Ctrl+K",)),
        Spec("discard", translate("Actions", "&Discard variant"), "discard", ("Ctrl+Delete",)),
        Spec("new_seed", translate("Actions", "Another &seed"), "dice", ("Ctrl+R",)),
        Spec("faces_find", translate("Actions", "&Find faces"), "find", ("Ctrl+F",)),
        Spec(
            "faces_fit", translate("Actions", "Fit frame to f&ace"), "fit_face", ("Ctrl+Shift+F",),
            tip=translate("Actions", "Turn a box drawn around a head into the frame of its face"),
        ),
        Spec(
            "faces_sharpen", translate("Actions", "S&harpen face"), "sharpen", ("Ctrl+E",),
            tip=translate("Actions", "Mark the active frame's face as blurred"),
        ),
        Spec(
            "faces_sharpen_all", translate("Actions", "Sharpe&n all faces"), "", ("Ctrl+Shift+E",),
            tip=translate("Actions", "Mark all faces as blurred"),
        ),
        Spec("changes_export", translate("Actions", "E&xport change map…"), ""),
        Spec(
            "layers_export", translate("Actions", "Export la&yers…"), "",
            tip=translate("Actions", "Photo, fill and mask as an OpenRaster file, for Krita, GIMP and others"),
        ),
        Spec(
            "reference_photo", translate("Actions", "Reference pho&to…"), "photo",
            tip=translate("Actions", "Lay the face of another photo of this person under what is masked"),
        ),
        Spec(
            "reference_mirror", translate("Actions", "&Mirrored half as reference"), "mirror",
            tip=translate("Actions", "Lay the other half of the face under what is masked"),
        ),
        Spec(
            "reference_none", translate("Actions", "N&o reference"), "close",
            tip=translate("Actions", "Let the networks draw what is missing"),
        ),
        Spec("faces_delete", translate("Actions", "De&lete frame"), "delete", ("Ctrl+Shift+Delete",)),
        Spec("edges_clear", translate("Actions", "Clear dra&wn edges"), "clear", ("Ctrl+Shift+X",)),
    ]  # fmt: skip


def view_specs() -> list[Spec]:
    return [
        Spec("zoom_in", translate("Actions", "Zoom &in"), "zoom_in", ("+", "=")),
        Spec("zoom_out", translate("Actions", "Zoom &out"), "zoom_out", ("-",)),
        Spec("fit", translate("Actions", "&Fit to window"), "fit", ("0",)),
        Spec("actual", translate("Actions", "&Actual pixels"), "actual", ("1",)),
        Spec(
            "compare", translate("Actions", "&Before and after"), "compare", ("C",), True,
            translate("Actions", "Show the original (or hold Tab)"),
        ),
        Spec("split", translate("Actions", "&Split view"), "split", ("S",), True),
        Spec("show_mask", translate("Actions", "Show &mask"), "mask", ("M",), True),
        Spec("show_edges", translate("Actions", "Show &edges"), "edges", ("G",), True),
        Spec("show_frames", translate("Actions", "Show f&rames"), "frame", ("K",), True),
        Spec("panels", translate("Actions", "Side &panel"), "", ("F9",), True),
        Spec("fullscreen", translate("Actions", "F&ull screen"), "", ("F11",), True),
        Spec("previous", translate("Actions", "Pre&vious photo"), "previous", ("Ctrl+PgUp",)),
        Spec("next", translate("Actions", "&Next photo"), "next", ("Ctrl+PgDown",)),
    ]  # fmt: skip


def help_specs() -> list[Spec]:
    return [
        Spec("shortcuts", translate("Actions", "&Shortcuts"), "keyboard", ("F1",)),
        Spec("about", translate("Actions", "&About FaceMend"), "info"),
    ]


def all_specs() -> list[Spec]:
    """Every action, in the order of the menus."""
    groups = (file_specs, edit_specs, tool_specs, mask_specs, restore_specs, view_specs, help_specs)
    return [spec for group in groups for spec in group()]


def canvas_keys() -> list[tuple[str, str]]:
    """What the canvas itself obeys: (keys, meaning), for the shortcut list."""
    return [
        ("Tab", translate("Actions", "Before and after, while held, wherever the focus is")),
        ("Space", translate("Actions", "Move the photo, while held")),
        ("[  ]", translate("Actions", "Brush smaller, larger (or Ctrl+wheel)")),
        ("{  }", translate("Actions", "Brush softer, harder (or Shift+wheel)")),
        ("Shift", translate("Actions", "Click for straight lines from the last point")),
        ("Ctrl", translate("Actions", "Erase while painting")),
        ("Return", translate("Actions", "Close the lasso's polygon (Backspace takes a corner back)")),
        ("← → ↑ ↓", translate("Actions", "Move the view or the split line (with Shift: far)")),
        ("Shift+Tab", translate("Actions", "Leave the photo for the toolbox and the panels")),
    ]


def label(text: str) -> str:
    """A menu entry's text without its mnemonic (`&Open…`, `打开(&O)…`) and dots."""
    return re.sub(r"\(&.\)|&|…$", "", text)


def build(window: QMainWindow, handlers: Mapping[str, Callable[[], None]]) -> dict[str, QAction]:
    """Make the window's actions; each needs its handler, tools and toggles excepted."""
    actions = {}
    for spec in all_specs():
        action = QAction(spec.text, window, checkable=spec.checkable)
        if spec.icon:
            action.setData(spec.icon)
            action.setIcon(_icon(spec.name, spec.icon))
        action.setShortcuts([QKeySequence(key) for key in spec.keys])
        plain = label(spec.text)
        keys = f" ({QKeySequence(spec.keys[0]).toString(QKeySequence.SequenceFormat.NativeText)})" if spec.keys else ""
        action.setToolTip(f"{plain}{keys}" + (f"\n{spec.tip}" if spec.tip else ""))
        action.setStatusTip("")
        if spec.name in handlers:
            action.triggered.connect(lambda _=False, call=handlers[spec.name]: call())
        window.addAction(action)
        actions[spec.name] = action
    tools = QActionGroup(window)
    for name in TOOLS:
        tools.addAction(actions[action_of(name)])
    return actions


def build_menus(window: QMainWindow, actions: Mapping[str, QAction], *, presets: QMenu) -> QMenu:
    """Fill the menu bar; returns the menu of recent files, which the window fills."""
    bar = window.menuBar()
    recent = QMenu(translate("Actions", "Open &recent"), window)
    _menu(bar.addMenu(translate("Actions", "&File")), actions, (
        "open", recent, "paste", None, "save", "save_as", "save_all", "save_project", None, "batch", None,
        "close", "quit",
    ))  # fmt: skip
    _menu(
        bar.addMenu(translate("Actions", "&Edit")),
        actions,
        (
            *("undo", "redo", None, "copy", None, "turn_left", "turn_right", "mirror", None),
            *("enlarge_2", "enlarge_4", None, "preferences"),
        ),
    )
    _menu(bar.addMenu(translate("Actions", "&Tools")), actions, tuple(map(action_of, TOOLS)))
    _menu(bar.addMenu(translate("Actions", "&Mask")), actions, (
        "mask_blurred", None, "mask_detect", "review_previous", "review_next", "review_keep", "review_delete",
        "review_keep_all", None, "mask_invert", "mask_grow", "mask_shrink", "mask_feather", "mask_clear", None,
        "mask_import", "mask_export",
    ))  # fmt: skip
    _menu(bar.addMenu(translate("Actions", "&Restore")), actions, (
        "restore", "fill_again", "cancel", "new_seed", presets, None, "keep", "discard",
        "changes_export", "layers_export", None,
        "faces_find", "faces_sharpen", "faces_sharpen_all",
        "faces_fit", "faces_delete", "edges_clear", None, "reference_photo", "reference_mirror", "reference_none",
    ))  # fmt: skip
    _menu(bar.addMenu(translate("Actions", "&View")), actions, (
        "zoom_in", "zoom_out", "fit", "actual", None, "compare", "split", None, "show_mask", "show_edges",
        "show_frames", None, "previous", "next", None, "panels", "fullscreen",
    ))  # fmt: skip
    _menu(bar.addMenu(translate("Actions", "&Help")), actions, ("shortcuts", "about"))
    return recent


def fill_recent(
    menu: QMenu, names: Sequence[str], *, opened: Callable[[str], None], cleared: Callable[[], None]
) -> None:
    """List the names of recent files in their menu, and what clears them."""
    menu.clear()
    for name in names:
        menu.addAction(on_button(name)).triggered.connect(lambda _=False, name=name: opened(name))
    menu.setEnabled(bool(names))
    if names:
        menu.addSeparator()
        menu.addAction(translate("Actions", "Clear list")).triggered.connect(lambda _=False: cleared())


def build_bars(window: QMainWindow, actions: Mapping[str, QAction]) -> list[QToolBar]:
    """The bar under the menus and the toolbox on the left."""
    top = _bar(window, "top", translate("Actions", "Main bar"), Qt.ToolBarArea.TopToolBarArea)
    for name in (
        "open", "save", None, "undo", "redo", None, "fit", "actual", "zoom_out", "zoom_in", None, "compare",
        "split", None, "show_mask", "show_edges", "show_frames", None, "mask_detect", "faces_find",
    ):  # fmt: skip
        _put(top, actions, name)
    tools = _bar(window, "tools", translate("Actions", "Toolbox"), Qt.ToolBarArea.LeftToolBarArea)
    for index, (_, rows) in enumerate(groupby(TOOLS.values(), lambda row: row.works_on)):
        if index:
            tools.addSeparator()
        tools.addActions([actions[action_of(row.name)] for row in rows])
    for bar in (top, tools):
        for button in bar.findChildren(QToolButton):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            if button.defaultAction() is not None:
                button.setAccessibleName(label(button.defaultAction().text()))
    return [top, tools]


def _bar(window: QMainWindow, name: str, title: str, area: Qt.ToolBarArea) -> QToolBar:
    bar = QToolBar(title, window)
    bar.setObjectName(name)
    bar.setMovable(False)
    bar.setFloatable(False)
    bar.setIconSize(QSize(icons.SIZE, icons.SIZE))
    bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
    window.addToolBar(area, bar)
    return bar


def _put(bar: QToolBar, actions: Mapping[str, QAction], name: str | None) -> None:
    if name is None:
        bar.addSeparator()
    else:
        bar.addAction(actions[name])


def _menu(menu: QMenu, actions: Mapping[str, QAction], names: tuple[str | QMenu | None, ...]) -> None:
    for name in names:
        if name is None:
            menu.addSeparator()
        elif isinstance(name, QMenu):
            menu.addMenu(name)
        else:
            menu.addAction(actions[name])


def refresh_icons(actions: Mapping[str, QAction]) -> None:
    """Draw the icons again (another theme)."""
    for name, action in actions.items():
        if action.data():
            action.setIcon(_icon(name, action.data()))


def _icon(name: str, icon_name: str) -> QIcon:
    """Tools stand on the accent when they are checked; toggles keep their colour."""
    return icons.icon(icon_name) if name.startswith(action_of("")) else icons.toggle(icon_name)


def update(actions: Mapping[str, QAction], workspace: Workspace, door: JobDoor) -> None:
    """Enable what can be done now, and name what undo and redo would do."""
    document = workspace.document
    always = {
        "open",
        "paste",
        "batch",
        "quit",
        "preferences",
        "shortcuts",
        "about",
        "panels",
        "fullscreen",
        "new_seed",
    }
    for name, action in actions.items():
        if not name.startswith("review_"):  # the review says itself what can be done in it
            action.setEnabled(document is not None or name in always)
    actions["cancel"].setEnabled(door.stoppable is not None)
    for name in ("previous", "next"):
        actions[name].setEnabled(len(workspace.photos) > 1)
    actions["save_all"].setEnabled(any(photo.document.dirty for photo in workspace.photos))
    for name in ("undo", "redo"):
        step = None if document is None else getattr(document.history, f"{name}_name")
        if name == "undo" and document is not None and document.shown is not None:
            step = label(translate("Actions", "&Restore"))
        actions[name].setEnabled(step is not None)
        text = translate("Actions", "&Undo") if name == "undo" else translate("Actions", "&Redo")
        actions[name].setText(text if step is None else f"{text}: {step}")
    if document is not None:
        actions["keep"].setEnabled(document.shown is not None)
        actions["changes_export"].setEnabled(document.shown is not None)
        actions["layers_export"].setEnabled(document.shown is not None or bool(document.picture.tiles))
        actions["discard"].setEnabled(bool(document.results))
        actions["reference_mirror"].setEnabled(document.reference != "mirror")
        actions["reference_none"].setEnabled(document.reference is not None)
        for name in ("faces_sharpen", "faces_fit", "faces_delete", "edges_clear"):
            actions[name].setEnabled(bool(document.frames))
