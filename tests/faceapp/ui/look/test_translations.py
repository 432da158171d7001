"""Every string can be translated, is translated, and has room in both languages."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QApplication, QDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from faceapp.editing.document import Document
from faceapp.ui.look import language
from faceapp.ui.look.phrases import PHRASES, spoken
from faceapp.ui.main_window import MainWindow

UI = Path(__file__).parents[4] / "faceapp"
TS = language.FOLDER / "facemend_zh_CN.ts"


def source_strings() -> set[tuple[str, str]]:
    """(context, text) of every call that lupdate knows."""
    found: set[tuple[str, str]] = set()

    def walk(node: ast.AST, context: str) -> None:
        if isinstance(node, ast.ClassDef):
            context = node.name
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            texts = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            if name == "tr" and texts:
                found.add((context if isinstance(node.func, ast.Attribute) else "", texts[0]))
            elif name in ("translate", "QT_TRANSLATE_NOOP") and len(texts) == 2:
                found.add((texts[0], texts[1]))
        for child in ast.iter_child_nodes(node):
            walk(child, context)

    for path in UI.rglob("*.py"):
        walk(ast.parse(path.read_text(encoding="utf-8")), "")
    return found


def translations() -> dict[tuple[str, str], str]:
    result = {}
    for context in ElementTree.parse(TS).getroot().iter("context"):
        for message in context.iter("message"):
            translation = message.find("translation")
            assert translation is not None
            assert translation.get("type") is None, message.findtext("source")
            key = (context.findtext("name") or "", message.findtext("source") or "")
            result[key] = translation.text or ""
    return result


@pytest.fixture
def chinese(qapp: QApplication) -> Iterator[None]:
    language.install(qapp, "zh_CN")
    yield
    language.install(qapp, "en")


def test_every_string_is_translated() -> None:
    known = translations()
    missing = sorted(source_strings() - set(known))
    assert missing == [], "run pyside6-lupdate, translate, run pyside6-lrelease"
    assert all(known.values())


def test_the_engines_sentences_are_those_of_the_list() -> None:
    rooms = [*UI.rglob("*.py"), *(UI.parent / "engine").rglob("*.py")]
    source = "".join(re.sub(r'"\s*\n\s*f?"', "", path.read_text(encoding="utf-8")) for path in rooms)
    lost = [phrase for phrase in PHRASES for piece in re.split(r"\{\d\}", phrase) if piece.strip(" :,.") not in source]
    assert lost == []


def test_the_engines_sentences_are_spoken_in_chinese(chinese: None) -> None:
    assert spoken("Face 1 of 2: step 3 of 20") == "人脸 1/2：第 3 步，共 20 步"
    empty = spoken("/a: b/photo 1.png: the file is empty")
    assert empty.startswith("/a: b/photo 1.png")
    assert empty.endswith("文件是空的")
    both = spoken("/a.png: cannot be written, its folder does not exist")
    assert both == "/a.png：无法写入，所在文件夹不存在"
    assert spoken("Nobody knows this: 7") == "Nobody knows this: 7"


def test_the_compiled_file_is_that_of_the_source(chinese: None) -> None:
    stale = [key for key, text in translations().items() if QCoreApplication.translate(*key) != text]
    assert stale == []


def test_placeholders_and_mnemonics_survive() -> None:
    for (_context, source), text in translations().items():
        assert Counter(re.findall(r"\{\d\}", source)) == Counter(re.findall(r"\{\d\}", text)), source
        assert ("&" in source.replace("&&", "")) == ("&" in text), source
        assert source.endswith("…") == text.endswith("…"), source


def number_room(box: QAbstractSpinBox) -> int:
    """Pixels of a number box's longest text; Chinese counts as wide as it is high where no font has it."""
    longest = box.textFromValue(box.maximum()) + box.suffix()  # type: ignore[attr-defined]
    metrics = box.fontMetrics()
    chinese = sum(c > "\u3000" for c in longest)
    return metrics.horizontalAdvance("".join(c for c in longest if c <= "\u3000")) + chinese * metrics.ascent()


def clipped(window: QWidget) -> list[str]:
    """Labels and buttons without room for their text."""
    found = []
    for widget in window.findChildren(QWidget):
        if not isinstance(widget, (QLabel, QAbstractButton)) or not widget.isVisibleTo(window):
            continue
        if isinstance(widget, QLabel) and (widget.wordWrap() or "<" in widget.text()):
            continue
        if widget.objectName().startswith("qt_") or not widget.text():
            continue
        if isinstance(widget, QAbstractButton) and not shows_text(widget):
            continue
        if widget.sizeHint().width() > widget.width():
            found.append(f"{widget.text()!r}: {widget.sizeHint().width()} in {widget.width()}")
    for box in window.findChildren(QAbstractSpinBox):
        if number_room(box) + 10 > box.width():
            found.append(f"{box.accessibleName()}: {number_room(box)} in {box.width()}")
    return found


def shows_text(button: QAbstractButton) -> bool:
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QToolButton

    only_icon = Qt.ToolButtonStyle.ToolButtonIconOnly
    return not (isinstance(button, QToolButton) and button.toolButtonStyle() == only_icon)


@pytest.mark.parametrize("name", ["en", "zh_CN"])
def test_no_text_is_clipped(
    qtbot: QtBot,
    qapp: QApplication,
    chinese: None,
    make_window: Callable[[], MainWindow],
    photo_file: Path,
    screenshot: Callable[[QWidget, str], None],
    make_dialogs: Callable[[MainWindow], list[QDialog]],
    name: str,
) -> None:
    if name == "en":
        language.install(qapp, "en")
    window = make_window()
    assert clipped(window) == []
    window.files.open_paths([photo_file])
    qtbot.waitUntil(lambda: window.workspace.document is not None and not window.door.busy)
    document = window.workspace.document
    assert isinstance(document, Document)
    from faceapp.editing import mask_tools

    document.edit_mask("x", lambda m: mask_tools.rectangle(m, (20, 20), (60, 60)))
    window.restorer.restore()
    qtbot.waitUntil(lambda: document.shown is not None)
    qtbot.wait(20)  # the layout comes with the next turn of the event loop
    assert clipped(window) == []
    screenshot(window, f"window-{name}")
    for dialog in make_dialogs(window):
        qtbot.addWidget(dialog)
        dialog.show()
        qtbot.waitExposed(dialog)
        assert clipped(dialog) == [], type(dialog).__name__
        screenshot(dialog, f"dialog-{type(dialog).__name__.lower()}-{name}")
        dialog.close()


def test_mnemonics_do_not_clash_in_chinese(chinese: None, make_window: Callable[[], MainWindow]) -> None:
    window = make_window()
    for menu in [a.menu() for a in window.menuBar().actions()]:
        letters = Counter(re.findall(r"\(&(\w)\)", "".join(a.text() for a in menu.actions())))
        assert [letter for letter, count in letters.items() if count > 1] == [], menu.title()
