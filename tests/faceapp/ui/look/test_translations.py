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
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QApplication, QDialog, QLabel, QMenu, QWidget
from pytestqt.qtbot import QtBot

from engine import Sentence
from faceapp.editing.document import Document
from faceapp.ui.look import language
from faceapp.ui.look.phrases import spoken
from faceapp.ui.main_window import MainWindow
from tests.sentences import COMMAND_LINE, CONTEXT, ROOT, TS, sayings

UI = ROOT / "faceapp"


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
    assert missing == [], "python -m tests.sentences, translate, and again"
    assert all(known.values())


def test_every_sentence_is_written_out_with_its_arguments() -> None:
    found = sayings()
    assert len(found) > 100
    assert [saying.where for saying in found if saying.template is None] == []
    wrong = [
        saying
        for saying in found
        if saying.arguments is not None
        and sorted(set(re.findall(r"\{(.*?)\}", saying.template or ""))) != list(map(str, range(saying.arguments)))
    ]
    assert wrong == []


def test_every_sentence_is_translated_and_every_translation_is_said() -> None:
    said = {saying.template: saying.where for saying in sayings() if saying.translated}
    known = {text for context, text in translations() if context == CONTEXT}
    assert {text: where for text, where in said.items() if text not in known} == {}, "python -m tests.sentences"
    assert known - set(said) == set(), "nothing says this any more: python -m tests.sentences"


def test_what_the_command_line_says_no_window_can_say() -> None:
    modules = {name.removesuffix(".py").strip("/").replace("/", ".") for name in COMMAND_LINE}
    reached = [
        f"{path.name}: {module}"
        for path in UI.rglob("*.py")
        if not path.relative_to(ROOT).as_posix().startswith(COMMAND_LINE)
        for module in modules
        if re.search(rf"\b{re.escape(module)}\b", path.read_text(encoding="utf-8"))
    ]
    assert reached == []


def test_sentences_are_spoken_in_chinese(chinese: None) -> None:
    assert spoken(Sentence("Face {0} of {1}: step {2} of {3}", 1, 2, 3, 20)) == "人脸 1/2：第 3 步，共 20 步"
    why = Sentence("its folder does not exist")
    assert (
        spoken(Sentence("{0}: cannot be written, {1}", Path("/a: b.png"), why))
        == "/a: b.png：无法写入，所在文件夹不存在"
    )
    foreign = Sentence("{0}: cannot be written, {1}", Path("a.png"), "the file is empty")
    assert spoken(foreign) == "a.png：无法写入，the file is empty"  # the system's word, whatever it is
    assert spoken(Sentence("Nobody knows this: {0}", 7)) == "Nobody knows this: 7"


def test_a_failure_and_its_reason_are_told_in_chinese(
    qtbot: QtBot, chinese: None, make_window: Callable[[], MainWindow], tmp_path: Path
) -> None:
    window, path = make_window(), tmp_path / "empty.png"
    path.touch()
    window.files.open_paths([path])
    qtbot.waitUntil(lambda: window.notice.text != "")
    assert window.notice.text == f"{path}：文件是空的"


def test_only_a_templates_own_first_letter_becomes_a_capital(qapp: QApplication) -> None:
    assert spoken(Sentence("no such file")) == "No such file"
    assert spoken(Sentence("{0}: {1}", Path("photo.png"), Sentence("no such file"))) == "photo.png: no such file"
    assert spoken("photo.png, as it is") == "photo.png, as it is"


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
        assert isinstance(menu, QMenu)
        letters = Counter(re.findall(r"\(&(\w)\)", "".join(a.text() for a in menu.actions())))
        assert [letter for letter, count in letters.items() if count > 1] == [], menu.title()
