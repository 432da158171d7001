"""The plan of a batch: which photos of a folder, which mask for each, and where the outputs go."""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import engine
from engine import Sentence
from faceapp.messages import UsageError
from faceapp.runs.file_job import FileJob, variant_names
from faceapp.runs.marks import Blurred
from faceapp.runs.mask_folder import MaskFolder, folded

NAME = "{name}"
"""Stands for the photo's name in an output's."""

_NUMBERED = re.compile(r"(.+)-\d+")
"""A name that another photo's edges may have, once it shows several faces."""

_OF_THE_SYSTEM = {"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx", "@eadir", "$recycle.bin"}
"""Files and folders that systems leave among photos, where the name does not begin with a dot."""


@dataclass(frozen=True, slots=True)
class Item:
    """One photo of a batch: its files, or the reason why it cannot be done."""

    job: FileJob
    problem: Sentence | None = None
    lacks_mask: bool = False
    """Whether that is its problem: no mask of its name is there."""

    @property
    def finished(self) -> bool:
        """Whether all of its outputs exist."""
        # os.path: False, not an error, for a name too long, too
        return bool(self.job.outputs) and all(os.path.exists(path) for path in self.job.outputs)


@dataclass(frozen=True, slots=True)
class Plan:
    """All photos of a batch, in a stable order."""

    source: Path
    """Where the photos lie."""
    folder: Path
    """Where outputs and the report go."""
    items: tuple[Item, ...]

    @property
    def finished(self) -> tuple[Item, ...]:
        """The items whose outputs all exist already."""
        return tuple(item for item in self.items if item.finished)


def make_plan(
    source: Path,
    folder: Path,
    *,
    masks: Path | None,
    missing: bool = True,
    blurred: Blurred | None = None,
    pattern: str | None = None,
    suffix: str | None = None,
    naming: str = NAME,
    variants: int = 1,
    steps_folder: Path | None = None,
    edges_folder: Path | None = None,
    may_be_empty: bool = False,
) -> Plan:
    """Match the photos below `source` with their masks and outputs.

    `masks`: a folder of masks of the same name (`MaskFolder`), one for all, or None to detect damage, if any
    is `missing`.  `blurred`: masks of what is soft, likewise, "faces", or None.  Of two folders, one must hold it.
    `pattern`: a glob relative to `source` (`**/*.jpg` descends); None: every image of the folder itself.  What is
    hidden or the system's is left out, and links to folders are not followed.
    `suffix`: of the outputs (".png"); None: the photo's own.  Photos in sub-folders keep their place.
    `naming`: of the outputs, without suffix; `{name}` stands for the photo's.
    Raises UsageError if a folder is missing or may not be read, no photo matches (unless that `may_be_empty`), the
    naming gives every output one name or a place of its own, or what is written would lie among the photos or masks.
    """
    soft = blurred if isinstance(blurred, Path) else None
    aside = [path for path in (steps_folder, edges_folder) if path]
    _check(source, folder, aside, masks=[path for path in (masks, soft) if path], naming=naming)
    if edges_folder and edges_folder.resolve() == folder.resolve():
        raise UsageError("{0}: edges would lie among the restored photos; choose another folder", edges_folder)
    inside = [path for path in aside if source.resolve() in path.resolve().parents]
    barred = [path for path in (folder, masks, soft, *inside) if path and path.is_dir()]
    photos, closed = _photos(source, pattern, exclude=barred)
    if not photos and not closed and not may_be_empty:
        raise UsageError("{0}: no photo matches {1}", source, pattern or Sentence("in this folder"))
    relative = [photo.relative_to(source) for photo in photos]
    same, root = _same_in(folder, relative), folder.resolve()
    names = _output_names(relative, suffix, same=same)
    names = [name.with_name(naming.replace(NAME, name.stem) + name.suffix) for name in names]
    extras = _apart_by_number(_output_names(names, ".png", same=same), names, same=same)
    found, found_soft = (MaskFolder(path, relative) if path and path.is_dir() else None for path in (masks, soft))
    items: list[Item] = []
    taken: set[str] = set()
    for photo, name, extra in zip(photos, names, extras, strict=True):
        name_of_masks = photo.relative_to(source)
        mask = masks if found is None else found.mask_of(name_of_masks)
        its_soft = blurred if found_soft is None else found_soft.mask_of(name_of_masks)
        looked = [(path, its) for path, its, there in ((masks, mask, found), (soft, its_soft, found_soft)) if there]
        lacking = None if not looked or any(its for _, its in looked) else looked[0][0]
        job = FileJob(
            photo=photo,
            mask=mask,
            missing=missing and (masks is None or mask is not None),
            blurred=its_soft,
            outputs=variant_names(folder / name, variants),
            steps_folder=steps_folder and steps_folder / extra.with_suffix(""),
            edges_file=edges_folder and edges_folder / extra,
        )
        problem = None
        if lacking:
            problem = Sentence("{0}: no mask of this name in {1}", photo, str(lacking))
        elif same(str(name)) in taken:
            problem = Sentence("{0}: {1} is the name for another photo's output", photo, folder / name)
        elif not (folder / name).parent.resolve().is_relative_to(root):  # whatever links lead there
            problem = Sentence("{0}: {1} leads out of the folder for the outputs", photo, (folder / name).parent)
        taken.add(same(str(name)))
        items.append(Item(job, problem, lacks_mask=lacking is not None))
    return Plan(source, folder, (*closed, *items))


