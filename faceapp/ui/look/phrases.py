"""What the engine and the application say, in the window's language.

They speak English, in sentences that carry their template (`engine.Sentence`): the translation is found by that, in the
context "Engine".  `tests/sentences.py` collects the templates for translators.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import Qt

from engine import Sentence


def spoken(said: Sentence | str) -> str:
    """A sentence in the language of the window; what is plain text, as it is.

    The sentence begins with a capital, unless it begins with an argument: a path is shown as it is.
    """
    if isinstance(said, str):
        return said
    text = said.said(_translated)
    return text if _translated(said.template).startswith("{") else text[:1].upper() + text[1:]


def plain(text: str) -> str:
    """Text for a tip, a label or a question, shown as it is: Qt would take the name `<b>.jpg` for markup."""
    return Qt.convertFromPlainText(text) if Qt.mightBeRichText(text) else text


def on_button(name: str) -> str:
    """A name for a button or a menu, shown as it is: Qt would take an `&` in it for the mark of a key."""
    return name.replace("&", "&&")


def in_title(name: str) -> str:
    """A name for a window's title, shown as it is: Qt would take a `[*]` in it for the mark of changes."""
    return name.replace("[*]", "[*][*]")


def _translated(template: str) -> str:
    return QCoreApplication.translate("Engine", template)
