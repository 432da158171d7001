"""What the engine and the application say, in the window's language.

They speak English, in sentences that carry their template (`engine.Sentence`): the translation is found by that, in the
context "Engine".  `tests/sentences.py` collects the templates for translators.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from engine import Sentence


def spoken(said: Sentence | str) -> str:
    """A sentence in the language of the window; what is plain text, as it is.

    The sentence begins with a capital, unless it begins with an argument: a path is shown as it is.
    """
    if isinstance(said, str):
        return said
    text = said.said(_translated)
    return text if _translated(said.template).startswith("{") else text[:1].upper() + text[1:]


def _translated(template: str) -> str:
    return QCoreApplication.translate("Engine", template)
