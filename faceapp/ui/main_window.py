"""The window: puts bars, canvas, panels and strips in place and connects them; what they do is elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QByteArray, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QColor, QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QGridLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from engine.geometry import Box
from engine.progress import Preview
from faceapp import samples
from faceapp.editing.document import Document
from faceapp.jobs import JobDoor
from faceapp.settings import Settings
from faceapp.ui import actions as act
from faceapp.ui import strips
from faceapp.ui.canvas.canvas import Canvas
from faceapp.ui.canvas.toolbox import TOOLS, action_of
from faceapp.ui.commands import clipboard
from faceapp.ui.commands.closing import Closing
from faceapp.ui.commands.crash_offer import CrashOffer
from faceapp.ui.commands.export_commands import ExportCommands
from faceapp.ui.commands.face_commands import FaceCommands
from faceapp.ui.commands.files import FileCommands
from faceapp.ui.commands.mask_commands import MaskCommands
from faceapp.ui.commands.preset_menu import PresetMenu
from faceapp.ui.commands.restoring import Restorer
from faceapp.ui.commands.shape_commands import ShapeCommands
from faceapp.ui.commands.sharpen_commands import SharpenCommands
from faceapp.ui.commands.workspace import Workspace
from faceapp.ui.held_keys import HeldKeys
from faceapp.ui.layers import Layers
from faceapp.ui.look import icons, theme
from faceapp.ui.look.phrases import in_title
from faceapp.ui.look.widgets import refresh_icons
from faceapp.ui.notice import Notice
from faceapp.ui.panels.side_panel import SidePanel
from faceapp.ui.settings_store import Store
from faceapp.ui.status import Status
from faceapp.ui.welcome import Welcome


class MainWindow(QMainWindow):
    """The application's one window."""

    def __init__(self, *, store: Store, door: JobDoor, recovery_root: Path) -> None:
        super().__init__()
        self.setWindowTitle("FaceMend")
        self.setAcceptDrops(True)
        self.resize(1280, 800)
        self.store, self.door, self.workspace = store, door, Workspace(self)
        self.files = FileCommands(self, self.workspace, door=door, store=store)
        self.closing = Closing(self, self.workspace, self.files, door)
        self.masks = MaskCommands(self, self.workspace, door=door, store=store)
        self.restorer = Restorer(self.workspace, door, store)
        self.sharpening = SharpenCommands(self.workspace, door)
        self.faces = FaceCommands(self.workspace, door, store, models=lambda: self.restorer.models.get())
        self.shapes = ShapeCommands(self.workspace, door)
        self.exports = ExportCommands(self, self.workspace, door=door, store=store)
        icons.set_theme(theme.colors_for(store.value.theme))
        self.actions_ = act.build(self, self._handlers())
        self.presets = PresetMenu(self, store, store.path.parent / "presets", references=self.faces.references)
        self.recent_menu = act.build_menus(self, self.actions_, presets=self.presets)
        act.build_bars(self, self.actions_)
        self.canvas = Canvas()
        self.layers = Layers(self.canvas, self.actions_, self.restorer)
        self.side = SidePanel(store, self.canvas, self.actions_)
        self._place()
        self._connect()
        HeldKeys(self, self.canvas)
        self._recovery_root = recovery_root
        self.crash_offer = CrashOffer(self.workspace, store=store, files=self.files)
        self.ready = False
        """Whether everything that waits for the window to be seen has been done."""
        self._restore_layout()
        self._dress(store.value)
        self.canvas.set_fit_enlarges(store.value.fit_enlarges)
        self.status.show_wanted_device(store.value.device)
        self._show_current()
        QTimer.singleShot(0, self._start_crash_offer)

    # -- making ----------------------------------------------------------------------------------------

    def _handlers(self) -> dict[str, Callable[[], None]]:
        files, masks, faces, restorer = self.files, self.masks, self.faces, self.restorer
        return {
            "open": files.open_dialog, "paste": files.paste, "save": lambda: files.save(),
            "save_as": lambda: files.save_as(), "save_all": lambda: files.save_all(),
            "save_project": lambda: files.save_project(), "batch": self._batch,
            "close": self.closing.close_current, "quit": lambda: void(self.close()),
            "undo": self._undo, "redo": self._redo, "copy": files.copy, "preferences": self._preferences,
            **masks.reviews.handlers(), **self.shapes.handlers(), **faces.references.handlers(),
            "mask_invert": masks.invert, "mask_grow": masks.grow, "mask_shrink": masks.shrink,
            "mask_feather": masks.feather, "mask_clear": masks.clear, "mask_import": masks.import_file,
            "mask_export": self.exports.mask, "restore": lambda: void(restorer.restore()),
            "fill_again": lambda: void(restorer.fill_again()), "cancel": self.door.cancel_first, "keep": restorer.keep,
            "discard": restorer.discard, "new_seed": lambda: self.side.restore.new_seed(), "faces_find": faces.find,
            "faces_sharpen": self.sharpening.sharpen_face, "faces_sharpen_all": self.sharpening.sharpen_all,
            "enlarge_2": lambda: self.sharpening.enlarge(2), "enlarge_4": lambda: self.sharpening.enlarge(4),
            "changes_export": self.exports.changes, "layers_export": self.exports.layers, "faces_fit": faces.fit,
            "faces_delete": faces.delete, "edges_clear": faces.clear_edges,
            "zoom_in": lambda: self.canvas.zoom_step(1), "zoom_out": lambda: self.canvas.zoom_step(-1),
            "fit": lambda: self.canvas.fit(), "actual": lambda: self.canvas.actual(),
            "previous": lambda: self.workspace.step(-1), "next": lambda: self.workspace.step(1),
            "shortcuts": self._shortcuts, "about": self._about,
        }  # fmt: skip

    def _place(self) -> None:
        self.notice = Notice()
        self.welcome = Welcome(self.actions_["open"], self.actions_["paste"], samples.PORTRAIT)
        self.steps, self.variants, self.film = strips.StepsStrip(), strips.VariantsStrip(), strips.FilmStrip()
        self.stack = QStackedWidget()
        self.stack.addWidget(self.welcome)
        self.stack.addWidget(self.canvas)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        view = QGridLayout()
        view.addWidget(self.stack, 0, 0)
        view.addWidget(self.notice, 0, 0, Qt.AlignmentFlag.AlignTop)  # over the photo, which must not move for it
        column.addLayout(view, 1)
        self.results = strips.side_by_side(self.variants, self.steps)
        column.addWidget(self.results)
        column.addWidget(self.film)
        self.setCentralWidget(centre)
        self.side.dock(self)
        self.status = Status(self.door)
        self.setStatusBar(self.status)

    def _connect(self) -> None:
        canvas, workspace, side, status = self.canvas, self.workspace, self.side, self.status
        for name in TOOLS:
            action = self.actions_[action_of(name)]
            action.triggered.connect(lambda _=False, name=name: canvas.set_tool(name))
        canvas.tool_changed.connect(lambda name: self.actions_[action_of(name)].setChecked(True))
        canvas.tool_changed.connect(side.follow)
        canvas.painting.connect(self._about_to_paint)
        canvas.reshape_wanted.connect(self.shapes.reshape)
        self.actions_[action_of(canvas.tool_name)].setChecked(True)
        canvas.zoom_changed.connect(status.show_zoom)
        canvas.cursor_moved.connect(status.show_position)
        self._connect_view()
        workspace.current_changed.connect(self._show_current)
        workspace.list_changed.connect(self._show_list)
        workspace.list_changed.connect(self._limit_undo)
        workspace.list_changed.connect(lambda: self.door.cancel_owned(but=[p.document for p in workspace.photos]))
        workspace.document_changed.connect(self._document_changed)
        side.restore.restore_wanted.connect(lambda: self.restorer.restore())
        side.edges.thresholds_changed.connect(self._edges_changed)
        side.faces.selected.connect(self._select_face)
        side.mask_panel.follow(self.masks, self.actions_)
        self.steps.scrubbed.connect(canvas.show_preview)
        self.variants.chosen.connect(self.restorer.choose)
        self.variants.keep_wanted.connect(self.restorer.keep)
        self.variants.discard_wanted.connect(self.restorer.discard)
        self.variants.strength_wanted.connect(self.restorer.weaken)
        self.variants.strength_settled.connect(self.restorer.settle_strength)
        blur = self.actions_["mask_blurred"]
        blur.toggled.connect(lambda on: self.sharpening.set_kind("blurred" if on else "missing"))
        self.film.chosen.connect(lambda row: workspace.show(workspace.photos[row]))
        self.welcome.open_wanted.connect(lambda path: self.files.open_paths([path]))
        status.cancel_wanted.connect(self.door.cancel_first)
        self.restorer.previewed.connect(self._show_preview)
        self.restorer.device_known.connect(self.status.show_used_device)
        for told in (self.restorer, self.sharpening):
            told.withdrawn.connect(self.notice.take_back)
        teams = self.files, self.masks, self.faces, self.shapes, self.sharpening, self.restorer, self.presets
        for team in (*teams, self.closing, canvas):
            team.told.connect(self.tell)
        self.door.failed.connect(lambda _ticket, why: self.notice.tell(why))
        self.door.queue_changed.connect(self._update_actions)
        self.store.changed.connect(self._settings_changed)
        self.store.failed.connect(self.notice.tell)

    def _connect_view(self) -> None:
        canvas, on = self.canvas, self.actions_
        on["compare"].toggled.connect(canvas.set_compare)
        canvas.compare_changed.connect(on["compare"].setChecked)
        on["split"].toggled.connect(lambda split: setattr(canvas, "split", 0.5 if split else None))
        canvas.tool_changed.connect(self.layers.refresh)
        on["panels"].setChecked(True)
        on["panels"].toggled.connect(self.side.container.setVisible)
        on["fullscreen"].toggled.connect(lambda full: self.showFullScreen() if full else self.showNormal())

    # -- showing ---------------------------------------------------------------------------------------

    def tell(self, text: str) -> None:
        """Say a sentence that is no failure."""
        self.notice.tell(text, danger=False)

    def _show_current(self) -> None:
        document = self.workspace.document
        self.canvas.set_document(document)
        self.stack.setCurrentWidget(self.welcome if document is None else self.canvas)
        self.results.setVisible(document is not None)
        if document is None:
            self.welcome.show_recent(self.store.value.recent)
            self.welcome.open.setFocus()
        else:
            self.canvas.setFocus()
        self.status.show_zoom(self.canvas.zoom) if document is not None else None
        self.notice.outdate()
        self._show_shape(document)
        self.film.mark(self.workspace.photos, self.workspace.index)
        self._update_actions()

    def _show_shape(self, document: Document | None) -> None:
        """What follows from the photo's size: the brush too."""
        self.status.show_size(None if document is None else document.size)
        self.side.mask_panel.show_settings(self.store.value)
        self._show_results()
        self._show_frames()

    def _show_list(self) -> None:
        self.film.show_photos(self.workspace.photos, self.workspace.index)
        self._update_actions()

    def _document_changed(self, what: str, _box: Box) -> None:
        document = self.workspace.document
        if document is None:
            return
        if what == "mask" and document.shown is not None:
            document.show_variant(None)  # it hides the mask, and is not of this mask any more
        if what == "shape":
            self._show_shape(document)
            self._show_list()
        elif what in ("photo", "results"):
            self._show_results()
        elif what in ("frames", "reference"):
            self._show_frames()
        elif what == "dirty":
            self.film.mark(self.workspace.photos, self.workspace.index)
            self._update_actions()

    def _about_to_paint(self, kept: bool) -> None:
        self.actions_["show_mask"].setChecked(True)
        if kept:
            self.tell(self.tr("The variant was kept, to be painted on; Undo takes it back."))

    def _show_results(self) -> None:
        document = self.workspace.document
        self.variants.show_variants(document)
        shown = None if document is None else document.shown
        self.steps.show_steps(() if shown is None else shown.previews)
        self.side.faces.show_likeness(() if shown is None else shown.likeness)
        self._show_preview(None)
        self._update_actions()

    def _show_preview(self, preview: Preview | None) -> None:
        self.canvas.show_preview(preview)
        self.layers.refresh()

    def _show_frames(self) -> None:
        document = self.workspace.document
        frames, active = ((), 0) if document is None else (document.frames, document.selected)
        self.side.faces.show_frames(frames, active)
        self.side.faces.show_reference(None if document is None else document.reference)
        self._update_actions()

    def _select_face(self, index: int) -> None:
        document = self.workspace.document
        if document is not None and index < len(document.frames):
            document.select_frame(index)
            self.canvas.show_box(document.frames[index].box())

    def _edges_changed(self) -> None:
        live = self.side.edges.show_live.isChecked()
        if live != self.faces.live:
            self.faces.set_live(live)
        self.faces.refresh()

    def _update_actions(self) -> None:
        act.update(self.actions_, self.workspace, self.door)
        photo = self.workspace.current
        self.setWindowTitle("FaceMend[*]" if photo is None else f"{in_title(photo.title)}[*] - FaceMend")
        self.setWindowModified(photo is not None and photo.document.dirty)
        self.side.restore.go.setEnabled(photo is not None)
        for button in (self.side.mask_panel.detect, self.side.edges.again, self.side.faces.find_button):
            button.setEnabled(photo is not None)

    # -- doing -----------------------------------------------------------------------------------------

    def _undo(self) -> None:
        document = self.workspace.document
        if document is None:
            return
        if document.shown is not None:  # the last thing that was done, though no step until it is kept
            document.show_variant(None)
            self.tell(self.tr("The variant is hidden; choose it below the photo to see it again."))
        else:
            document.history.undo()

    def _redo(self) -> None:
        if document := self.workspace.document:
            document.history.redo()

    def _batch(self) -> None:
        from faceapp.ui.commands.batch_dialog import BatchDialog

        BatchDialog(self, store=self.store, door=self.door, models=self.restorer.models).exec()

    def _preferences(self) -> None:
        from faceapp.ui.dialogs import Preferences

        Preferences(self, self.store).exec()

    def _shortcuts(self) -> None:
        from faceapp.ui.dialogs import Shortcuts

        Shortcuts(self).exec()

    def _about(self) -> None:
        from faceapp.ui.dialogs import About

        About(self, door=self.door).exec()

    # -- settings --------------------------------------------------------------------------------------

    def _settings_changed(self, before: Settings, value: Settings) -> None:
        if before.theme != value.theme:
            self._dress(value)
        if before.recent != value.recent:
            self._fill_recent()
        if before.fit_enlarges != value.fit_enlarges:
            self.canvas.set_fit_enlarges(value.fit_enlarges)
        if before.device != value.device:
            self.status.show_wanted_device(value.device)
        self._limit_undo()

    def _limit_undo(self) -> None:
        for photo in self.workspace.photos:
            photo.document.history.limit = self.store.value.undo_megabytes << 20

    def _dress(self, value: Settings) -> None:
        """Put on a theme."""
        app = QApplication.instance()
        colors = theme.colors_for(value.theme)
        if isinstance(app, QApplication):
            theme.apply(app, colors)
        self.canvas.background = QColor(colors.canvas)
        self.canvas.update()
        if icons.set_theme(colors):
            act.refresh_icons(self.actions_)
            refresh_icons(self)
        self._fill_recent()

    def _fill_recent(self) -> None:
        store, recent = self.store, self.store.value.recent
        act.fill_recent(
            self.recent_menu,
            recent,
            opened=lambda name: void(self.files.open_paths([Path(name)])),
            cleared=lambda: store.put(replace(store.value, recent=())),
        )
        self.welcome.show_recent(recent)

    def _restore_layout(self) -> None:
        geometry = QByteArray.fromBase64(self.store.value.window.encode())
        if not geometry.isEmpty():
            self.restoreGeometry(geometry)

    def _start_crash_offer(self) -> None:
        self.ready = True
        self.crash_offer.start(self._recovery_root, self.notice)

    # -- events ----------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        data = event.mimeData()
        if clipboard.local_files(data) or data.hasImage():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.files.take(event.mimeData())
        event.acceptProposedAction()

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.closing.may_quit():
            event.ignore()
            return
        event.accept()
        geometry = bytes(self.saveGeometry().toBase64().data()).decode()
        self.store.put(replace(self.store.value, window=geometry))
        self.store.save()
        self.hide()
        QGuiApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        self.door.close()
        self.masks.reviews.sieve.close()
        QGuiApplication.restoreOverrideCursor()
        self.crash_offer.close()


def void(_value: object) -> None:
    """Take what a handler returns."""
