"""What the engine says, in the window's language.

The engine and the command line speak English.  Their sentences that a window shows are listed here with their
variable parts as {0}, {1}, for lupdate to find and `spoken` to recognise; a test holds the list against them.
"""

from __future__ import annotations

import re
from functools import cache

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

_RUN = (
    QT_TRANSLATE_NOOP("Engine", "Looking for faces"),
    QT_TRANSLATE_NOOP("Engine", "Face {0} of {1}: drawing edges"),
    QT_TRANSLATE_NOOP("Engine", "Face {0} of {1}: step {2} of {3}"),
    QT_TRANSLATE_NOOP("Engine", "Filling around the faces"),
    QT_TRANSLATE_NOOP("Engine", "Matching patches"),
    QT_TRANSLATE_NOOP("Engine", "Laying the face onto the photo"),
    QT_TRANSLATE_NOOP("Engine", "Done"),
    QT_TRANSLATE_NOOP("Engine", "The mask hides a face; the framing network placed it by what is left of it."),
    QT_TRANSLATE_NOOP("Engine", "The mask hides a face; it was found once the hole was filled smoothly."),
    QT_TRANSLATE_NOOP("Engine", "No face was found at the mask; a square around the mask was restored instead."),
    QT_TRANSLATE_NOOP("Engine", "The mask covers everything: there is nothing to fill it from."),
    QT_TRANSLATE_NOOP("Engine", "Too little of the picture is known to fill the rest from it."),
    QT_TRANSLATE_NOOP("Engine", "out of memory: try fewer jobs, a smaller photo, or the CPU instead of the GPU"),
    QT_TRANSLATE_NOOP("Engine", "CUDA cannot be used here: {0}."),
    QT_TRANSLATE_NOOP("Engine", "CUDA is installed here, but onnxruntime could not use it."),
    QT_TRANSLATE_NOOP("Engine", "The device failed while the model ran: {0}"),
    QT_TRANSLATE_NOOP("Engine", "The GPU failed, and the CPU did the work. ({0})"),
    QT_TRANSLATE_NOOP("Engine", "PyTorch is not installed (pip install 'facemend[torch]')."),
    QT_TRANSLATE_NOOP("Engine", "unexpected failure: {0}: {1} (FACEMEND_DEBUG=1 shows where)"),
)
_FILES = (
    QT_TRANSLATE_NOOP("Engine", "{0}: the model file is missing; install FaceMend again."),
    QT_TRANSLATE_NOOP("Engine", "{0}: the model file is damaged; install FaceMend again."),
    QT_TRANSLATE_NOOP("Engine", "{0}: not enough memory to open it"),
    QT_TRANSLATE_NOOP("Engine", "{0}: not enough memory to write it"),
    QT_TRANSLATE_NOOP("Engine", "{0}: cannot be written, {1}"),
    QT_TRANSLATE_NOOP("Engine", "{0}: cannot be read, {1}"),
    QT_TRANSLATE_NOOP("Engine", "{0}: damaged or truncated: {1}"),
    QT_TRANSLATE_NOOP("Engine", "{0}: is damaged or no FaceMend project"),
    QT_TRANSLATE_NOOP("Engine", "{0}: is damaged, its contents do not fit together"),
    QT_TRANSLATE_NOOP("Engine", "{0}: is no FaceMend project"),
    QT_TRANSLATE_NOOP("Engine", "{0}: was made by a newer FaceMend (format {1}, this one reads {2})"),
    QT_TRANSLATE_NOOP("Engine", "{0}: its photo {1} is not there any more"),
    QT_TRANSLATE_NOOP("Engine", "{0}: its photo {1} is not the one it was made from any more"),
    QT_TRANSLATE_NOOP("Engine", "{0}: the mask is {1} x {2} pixels and does not fit the photo of {3} x {4}"),
    QT_TRANSLATE_NOOP("Engine", "{0}: no such folder"),
    QT_TRANSLATE_NOOP("Engine", "{0}: no such mask file or folder"),
    QT_TRANSLATE_NOOP("Engine", "{0}: outputs would lie among the photos; choose another folder"),
    QT_TRANSLATE_NOOP("Engine", "{0}: outputs would lie among the masks; choose another folder"),
    QT_TRANSLATE_NOOP("Engine", "{0}: no photo matches {1}"),
    QT_TRANSLATE_NOOP("Engine", "{0}: an output's name must contain {1} and no folder"),
)
_REASONS = (
    QT_TRANSLATE_NOOP("Engine", "the file is empty"),
    QT_TRANSLATE_NOOP("Engine", "the file is truncated"),
    QT_TRANSLATE_NOOP("Engine", "it is a folder, not a photo"),
    QT_TRANSLATE_NOOP("Engine", "it is not a regular file"),
    QT_TRANSLATE_NOOP("Engine", "it is not a picture in a format that can be read, or it is damaged"),
    QT_TRANSLATE_NOOP("Engine", "it exists already"),
    QT_TRANSLATE_NOOP("Engine", "its folder does not exist"),
    QT_TRANSLATE_NOOP("Engine", "{0} x {1} pixels are too many; the limit is {2} megapixels"),
    QT_TRANSLATE_NOOP("Engine", "the colour mode {0} is not supported; save it as RGB"),
    QT_TRANSLATE_NOOP("Engine", "in this folder"),
)
_LOSSES = (
    QT_TRANSLATE_NOOP("Engine", "{0} holds 8 bits a channel: the photo's 16 bits are rounded."),
    QT_TRANSLATE_NOOP("Engine", "{0} holds no transparency: transparent parts become white."),
    QT_TRANSLATE_NOOP("Engine", "{0} holds no CMYK: the photo is converted to RGB."),
    QT_TRANSLATE_NOOP("Engine", "{0} compresses with small losses everywhere, also outside the mask."),
    QT_TRANSLATE_NOOP("Engine", "The colour profile does not fit into this {0} and is left out."),
    QT_TRANSLATE_NOOP("Engine", "The {0} does not fit into {1} and is left out."),
    QT_TRANSLATE_NOOP("Engine", "{0} has no place for the PNG text entries."),
    QT_TRANSLATE_NOOP("Engine", "{0} has no place for the JPEG comment and captions (IPTC)."),
    QT_TRANSLATE_NOOP("Engine", "{0} has no place for the resolution (dpi)."),
    QT_TRANSLATE_NOOP("Engine", "Only the first of the file's {0} pages or frames is kept."),
)
PHRASES = tuple(str(phrase) for phrase in (*_RUN, *_FILES, *_REASONS, *_LOSSES))


def spoken(text: str) -> str:
    """A sentence of the engine's in the language of the window; any other text as it is."""
    for phrase in PHRASES:
        found = _pattern(phrase).fullmatch(text)
        if found is not None:
            parts = [spoken(part) for part in found.groups()]
            return QCoreApplication.translate("Engine", phrase).format(*parts)
    path, colon, reason = text.partition(": ")
    return f"{path}: {spoken(reason)}" if colon else text


@cache
def _pattern(phrase: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\d\\\}", "(.+?)", re.escape(phrase)), re.DOTALL)
