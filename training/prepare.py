"""`python -m training prepare`: photos -> shards of aligned chips, as the shipped networks learnt from.

A shard is a tar of square RGBA WebP chips, alpha 0 beyond the photo's frame.  A run that is cut off leaves
its finished photos in `OUT/.prepare`, and the next one goes on from there; shards appear whole, at the end.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import math
import multiprocessing
import shutil
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from tqdm import tqdm

from engine.atomic import atomic_file
from engine.geometry import CHIP
from training.data.cutting import Cut, CutSettings, cut_item
from training.data.layouts import LAYOUTS, Item
from training.data.shards import write_shard
from training.data.worklog import Record, WorkLog
from training.errors import OutputError, SourceError

SHARD = 2800
"""Chips in one shard: about 22 MB at 256 pixels a side."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", type=Path, help="folder of photos, or a data set as its authors ship it")
    parser.add_argument("out", type=Path, help="folder for the shards; an unfinished run in it is resumed")
    parser.add_argument("--layout", choices=tuple(LAYOUTS), default="folder")
    parser.add_argument(
        "--val", type=_fraction, default=0.02, help="share of the photos kept for measuring (%(default)s)"
    )
    parser.add_argument("--size", type=int, default=CHIP, help="side of a chip in pixels (%(default)s)")
    parser.add_argument(
        "--smallest",
        type=float,
        default=0.7,
        help="drop faces whose frame on the photo is smaller than this many chip sides (%(default)s)",
    )
    parser.add_argument("--licence", help="what holds for the photos, written beside the shards")
    parser.add_argument("--seed", type=int, default=0, help="of the shuffle and the split (%(default)s)")
    parser.add_argument("--jobs", type=int, default=1, help="worker processes (%(default)s)")


def _fraction(text: str) -> float:
    value = float(text)
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a share between 0 and 1")
    return value


def run(arguments: argparse.Namespace) -> int:
    prepare(
        arguments.source,
        arguments.out,
        settings=CutSettings(arguments.layout, arguments.size, arguments.smallest),
        val=arguments.val,
        seed=arguments.seed,
        licence=arguments.licence,
        jobs=arguments.jobs,
    )
    return 0


def prepare(
    source: Path,
    out: Path,
    *,
    settings: CutSettings,
    val: float = 0.02,
    seed: int = 0,
    licence: str | None = None,
    jobs: int = 1,
) -> list[Path]:
    """Cut every face of the photos below `source` and write shards, split list and licence note into `out`.

    Photos that cannot be read and faces that are too small are passed over and counted.  The same photos and
    settings give the same shards.  Returns the shards.  Raises `SourceError` if there is nothing to cut,
    `OutputError` if `out` holds finished shards already or cannot be written.
    """
    layout = LAYOUTS[settings.layout]
    items = layout.items(source)
    if not items:
        raise SourceError(f"{source} holds no photos in the layout {settings.layout!r}")
    try:
        with WorkLog(_workplace(out), f"{source.resolve()} {settings}") as log:
            _cut_all(items, log, source=source, settings=settings, jobs=jobs)
            chosen = _choose(log.records, val=val, seed=seed)
            if not chosen:
                raise SourceError(f"no face on the {len(items)} photos in {source} is large enough")
            shards = _write(chosen, log, out, licence=licence or layout.licence, size=settings.size)
        shutil.rmtree(log.folder)
    except OSError as error:
        raise OutputError(f"{out} cannot be written: {error.strerror or error}") from error
    _tell(log.records, chosen, out)
    return shards


def _workplace(out: Path) -> Path:
    work = out / ".prepare"
    if not work.exists() and any(out.glob("faces*.tar")):
        raise OutputError(f"{out} holds shards already; choose another folder or move them away")
    work.mkdir(parents=True, exist_ok=True)
    return work


def _cut_all(items: list[Item], log: WorkLog, *, source: Path, settings: CutSettings, jobs: int) -> None:
    todo = [item for item in items if not log.has(item.path, source)]
    with tqdm(total=len(items), initial=len(items) - len(todo), unit="photo", disable=None) as bar:
        for item, cut in zip(todo, _cuts(todo, settings, jobs), strict=True):
            log.add(item.path, source, cut)
            bar.update()


def _cuts(items: list[Item], settings: CutSettings, jobs: int) -> Iterator[Cut]:
    work = partial(cut_item, settings=settings)
    if jobs <= 1:
        yield from map(work, items)
        return
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:  # onnxruntime's threads do not survive a fork
        yield from pool.imap(work, items, chunksize=4)


Chosen = list[tuple[str, str, Record]]
"""(split, chip name, the photo's record), in the order they lie in the shards."""


def _choose(records: Iterable[Record], *, val: float, seed: int) -> Chosen:
    """Every chip once, shuffled; a photo's faces are all in one split, as are equal files."""

    def rank(key: str) -> bytes:
        return hashlib.sha256(f"{seed}:{key}".encode()).digest()

    photos = sorted({r.digest: r for r in records if r.chips}.values(), key=lambda r: rank(r.digest))
    measured = math.ceil(val * len(photos)) if len(photos) > 1 else 0
    chips: dict[str, tuple[str, Record]] = {}
    for i, record in enumerate(photos):
        for name in record.chips:
            chips.setdefault(name, ("val" if i < measured else "train", record))
    return [(chips[name][0], name, chips[name][1]) for name in sorted(chips, key=rank)]


def _write(chosen: Chosen, log: WorkLog, out: Path, *, licence: str, size: int) -> list[Path]:
    names = {split: [name for s, name, _ in chosen if s == split] for split in ("train", "val")}
    shards = []
    if names["val"]:
        shards.append(write_shard(out / f"faces{size}-val.tar", names["val"], log.chip))
    for i in range(math.ceil(len(names["train"]) / SHARD)):
        part = names["train"][i * SHARD : (i + 1) * SHARD]
        shards.append(write_shard(out / f"faces{size}-train-{i:02d}.tar", part, log.chip))
    with atomic_file(out / "LICENCE.txt", overwrite=True) as file:
        file.write((licence + "\n").encode())
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(("chip", "split", "photo"))
    writer.writerows((name, split, record.photo) for split, name, record in chosen)
    with atomic_file(out / "split.csv", overwrite=True) as file:
        file.write(table.getvalue().encode())
    return shards


def _tell(records: Iterable[Record], chosen: Chosen, out: Path) -> None:
    passed_over: dict[str, int] = {}
    for record in records:
        if record.why:
            passed_over[record.why] = passed_over.get(record.why, 0) + 1
            if record.why == "unreadable":
                print(f"passed over: {record.photo}: {record.detail}", file=sys.stderr)
    measured = sum(split == "val" for split, _, _ in chosen)
    print(f"{len(chosen)} chips in {out}: {len(chosen) - measured} to train on, {measured} to measure on")
    for why, count in sorted(passed_over.items()):
        print(f"{count} photos passed over: {why}")
