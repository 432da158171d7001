"""Restored files say so in XMP, and lose nothing that was said there."""

from __future__ import annotations

import io
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image, ImageColor

from engine import FORMATS, Photo, PhotoError, marked, read_photo, write_photo
from engine.photo import segments
from engine.photo.metadata import Metadata
from engine.photo.provenance import COMPOSITE, marked_xmp

RDF, IPTC = "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
BEGIN = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}">'
)
END = "</rdf:RDF></x:xmpmeta>\n   \n<?xpacket end='w'?>"
OTHERS = (
    '<rdf:Description rdf:about="uuid:7" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:format="a &amp; b">'
    "<!-- kept --><dc:title>祖母</dc:title></rdf:Description>"
)
TITLED = (BEGIN + OTHERS + END).encode()


def said(xmp: bytes) -> dict[str, str]:
    """IPTC's properties in a packet, read by a parser."""
    root = ElementTree.fromstring(xmp.decode("utf-16" if b"<\0" in xmp[:99] else "utf-8").strip("\ufeff\0\n "))
    found: dict[str, str] = {}
    for description in root.iter(f"{{{RDF}}}Description"):
        found |= {name.partition("}")[2]: value for name, value in description.items() if IPTC in name}
        for element in description:
            if IPTC in element.tag:
                found[element.tag.partition("}")[2]] = element.text or element.attrib.get(f"{{{RDF}}}resource", "")
    return found


def packet(properties: str) -> bytes:
    return f'{BEGIN}{OTHERS}<rdf:Description rdf:about="uuid:7" xmlns:e="{IPTC}"{properties}{END}'.encode()


MARK = {"DigitalSourceType": COMPOSITE, "AISystemUsed": "FaceMend", "AISystemVersionUsed": "1.2"}


@pytest.mark.parametrize(
    "xmp",
    [
        None,
        TITLED,
        TITLED.decode().replace('<?xpacket begin="\ufeff"', '<?xpacket begin="\ufeff"').encode("utf-16-le"),
        TITLED + bytes(20),
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>',
        f'<r:RDF xmlns:r="{RDF}"/>'.encode(),
    ],
    ids=["none", "titled", "utf-16", "padded", "empty", "another prefix"],
)
def test_the_mark_is_added_and_nothing_else_changes(xmp: bytes | None) -> None:
    out = marked_xmp(xmp, "1.2")
    assert said(out) == MARK
    assert marked_xmp(out, "1.2") == out
    if xmp is not None and b"titl" in xmp.replace(b"\0", b""):
        begin = next(i for i, (a, b) in enumerate(zip(xmp, out, strict=False)) if a != b)
        assert out.endswith(xmp[begin:])  # one piece is put in, between what was there
        assert out.startswith(xmp[:begin])
        assert b"uuid:7" in out[begin:].replace(b"\0", b"").partition(b"/>")[0]


@pytest.mark.parametrize(
    "form",
    [
        ' e:DigitalSourceType="{0}"/>',
        " e:DigitalSourceType = '{0}' />",
        "><e:DigitalSourceType>{0}</e:DigitalSourceType></rdf:Description>",
        '><e:DigitalSourceType rdf:resource="{0}"/></rdf:Description>',
    ],
)
def test_another_source_is_replaced_and_remembered(form: str) -> None:
    before = "http://cv.iptc.org/newscodes/digitalsourcetype/negativeFilm"
    out = marked_xmp(packet(form.format(before)), "1.2")
    assert said(out) == MARK
    assert out.decode().count(before) == 1
    assert f'facemend:DigitalSourceTypeBefore="{before}"' in out.decode()
    assert OTHERS in out.decode()


def test_what_networks_drew_entirely_stays_so() -> None:
    entirely = COMPOSITE.replace("compositeWithTrained", "trained")
    out = marked_xmp(packet(f' e:DigitalSourceType="{entirely}" e:AISystemUsed="Other &amp; Co"/>'), "1.2")
    assert said(out) == MARK | {"DigitalSourceType": entirely, "AISystemUsed": "Other & Co, FaceMend"}


def test_a_later_version_adds_its_own() -> None:
    assert said(marked_xmp(marked_xmp(TITLED, "1.2"), "1.3"))["AISystemVersionUsed"] == "1.2, 1.3"


DAMAGED = (
    b"no xml",
    b"<a/>",
    b"\xff\xfe\xfa",
    TITLED[:-60],
    b"<!DOCTYPE x []>" + TITLED,
    TITLED.replace(b"<dc:t", b"<z:t"),
)


@pytest.mark.parametrize("xmp", DAMAGED)
def test_damaged_xmp_is_left_alone(xmp: bytes) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        marked_xmp(xmp, "1.2")
    assert isinstance(caught.value, ValueError)
    photo = Photo(np.zeros((8, 8, 3), np.uint8), "RGB", metadata=Metadata(xmp=xmp))
    with pytest.raises(PhotoError, match="damaged or full"):
        marked(photo, "1.2")


@pytest.mark.parametrize("source", ["none", "JPEG", "JPEG without", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("suffix", [row.suffixes[0] for row in FORMATS.values() if row.writable and row.exif])
def test_every_format_that_holds_xmp_takes_the_mark(tmp_path: Path, source: str, suffix: str) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (40, 48, 3), np.uint8)
    photo = Photo.from_array(pixels)
    if source != "none":
        kind, _, without = source.partition(" ")
        before = tmp_path / f"before{FORMATS[kind].suffixes[0]}"
        write_photo(photo if without else Photo(pixels, "RGB", metadata=Metadata(xmp=TITLED)), before)
        photo = read_photo(before)
    after = tmp_path / f"after{suffix}"
    write_photo(marked(photo, "1.2"), after)
    again = read_photo(after)
    assert again.metadata.xmp is not None
    assert said(again.metadata.xmp) == MARK
    assert ("祖母".encode() in again.metadata.xmp) == ("title" in str(photo.metadata.xmp))
    with Image.open(after) as other:
        other.load()
        assert COMPOSITE in str(other.info.get("xmp") or other.info.get("XML:com.adobe.xmp") or other.getxmp())


@pytest.mark.parametrize("late", [False, True])
def test_what_is_appended_to_a_jpeg_is_still_found(late: bool) -> None:
    """The index of a Multi-Picture file counts from where it lies itself: before the XMP, or behind it."""
    stream, colours = io.BytesIO(), ("red", "lime", "blue")
    first, *more = (Image.new("RGB", (32, 32), colour) for colour in colours)
    first.save(stream, "MPO", save_all=True, append_images=more)
    file = stream.getvalue()
    if late:
        at, index = next(found for found in segments.parts(file).segments if found[1].content.startswith(b"MPF\0"))
        xmp = segments.Segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + TITLED).written()
        end = at + len(index.written())
        moved = segments._reindexed(index.content, moved=len(xmp), length=segments.parts(file).end + len(xmp))
        file = file[: at + 4] + moved + xmp + file[end:]
    file = segments.with_xmp(file, lambda xmp: marked_xmp(xmp, "1.2"))
    assert len(re.findall(rb"<x:xmpmeta", file)) == 1
    with Image.open(io.BytesIO(file)) as found:
        for number, colour in enumerate(colours):
            found.seek(number)
            assert isinstance(seen := found.convert("RGB").getpixel((9, 9)), tuple)
            assert np.abs(np.subtract(seen, ImageColor.getrgb(colour))).max() < 9
