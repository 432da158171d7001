"""Whatever a file of any format holds is in the file that is written, or a note said before that it is not.

`tests.things.table` is the table of things; other readers than FaceMend's (`tests.things.judge`) say what was written.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, UnidentifiedImageError

from engine import losses, read_photo, write_photo
from engine.photo.formats import FORMATS
from engine.photo.metadata import Metadata
from tests.things import judge
from tests.things.table import THINGS, WALKED
from tests.things.thing import Thing

WRITTEN = [form for form, row in FORMATS.items() if row.writable]
CASES = [(thing, form) for thing in THINGS for form in thing.files]
LOSSY = {"JPEG", "AVIF", "HEIF"}
NEAR = 10 * 257
"""How far a colour may be off once a picture was compressed with losses, of 65535."""


@pytest.mark.slow
@pytest.mark.parametrize(("thing", "source"), CASES, ids=lambda part: getattr(part, "name", part))
def test_it_is_kept_or_named(thing: Thing, source: str, tmp_path: Path) -> None:
    if source == "HEIF":
        pytest.importorskip("pi_heif")
    path = tmp_path / f"a{FORMATS[source].suffixes[0]}"
    path.write_bytes(thing.files[source]())
    photo = read_photo(path)
    for form in WRITTEN:
        written = tmp_path / f"b{FORMATS[form].suffixes[0]}"
        said = [str(sentence) for sentence in losses(photo, form)]
        write_photo(photo, written)
        seen = judge.seen(written)
        held = judge.held(written) | {"seen": seen}
        named = [sentence for sentence in said if re.search(thing.words, sentence)]
        assert thing.kept(held) == (not named), f"{form}: {sorted(held)}, said: {said}"
        _compare(seen, thing.truth(), said=" ".join(said), lossy=bool({source, form} & LOSSY))


def _compare(seen: np.ndarray, truth: np.ndarray, *, said: str, lossy: bool) -> None:
    """The picture is the same, but for what the notes say."""
    if "CMYK" in said or truth.shape != seen.shape:
        assert "CMYK" in said or truth.shape[:2] == seen.shape[:2]
        return
    wanted = truth.astype(np.int64)
    if "transparent parts become white" in said:
        wanted[..., :3] = 65535 + (wanted[..., :3] - 65535) * wanted[..., 3:] // 65535
        wanted[..., 3] = 65535
    hidden = (wanted[..., 3:] == 0) & (seen[..., 3:] == 0)
    far = np.where(hidden, 0, np.abs(seen - wanted)).max()
    assert far <= (NEAR if lossy else 257 if "rounded" in said or "white" in said else 0)


def test_every_format_was_walked() -> None:
    """A format that is added has to say of each thing whether its files can hold it."""
    assert set(FORMATS) == WALKED
    assert {form for thing in THINGS for form in thing.files} == WALKED


KNOWN_TO_PILLOW = {
    "adobe", "adobe_transform", "aspect", "aux", "background", "bbox", "bit_depth", "blend", "chroma",
    "comment", "compression", "depth_images", "disposal", "dpi", "duration", "exif", "extension", "gamma",
    "icc_profile", "icc_profile_type", "id_section", "jfif", "jfif_density", "jfif_unit", "jfif_version",
    "loop", "metadata", "nclx_profile", "orientation", "original_orientation", "photoshop", "primary",
    "resolution", "thumbnails", "transparency", "version", "xmp",
}  # fmt: skip
"""What Pillow and pi-heif tell of a file, and a row of the table stands for, or is about how the file is coded."""


def test_pillow_tells_nothing_that_no_row_knows() -> None:
    """A newer Pillow may learn to read what ours would then leave out."""
    pi_heif = pytest.importorskip("pi_heif")
    pi_heif.register_heif_opener()
    told = set[str]()
    for thing in THINGS:
        for form, file in thing.files.items():
            with contextlib.suppress(UnidentifiedImageError), Image.open(io.BytesIO(file())) as image:
                names = set(map(str, image.info))
                told |= names if form != "PNG" else names - {key.decode() for key in _TEXT_KEYS}
    assert told - KNOWN_TO_PILLOW == set()


_TEXT_KEYS = (b"Author", b"Comment", b"Long", b"Title", b"XML:com.adobe.xmp")


def test_every_field_of_the_metadata_has_a_row() -> None:
    """Whatever is read beside pixels has to be walked."""
    known = {field for thing in THINGS for field in thing.fields}
    assert known == {field.name for field in dataclasses.fields(Metadata)}
