"""A whole folder at once: the same code as `facemend batch`, with a table to watch it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QIcon, QImageReader, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

import engine
from faceapp.jobs import JobDoor, Ticket
from faceapp.messages import AppError, sentence
from faceapp.runs import batch
from faceapp.runs.damage import REVIEW_ABOVE
from faceapp.runs.file_job import ModelSource, Recipe, run_file_job
from faceapp.runs.plan import NAME, Plan, make_plan
from faceapp.ui.look.phrases import plain, spoken
from faceapp.ui.look.widgets import Rows, Slider, hint, styled
from faceapp.ui.settings_store import Store

THUMB = 40
_PHOTO, _RESULT, _STATE, _REMARK = range(4)
_MASK_AUTO, _MASK_FOLDER, _MASK_FILE, _MASK_NONE = range(4)


class PathField(QWidget):
    """A path to type or to choose."""

    def __init__(self, title: str, *, folder: bool = True) -> None:
        super().__init__()
        self._title, self.folder = title, folder
        self.edit = QLineEdit()
        self.edit.setAccessibleName(title)
        button = QPushButton(self.tr("Choose…"), autoDefault=False)
        button.setAccessibleName(self.tr("Choose: {0}").format(title))
        button.clicked.connect(self._choose)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.edit, 1)
        layout.addWidget(button)
        self.setFocusProxy(self.edit)

    @property
    def path(self) -> Path | None:
        text = self.edit.text().strip()
        return Path(text).expanduser() if text else None

    def _choose(self) -> None:
        if self.folder:
            name = QFileDialog.getExistingDirectory(self, self._title, self.edit.text())
        else:
            name, _ = QFileDialog.getOpenFileName(self, self._title, self.edit.text())
        if name:
            self.edit.setText(name)


class BatchDialog(QDialog):
    """Choose, start, pause, stop, go on; what failed is listed and in the report."""

    _event = Signal(object)
    """A `batch.Event`, from whichever thread."""

    def __init__(self, parent: QWidget | None, *, store: Store, door: JobDoor, models: ModelSource) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Batch"))
        self.resize(760, 620)
        self._store, self._door, self._models = store, door, models
        self._ticket: Ticket | None = None
        self._control: batch.Control | None = None
        self._plan: Plan | None = None
        self._ended: set[int] = set()
        self._pictures: list[tuple[int, int, Path]] = []
        """Rows and columns that wait for a small picture of a file."""
        self._painter = QTimer(self, interval=0)
        self._painter.timeout.connect(self._next_thumb)
        self._event.connect(self._show_event, Qt.ConnectionType.QueuedConnection)
        self._place()
        self._connect()
        self._update()

    # -- making ----------------------------------------------------------------------------------------

    def _place(self) -> None:
        form = QWidget()
        rows = Rows(form)
        rows.setColumnMinimumWidth(0, 110)
        self.source = PathField(self.tr("Photos"))
        rows.add(self.tr("Photos"), self.source, focus=self.source.edit)
        self.goal = PathField(self.tr("Save to"))
        rows.add(self.tr("Save to"), self.goal, focus=self.goal.edit)
        self.mask_kind = QComboBox()
        kinds = (self.tr("Detect damage"), self.tr("Folder, same names"), self.tr("One file for all"), self.tr("None"))
        self.mask_kind.addItems(kinds)
        rows.add(self.tr("Masks"), self.mask_kind)
        self.masks = PathField(self.tr("Mask folder or file"))
        self.masks_caption = rows.add("", self.masks, focus=self.masks.edit)
        self.sharpen = QCheckBox(self.tr("Make all faces sharp"))
        self.sharpen.setToolTip(self.tr("Soft, small, noisy faces; a face that is sharp already changes very little"))
        self.strength = Slider(self.tr("Strength"), low=0, high=100, suffix=" %")
        self.strength.set_value(100)
        sharp = QHBoxLayout()
        sharp.addWidget(self.sharpen)
        sharp.addWidget(self.strength, 1)
        rows.add(self.tr("Faces"), sharp, focus=self.sharpen)
        self.pattern = QLineEdit(placeholderText=self.tr("All photos of the folder; **/*.jpg looks deeper"))
        rows.add(self.tr("Only"), self.pattern)
        self.format = QComboBox()
        self.format.addItem(self.tr("As the photo"), None)
        for row in engine.FORMATS.values():
            if row.writable:
                self.format.addItem(row.name, row.suffixes[0])
        self.resume = QCheckBox(self.tr("Go on: skip what is finished already"))
        self.resume.setChecked(True)
        self.naming = QLineEdit(NAME)
        self.naming.setToolTip(self.tr("{0} stands for the photo's name, as in {0}-restored").format(NAME))
        line = QHBoxLayout()
        line.addWidget(self.naming, 1)
        line.addWidget(self.format)
        rows.add(self.tr("Name, format"), line, focus=self.naming)
        self.format.setAccessibleName(self.tr("Format"))
        rows.add("", self.resume)
        said = self.tr(
            "Method, quality, sampler, seed, seam and grain are set in the Restore panel, sensitivity in Mask."
        )
        rows.wide(hint(said))
        self.form = form
        self.table = QTableWidget(0, 4)
        self.table.setAccessibleName(self.tr("Photos of the batch"))
        self.table.setHorizontalHeaderLabels([self.tr("Photo"), self.tr("Result"), self.tr("State"), self.tr("Remark")])
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setIconSize(QSize(THUMB, THUMB))
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        header = self.table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(_RESULT, QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(_STATE, QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(_REMARK, QHeaderView.ResizeMode.Stretch)
        self.table.setColumnWidth(_PHOTO, 240)
        self.table.setColumnWidth(_RESULT, 240)
        self.table.setColumnWidth(_STATE, 110)
        self.bar = QProgressBar(textVisible=False)
        self.bar.setAccessibleName(self.tr("Progress"))
        self.message = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.start = styled(QPushButton(self.tr("Start")), "primary")
        self.pause = QPushButton(self.tr("Pause"))
        self.pause.setCheckable(True)
        self.stop = QPushButton(self.tr("Stop"))
        self.close_button = QPushButton(self.tr("Close"))
        buttons = QHBoxLayout()
        buttons.addWidget(self.message, 1)
        for button in (self.start, self.pause, self.stop, self.close_button):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.addWidget(form)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.bar)
        layout.addLayout(buttons)

    def _connect(self) -> None:
        self.start.clicked.connect(self.run)
        self.pause.toggled.connect(self._pause)
        self.stop.clicked.connect(self._stop)
        self.close_button.clicked.connect(self.reject)
        self.mask_kind.currentIndexChanged.connect(self._update)
        self.sharpen.toggled.connect(self._update)
        for field in (self.source, self.goal, self.masks):
            field.edit.textChanged.connect(self._update)

    # -- running ---------------------------------------------------------------------------------------

    def run(self) -> None:
        """Plan and start."""
        source, goal = self.source.path, self.goal.path
        if source is None or goal is None:
            return
        kind = self.mask_kind.currentIndex()
        masks = self.masks.path if kind in (_MASK_FOLDER, _MASK_FILE) else None
        try:
            plan = make_plan(
                source,
                goal,
                masks=masks,
                missing=kind != _MASK_NONE,
                blurred="faces" if self.sharpen.isChecked() else None,
                pattern=self.pattern.text() or None,
                suffix=self.format.currentData(),
                naming=self.naming.text().strip() or NAME,
            )
        except (AppError, OSError) as error:
            self._say(sentence(error), danger=True)
            return
        self._fill(plan)
        control, models, recipe = batch.Control(), self._models, self._recipe()
        self._control = control

        def work(progress: Any) -> batch.Summary:
            def tell(event: batch.Event) -> None:
                if progress.cancelled:
                    control.cancel()
                self._event.emit(event)

            restore = partial(run_file_job, models=models)
            return batch.run(plan, recipe, restore=restore, control=control, on_event=tell)

        self._ticket = self._door.submit(
            Ticket(
                self.tr("Batch"),
                work,
                done=self._finished,
                failed=lambda why: self._say(why, danger=True),
                ended=self._over,
            )
        )
        self._say("")
        self._update()

    def _recipe(self) -> Recipe:
        value = self._store.value
        return Recipe(
            method=value.method,
            steps=value.steps,
            sampler=value.sampler,
            seed=value.seed,
            sensitivity=value.sensitivity,
            review_above=REVIEW_ABOVE,
            feather=value.feather,
            grain=value.grain,
            strength=self.strength.value / 100,
            mark=value.mark_files,
            existing="keep" if self.resume.isChecked() else "refuse",
        )

    def _pause(self, paused: bool) -> None:
        if self._control is not None:
            if paused:
                self._control.pause()
            else:
                self._control.go_on()
        self.pause.setText(self.tr("Go on") if paused else self.tr("Pause"))

    def _stop(self) -> None:
        if self._control is not None:
            self._control.cancel()
        if self._ticket is not None:
            self._door.cancel(self._ticket)

    def _finished(self, summary: batch.Summary) -> None:
        counts = summary.counts
        text = self.tr("{0} done, {1} skipped, {2} failed.").format(counts["done"], counts["skipped"], counts["failed"])
        if counts["empty"]:
            text += " " + self.tr("{0} had nothing to restore.").format(counts["empty"])
        if counts["review"]:
            text += " " + self.tr("{0} left for review.").format(counts["review"])
        if self._plan is not None:
            text += " " + self.tr("Report: {0}").format(self._plan.folder / batch.REPORT)
        self._say(text, danger=counts["failed"] > 0)

    def _over(self) -> None:
        self._ticket = self._control = None
        self.pause.setChecked(False)
        self._update()

    @property
    def running(self) -> bool:
        return self._ticket is not None

    # -- showing ---------------------------------------------------------------------------------------

    def _fill(self, plan: Plan) -> None:
        self._plan = plan
        self._ended = set()
        self.table.setRowCount(len(plan.items))
        for row, item in enumerate(plan.items):
            name = QTableWidgetItem(item.job.photo.name)
            name.setToolTip(plain(str(item.job.photo)))
            self.table.setItem(row, _PHOTO, name)
            self.table.setItem(row, _RESULT, QTableWidgetItem())
            self.table.setItem(row, _STATE, QTableWidgetItem(self.tr("waiting")))
            self.table.setItem(row, _REMARK, QTableWidgetItem(spoken(item.problem or "")))
            self.table.setRowHeight(row, THUMB + 8)
        self.bar.setRange(0, len(plan.items) * 100)
        self.bar.setValue(0)
        self._pictures = [(row, _PHOTO, item.job.photo) for row, item in enumerate(plan.items)][:500]
        self._painter.start()

    def _next_thumb(self) -> None:
        """One small picture a turn of the event loop; decoders that can, read it small."""
        if not self._pictures:
            self._painter.stop()
            return
        row, column, path = self._pictures.pop(0)
        item = self.table.item(row, column)
        picture = _thumbnail(path)
        if item is not None and not picture.isNull():
            item.setIcon(QIcon(picture))

    def _show_event(self, event: batch.Event) -> None:
        states = {
            "started": self.tr("running"),
            "running": f"{event.fraction * 100:.0f} %",
            "done": self.tr("done"),
            "empty": self.tr("nothing to do"),
            "review": self.tr("left for review"),
            "skipped": self.tr("skipped"),
            "failed": self.tr("failed"),
            "cancelled": self.tr("stopped"),
        }
        state, remark = self.table.item(event.index, _STATE), self.table.item(event.index, _REMARK)
        if state is None or remark is None:
            return
        state.setText(states[event.status])
        remark.setText("; ".join(map(spoken, event.sentences)))
        remark.setToolTip(plain(remark.text()))
        if event.status in ("started", "running"):
            self.table.scrollToItem(state)
        else:
            self._ended.add(event.index)
            if event.outcome is not None and event.outcome.files:
                self._show_result(event.index, event.outcome.files[0])
                self._painter.start()
        part = event.fraction if event.index not in self._ended else 0.0
        self.bar.setValue(round((len(self._ended) + part) * 100))

    def _show_result(self, row: int, path: Path) -> None:
        """A result beside its source: its picture follows."""
        result = self.table.item(row, _RESULT)
        if result is not None:
            result.setText(path.name)
            result.setToolTip(str(path))
        self._pictures.append((row, _RESULT, path))

    def _say(self, said: engine.Sentence | str, *, danger: bool = False) -> None:
        self.message.setObjectName("danger" if danger else "")
        self.message.style().unpolish(self.message)
        self.message.style().polish(self.message)
        self.message.setText(spoken(said))

    def _update(self) -> None:
        kind = self.mask_kind.currentIndex()
        named = kind in (_MASK_FOLDER, _MASK_FILE)
        self.masks.setEnabled(named)
        self.strength.setEnabled(self.sharpen.isChecked())
        self.masks.folder = kind == _MASK_FOLDER
        self.masks_caption.setText(self.tr("Mask folder") if kind != _MASK_FILE else self.tr("Mask file"))
        self.masks_caption.setEnabled(named)
        ready = self.source.path is not None and self.goal.path is not None
        ready = ready and (not named or self.masks.path is not None)
        ready = ready and (kind != _MASK_NONE or self.sharpen.isChecked())
        self.start.setEnabled(ready and not self.running)
        self.form.setEnabled(not self.running)
        self.pause.setEnabled(self.running)
        self.stop.setEnabled(self.running)

    def reject(self) -> None:
        """Close; a running batch is stopped, what is finished stays."""
        self._stop()
        if self.goal.path is not None:
            self._store.put(replace(self._store.value, save_folder=str(self.goal.path)))
        super().reject()


def _thumbnail(path: Path) -> QPixmap:
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    size = reader.size()
    if not size.isValid() or size.width() * size.height() > 120_000_000:
        return QPixmap()
    reader.setScaledSize(size.scaled(THUMB * 2, THUMB * 2, Qt.AspectRatioMode.KeepAspectRatio))
    picture = QPixmap.fromImageReader(reader)
    picture.setDevicePixelRatio(2)
    return picture
