"""The language of the window: our translation, and Qt's own for its dialogs."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from faceapp.settings import Language
from faceapp.ui.look.theme import RESOURCES

FOLDER = RESOURCES / "translations"


def locale_name(language: Language) -> str:
    """ "en" or "zh_CN"; "system" is whichever of them the desktop speaks, or English."""
    if language != "system":
        return language
    return "zh_CN" if QLocale.system().language() == QLocale.Language.Chinese else "en"


def install(app: QCoreApplication, language: Language) -> None:
    """Speak this language in every widget made from now on."""
    name = locale_name(language)
    for translator in app.findChildren(QTranslator):
        app.removeTranslator(translator)
        translator.deleteLater()
    if name == "en":
        return
    qt_folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    for file, folder in ((f"qtbase_{name}", qt_folder), (f"facemend_{name}", str(FOLDER))):
        translator = QTranslator(app)
        if translator.load(file, folder):
            app.installTranslator(translator)