def _check(source: Path, folder: Path, aside: Sequence[Path], *, masks: Sequence[Path], naming: str) -> None:
    """Raise UsageError if the folders are none or mix, or the naming loses photos."""
    if NAME not in naming or "/" in naming or "\\" in naming:
        raise UsageError("{0}: an output's name must contain {1} and no folder", naming, NAME)
    if not source.is_dir():
        raise UsageError("{0}: no such folder", source)
    for path in masks:
        if not path.exists():
            raise UsageError("{0}: no such mask file or folder", path)
        if path.samefile(source):
            raise UsageError("{0}: photos and masks lie in one folder; give each a folder of their own", source)
    for written in (folder, *aside):
        if not written.exists():
            continue
        if not written.is_dir():
            raise UsageError("{0}: is not a folder", written)
        if written.samefile(source):
            raise UsageError("{0}: outputs would lie among the photos; choose another folder", written)
        if any(written.samefile(path) for path in masks):
            raise UsageError("{0}: outputs would lie among the masks; choose another folder", written)
    try:
        os.scandir(source).close()
    except PermissionError as error:
        raise UsageError("{0}: no permission to read it", source) from error


def _photos(source: Path, pattern: str | None, *, exclude: Sequence[Path]) -> tuple[list[Path], list[Item]]:
    """Return the photos below `source`, sorted, and an item for each sub-folder that may not be read.

    Nothing inside the folders to exclude.  A link that leads nowhere is a photo: that it is missing is to be said.
    """
    barred = {path.resolve() for path in exclude}
    try:
        matching = sorted(source.glob(pattern or "*"))
    except (ValueError, IndexError, NotImplementedError) as error:  # what pathlib raises for what is no pattern
        raise UsageError("{0}: is no pattern of names in the photos' folder", str(pattern)) from error
    found = [path for path in matching if path.is_file() or _leads_nowhere(path)]
    if pattern is None:
        found = [path for path in found if path.suffix.lower() in engine.READABLE]
    found = [path for path in found if not _hidden(path, below=source)]
    deep = pattern is not None and ("**" in pattern or not found)
    closed = [
        Item(FileJob(photo=path, mask=None, outputs=()), Sentence("{0}: no permission to read it", path))
        for path in (_closed_folders(source) if deep else ())
        if not _hidden(path, below=source)
    ]
    return [path for path in found if barred.isdisjoint(path.resolve().parents)], closed


def _leads_nowhere(path: Path) -> bool:
    return path.is_symlink() and not path.exists()


def _hidden(path: Path, *, below: Path) -> bool:
    """Whether a path, or a folder on the way to it, is hidden or the system's own."""
    while path != below:
        if path.name.startswith(".") or path.name.lower() in _OF_THE_SYSTEM:
            return True
        with suppress(OSError):
            found = path.lstat()
            if getattr(found, "st_file_attributes", 0) & (stat.FILE_ATTRIBUTE_HIDDEN | stat.FILE_ATTRIBUTE_SYSTEM):
                return True
            if getattr(found, "st_flags", 0) & getattr(stat, "UF_HIDDEN", 0x8000):
                return True
        path = path.parent
    return False


def _closed_folders(source: Path) -> Iterator[Path]:
    """The folders below `source` that may not be read."""
    errors: list[OSError] = []
    for _ in os.walk(source, onerror=errors.append):
        pass
    return (Path(error.filename) for error in errors if isinstance(error, PermissionError))


def _output_names(names: Sequence[Path], suffix: str | None, *, same: Callable[[str], str]) -> list[Path]:
    """Return each photo's output name; `a.jpg` and `a.tif` do not both become `a.png`.

    `same`: what two names have in common that the file system takes for one.
    """
    wanted = [name.with_suffix(suffix or _own_suffix(name)) for name in names]
    counts = Counter(same(str(name)) for name in wanted)
    return [
        name if counts[same(str(name))] == 1 else photo.with_name(photo.name + name.suffix)
        for photo, name in zip(names, wanted, strict=True)
    ]


def _apart_by_number(extras: Sequence[Path], names: Sequence[Path], *, same: Callable[[str], str]) -> list[Path]:
    """The names for edges, where `family-2.png` is another photo's and not the second face's of `family.png`.

    `names`: of the photos' outputs; with its own suffix inside it, a name and its numbers are nobody else's.
    """
    numbered = {same(match[1]) for extra in extras if (match := _NUMBERED.fullmatch(str(extra.with_suffix(""))))}
    return [
        name.with_name(f"{name.name}.png") if same(str(extra.with_suffix(""))) in numbered else extra
        for extra, name in zip(extras, names, strict=True)
    ]


def _own_suffix(name: Path) -> str:
    """The photo's suffix; PNG's if photos of its kind are only read."""
    return name.suffix if name.suffix.lower() in engine.WRITABLE else ".png"


def _same_in(folder: Path, names: Sequence[Path]) -> Callable[[str], str]:
    """What two names have in common that are one file in a folder, which may not exist yet."""
    stems = {str(name.with_suffix("")) for name in names}
    if len({folded(stem) for stem in stems}) == len(stems):
        return str  # no two that could be taken for one
    while not folder.is_dir():
        folder = folder.parent
    try:
        with tempfile.NamedTemporaryFile(prefix=".facemend-", suffix=".part", dir=folder) as probe:
            return folded if Path(probe.name).with_suffix(".PART").exists() else str
    except OSError:  # nothing can be written there: whoever tries says so
        return str
