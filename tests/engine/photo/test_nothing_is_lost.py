"""Whatever a file of any format holds is in the file that is written, or a note said before that it is not.

`tests.things.table` is the table of things; other readers than FaceMend's (`tests.things.judge`) say what was written.
"""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest

from engine import losses, read_photo, write_photo
from engine.photo.formats import FORMATS
from engine.photo.metadata import Metadata
from tests.things import judge
from tests.things.table import THINGS
from tests.things.thing import Thing

WRITTEN = [form for form, row in FORMATS.items() if row.writable]
CASES = [(thing, form) for thing in THINGS for form in thing.files]
LOSSY = {"JPEG", "AVIF", "HEIF"}
NEAR = 10 * 257
"""How far a colour may be off once a picture was compressed with losses, of 65535."""


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


def test_every_format_has_a_place_in_every_row() -> None:
    """A format that is added has to say of each thing whether its files can hold it."""
    for thing in THINGS:
        assert set(thing.files) | set(thing.never) == set(FORMATS), thing.name


def test_every_field_of_the_metadata_has_a_row() -> None:
    """Whatever is read beside pixels has to be walked."""
    known = {field for thing in THINGS for field in thing.fields}
    assert known == {field.name for field in dataclasses.fields(Metadata)}
