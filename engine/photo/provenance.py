"""The mark that a file holds what networks drew: what it says in XMP, beside all that is said there already.

IPTC's DigitalSourceType, and AISystemUsed with its version (IPTC Photo Metadata Standard 2025.1), which other programs
read.  XMP is changed as text: a parser that wrote it anew would lose other programs' prefixes, padding and comments.
"""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape  # xml.sax's would bring what speaks to networks
from xml.etree import ElementTree

from engine.errors import PhotoError
from engine.photo import segments
from engine.photo.photos import Photo

COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
"""A photo of which trained networks drew a part."""
_ENTIRELY = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
_TOOL = "FaceMend"
_IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_OWN = "urn:facemend:xmp"
_SOURCE, _SYSTEM, _VERSION = "DigitalSourceType", "AISystemUsed", "AISystemVersionUsed"
_EMPTY = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    f'<rdf:RDF xmlns:rdf="{_RDF}"></rdf:RDF></x:xmpmeta>\n<?xpacket end="w"?>'
)


def marked(photo: Photo, version: str) -> Photo:
    """The photo with the mark that networks drew a part of it, by FaceMend of that version.

    Every format that can hold XMP takes it along.  Raises PhotoError if the photo's XMP cannot be added to.
    """
    metadata, coding = photo.metadata, photo.metadata.jpeg

    def change(xmp: bytes | None) -> bytes:
        return marked_xmp(xmp, version)

    try:
        if coding is not None:
            coding = replace(coding, file=segments.with_xmp(coding.file, change))
        return replace(photo, metadata=replace(metadata, xmp=change(metadata.xmp), jpeg=coding))
    except ValueError:
        raise PhotoError("The photo's XMP data are damaged or full: the file does not say what was restored.") from None


def marked_xmp(xmp: bytes | None, version: str) -> bytes:
    """An XMP packet with the mark; all else in it stays byte for byte.  ValueError if it is damaged."""
    encoding = _encoding(xmp or b"")
    text = xmp.decode(encoding) if xmp else _EMPTY
    about, said = _said(text)
    wanted = {
        _SOURCE: said[_SOURCE] if said.get(_SOURCE) == _ENTIRELY else COMPOSITE,
        _SYSTEM: _with(said.get(_SYSTEM), _TOOL),
        _VERSION: _with(said.get(_VERSION), version),
    }
    added = {f"Iptc4xmpExt:{name}": value for name, value in wanted.items() if name not in said}
    for name, value in wanted.items():
        if name in said and said[name] != value:
            text = _replaced(text, name, value)
            if name == _SOURCE:
                added["facemend:DigitalSourceTypeBefore"] = said[name]
    if added:
        text = _with_description(text, about, added)
    if {name: _said(text)[1].get(name) for name in wanted} != wanted:
        raise ValueError("the mark cannot be found again")
    return text.encode(encoding)


def _encoding(xmp: bytes) -> str:
    head = xmp[:200]
    return "utf-16-le" if b"<\0" in head else "utf-16-be" if b"\0<" in head else "utf-8"


def _said(text: str) -> tuple[str, dict[str, str]]:
    """What a packet is about, and what it says of its source already; ValueError if it is no XMP."""
    if "<!DOCTYPE" in text:
        raise ValueError("XMP has no document type, and entities could grow without end")
    try:
        root = ElementTree.fromstring(text.strip("\ufeff\0 \r\n\t"))
    except ElementTree.ParseError as error:
        raise ValueError(str(error)) from error
    about, said = "", {}
    for description in root.iter(f"{{{_RDF}}}Description"):
        about = about or description.get(f"{{{_RDF}}}about", description.get("about", ""))
        for name in (_SOURCE, _SYSTEM, _VERSION):
            value = description.get(f"{{{_IPTC}}}{name}")
            element = description.find(f"{{{_IPTC}}}{name}")
            if element is not None:
                value = element.get(f"{{{_RDF}}}resource", element.text or "")
            if value is not None:
                said[name] = value
    return about, said


def _with(said: str | None, own: str) -> str:
    """What is said, and this."""
    return own if not said else said if own in re.split(r",\s*", said) else f"{said}, {own}"


def _replaced(text: str, name: str, value: str) -> str:
    """The packet with another value of a property of IPTC's that it has, an attribute or an element."""
    quoted, bare = (re.sub(r"\\", r"\\\\", form) for form in (_quoted(value), escape(value)))
    for prefix in re.findall(rf"xmlns:([\w.-]+)\s*=\s*[\"']{re.escape(_IPTC)}[\"']", text):
        tag = re.escape(f"{prefix}:{name}")
        text = re.sub(rf"(\s{tag}\s*=\s*)(?:\"[^\"]*\"|'[^']*')", rf"\g<1>{quoted}", text)
        text = re.sub(rf"(<{tag}(?:\s[^>]*)?)(?<!/)>[^<]*(</{tag}\s*>)", rf"\g<1>>{bare}\g<2>", text)
        text = re.sub(rf"(<{tag}\s[^>]*?\bresource\s*=\s*)(?:\"[^\"]*\"|'[^']*')", rf"\g<1>{quoted}", text)
    return text


def _with_description(text: str, about: str, properties: dict[str, str]) -> str:
    """The packet with one more description of what it is about."""
    said = " ".join(f"{name}={_quoted(value)}" for name, value in properties.items())
    more = (
        f'<rdf:Description xmlns:rdf="{_RDF}" rdf:about={_quoted(about)} xmlns:Iptc4xmpExt="{_IPTC}"'
        f' xmlns:facemend="{_OWN}" {said}/>'
    )
    text = re.sub(r"<((?:[\w.-]+:)?(?:RDF|xmpmeta))\b([^>]*)/>", r"<\1\2></\1>", text)
    ends = [found.start() for found in re.finditer(r"</(?:[\w.-]+:)?RDF\s*>", text)]
    if not ends:
        more = f'<rdf:RDF xmlns:rdf="{_RDF}">{more}</rdf:RDF>'
        ends = [found.start() for found in re.finditer(r"</(?:[\w.-]+:)?xmpmeta\s*>", text)]
    if not ends:
        raise ValueError("nothing in it to add to")
    return text[: ends[-1]] + more + text[ends[-1] :]


def _quoted(value: str) -> str:
    """As an attribute's value."""
    return f'"{escape(value)}"'
